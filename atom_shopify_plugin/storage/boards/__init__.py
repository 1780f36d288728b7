"""Boards: small texts that processes share for a moment, such as the state of a rate limit.

Nothing on a board is worth a backup or a wait for the disk: after a loss it is found out anew. So a board is a file of
its own beside a SQLite database, an unlogged table in PostgreSQL, or keys in Redis.
"""
