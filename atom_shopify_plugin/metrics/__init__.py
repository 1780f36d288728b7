"""Metrics: what is counted (`families`), and the counters of one process (`meter`)."""
