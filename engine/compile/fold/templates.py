"""Templates of numpy statements, each with its role: what it does for the statements beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from string import Formatter


class Role(Enum):
    """What a statement does: the thing itself, RESULT, or something that this needs before or after."""

    RESULT = auto()
    GATHER = auto()
    """Read numbers that lie in no even steps."""
    COPY = auto()
    """Copy a factor into one block, as BLAS wants it."""
    ALIGN = auto()
    """Put the contributions to one node side by side."""
    ADD_RUNS = auto()
    """Add up those that stand side by side."""
    CLEAR = auto()
    """Write 0 to gradients that got nothing yet, where others of the same statement got something."""
    SCATTER = auto()
    """Write gradients that lie in no even steps."""
    SCATTER_ADD = auto()
    ACCUMULATE = auto()
    """Add a contribution that a statement before has computed."""
    ADD_TO_SUMS = auto()
    """Add a part of the terms to the sums."""
    UNSIGN_ZERO = auto()
    """Make 0.0 of -0.0."""
    MARK = auto()
    """Compute a mask."""
    ZERO = auto()
    """Write 0 where the mask holds."""
    REPLACE = auto()
    """Write another number where the mask holds."""


@dataclass(frozen=True)
class Template:
    """A statement with names in braces where the arrays come, such as `add({a}, {b}, out={out})`."""

    text: str
    role: Role = Role.RESULT

    @property
    def names(self) -> tuple[str, ...]:
        """The names in braces, in the order in which they occur first."""
        return _names_in(self.text)


@lru_cache(maxsize=1024)
def _names_in(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(text) if name))
