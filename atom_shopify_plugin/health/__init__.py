"""Health: the checks, the report, the service level objectives and the backlog of jobs."""
