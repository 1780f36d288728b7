"""Upkeep of the stored data: backup, restore, cleanup, erasure and rotation of keys."""
