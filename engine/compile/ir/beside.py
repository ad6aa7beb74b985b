"""What is recorded beside a graph while the function that builds it runs, because no node shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from ...learning.largest import on_largest
from ...learning.select import on_selection
from ...value import Value, on_comparison

Comparison = tuple[Value, str, Value | float, bool]
"""Left, sign, right and answer of a comparison, as the hook of value.py is given them."""

Selection = tuple[Value, Sequence[Value], Value]
"""A node chosen from a table, what it could have been, and the index."""

Largest = tuple[Value, Sequence[Value]]
"""A leaf with the largest number of some nodes, and those."""


@dataclass(frozen=True)
class Beside:
    """All that was recorded, in order."""

    comparisons: list[Comparison] = field(default_factory=list)
    selections: list[Selection] = field(default_factory=list)
    largest: list[Largest] = field(default_factory=list)


@contextmanager
def recorded_beside() -> Iterator[Beside]:
    """Record what comparisons, selections and searches for the largest are made inside."""
    made = Beside()
    with (
        recorded_comparisons(made.comparisons),
        _set(on_selection, lambda *selection: made.selections.extend(_each(*selection))),
        _set(on_largest, lambda *largest: made.largest.append(largest)),
    ):
        yield made


@contextmanager
def recorded_comparisons(made: list[Comparison] | None = None) -> Iterator[list[Comparison]]:
    """Record the comparisons of Values made inside, so that they can guard the graph built there."""
    kept: list[Comparison] = [] if made is None else made
    with _set(on_comparison, lambda *comparison: kept.append(comparison)):
        yield kept


def _each(chosen: Any, table: Sequence[Any], where: Value) -> list[Selection]:
    """Return the selections of single numbers, where whole rows were chosen."""
    if not isinstance(chosen, list):
        return [(chosen, table, where)]
    return [(node, [row[j] for row in table], where) for j, node in enumerate(chosen)]


@contextmanager
def _set(hook: ContextVar[Any], call: Callable[..., object]) -> Iterator[None]:
    outer = hook.set(call)
    try:
        yield
    finally:
        hook.reset(outer)
