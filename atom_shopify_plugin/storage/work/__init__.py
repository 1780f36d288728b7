"""Storage of background work: jobs, events, data keys, the state of synchronisation and the clock."""
