"""The numbers of a tensor, a window at a time: what is asked of whoever holds them, and answered."""

from dataclasses import dataclass
from typing import Literal, Protocol

from .tensor import Number, Shape
from .tensor_slice import Pick

Kind = Literal["grad", "sent", "leaf", "held", "saved"]
"""What arrived, what is sent to a parent, a parameter, its `.grad`, what a node has saved."""
How = Literal["kept", "again", "there"]
"""Kept since the pass; computed again; there all the time, as parameters are."""
KINDS: tuple[Kind, ...] = ("grad", "sent", "leaf", "held", "saved")
MOST = 1 << 16
"""Numbers that are given at a time."""
MEGABYTE = 1_000_000
KEEP = 900 * MEGABYTE
"""Bytes of gradients that are kept where nobody says otherwise: those of GPT-2 small."""


class NoValues(Exception):
    """There are no numbers to be had; the message is one sentence."""


@dataclass(frozen=True)
class Which:
    """One tensor of one step: its kind, and which output, parent or saved name."""

    step: int
    kind: Kind
    place: int = 0
    """Of a gradient that arrived the output, of one that is sent the slot."""
    name: str = ""
    """Of a saved tensor."""


@dataclass(frozen=True)
class View:
    """A part of a tensor: of what is picked of it, some rows and columns."""

    pick: Pick
    wrap: int
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Window:
    """The numbers of a view, row by row."""

    dtype: str
    how: How
    rows: tuple[tuple[Number, ...], ...]


@dataclass(frozen=True, eq=False)
class Blocks:
    """A tensor averaged down: the mean of |x| over each of some blocks that lie side by side."""

    means: tuple[tuple[float, ...], ...]
    of: tuple[int, int]
    """Rows and columns of the tensor, its dimensions joined to two."""
    how: How


@dataclass(frozen=True)
class Budget:
    """How much of a pass is kept."""

    bytes: int
    kept: int = 0
    left_out: int = 0
    """How many tensors did not fit."""
    live: bool = False
    """Whether nothing can be computed again: it was a live run."""


class Values(Protocol):
    """Whoever holds the tensors of a pass. All but `close` may take long, and raise NoValues."""

    @property
    def budget(self) -> Budget:
        """How much is kept."""

    def shape(self, which: Which) -> tuple[Shape, str]:
        """Return shape and dtype of a tensor."""

    def window(self, which: Which, view: View) -> Window:
        """Return the numbers of a view."""

    def blocks(self, which: Which, rows: int, columns: int) -> Blocks:
        """Return the tensor averaged down to at most so many blocks."""

    def close(self) -> None:
        """Let go of all of it; what is being worked on ends soon."""
