"""Choices: where the numbers lie that a row's numbers choose from tables, as indices into a memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir.dtypes import Floats, Ints
from .arrays import Chosen
from .fold import Fold


@dataclass(frozen=True, eq=False)
class Choice:
    """The indices of one group of gathers."""

    name: str
    """What the array of indices is called in the statements."""
    slots: Ints
    """Of each gather: the slot of the row that chooses."""
    starts: Ints
    """Of each gather: where its table begins in `addresses`."""
    addresses: Ints
    per_row: bool
    """Whether what is chosen from is there in every row: the columns of a memory of rows."""

    def write(self, inputs: Floats, to: Any, line: int) -> None:
        """Write the indices for some rows, the columns of `inputs`; one row may have no axis in `to`.

        `line` is how far a line of the memory of rows is from the next.
        """
        chosen = inputs[self.slots].astype(np.int64)
        chosen += self.starts
        found = self.addresses.take(chosen)
        if self.per_row:
            found *= line
            found += np.arange(found.shape[1])
        to[...] = found.reshape(to.shape)


def choices_of(made: Fold) -> list[Choice]:
    """Return the choices of a fold."""
    return [
        _choice(made, name, binding)
        for name, binding in made.arrays.bindings.items()
        if isinstance(binding, Chosen)
    ]


def _choice(made: Fold, name: str, chosen: Chosen) -> Choice:
    columns, address = made.columns, made.layout.address
    tables = [columns.tables[node] for node in chosen.nodes.tolist()]
    lengths = np.array([len(table) for table in tables])
    slots = columns.b[chosen.nodes] - columns.parameters
    starts = (np.cumsum(lengths) - lengths)[:, None]
    per_row = bool(columns.per_row[tables[0][0]])
    return Choice(name, slots, starts, address[np.concatenate(tables)], per_row)


class RowChoices:
    """The choices of one row alone, whose indices have no axis of rows: all looked up at once."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        lengths = [len(choice.addresses) for choice in choices]
        firsts = np.cumsum([0, *lengths])[:-1].tolist()
        moved = [choice.starts[:, 0] + first for choice, first in zip(choices, firsts, strict=True)]
        none = [np.zeros(0, np.int64)]
        self._starts = np.concatenate([*moved, *none])
        self._slots = np.concatenate([*(choice.slots for choice in choices), *none])
        self._addresses = np.concatenate([*(choice.addresses for choice in choices), *none])

    def of(self, row: Floats) -> Ints:
        """Return the indices, in the order of the choices."""
        chosen = row.astype(np.int64).take(self._slots)
        chosen += self._starts
        return self._addresses.take(chosen)
