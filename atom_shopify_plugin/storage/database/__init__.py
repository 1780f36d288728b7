"""The database itself: engine, transactions, encryption, timeouts, startup and migrations."""
