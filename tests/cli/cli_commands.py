"""Every command of the program, as one types it."""

GROUPS = [(), ("actions",), ("stores",), ("token",), ("db",), ("keys",)]
LEAVES = [
    ("demo",),
    ("serve",),
    ("sandbox",),
    ("doctor",),
    ("actions", "list"),
    ("actions", "show"),
    ("call",),
    ("chat",),
    ("stores", "list"),
    ("stores", "default"),
    ("stores", "connect"),
    ("stores", "disconnect"),
    ("token", "create"),
    ("db", "upgrade"),
    ("db", "current"),
    ("db", "cleanup"),
    ("keys", "generate"),
    ("keys", "rotate"),
]
