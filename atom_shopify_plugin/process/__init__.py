"""Processes and threads: forks, supervision, time limits, crash points and private files."""
