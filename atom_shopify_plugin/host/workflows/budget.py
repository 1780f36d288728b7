"""How much one evaluation may cost: steps stand for its time, and size for what it builds.

Both are charged before the work is done, so that nothing large is begun.
"""

from __future__ import annotations

from atom_shopify_plugin.host.workflows.decimals import Bad

__all__ = ["LIMIT", "SIZE", "STEPS", "Budget"]

STEPS = 100_000
"""Steps of an evaluation: a fraction of a second."""
SIZE = 1024 * 1024
"""Characters and members that an evaluation may build in all."""
LIMIT = 256 * 1024
"""Characters and members of one value."""
_PER_STEP = 16  # characters that are copied or compared in a step


class Budget:
    """What is left of an evaluation's steps and size."""

    def __init__(self, steps: int = STEPS, size: int = SIZE) -> None:
        self._steps = steps
        self._size = size

    def spend(self, steps: int = 1) -> None:
        """Take steps; raise `Bad` when there are too few."""
        self._steps -= steps
        if self._steps < 0:
            raise Bad(f"it takes more than {STEPS} steps")

    def read(self, characters: int) -> None:
        """Take the steps for looking at so many characters or members."""
        self.spend(characters // _PER_STEP + 1)

    def build(self, size: int, what: str = "text") -> None:
        """Take the size of a value that is about to be built, and the steps for it; raise `Bad`."""
        if size > LIMIT:
            raise Bad(f"the {what} becomes larger than {LIMIT} characters")
        self._size -= size
        if self._size < 0:
            raise Bad(f"it builds more than {SIZE} characters")
        self.read(size)
