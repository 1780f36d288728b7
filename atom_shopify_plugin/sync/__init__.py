"""Synchronisation: find what the webhooks missed and tell it as they would have done."""
