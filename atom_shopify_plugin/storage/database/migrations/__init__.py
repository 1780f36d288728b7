"""The Alembic migrations, in order in ``versions/``."""
