"""Storage of calls: audit log, idempotency keys, confirmations and usage."""
