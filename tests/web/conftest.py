"""The small host of `webhost`, for the tests of this room."""

from webhost import (  # noqa: F401  # fixtures are found by their names
    ada,
    app,
    browser,
    caller,
    host,
    mallory,
    upstream,
)
