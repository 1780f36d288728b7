"""Connected stores: how one is connected, its token, its members, and the `Shop` through which functions use it."""
