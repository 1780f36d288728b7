"""Bulk operations: what may run, how it runs, and the storage that holds uploads and results."""
