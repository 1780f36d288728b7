"""A store with 25 months of trade, made by the sandbox's own mutations: see `build`."""
