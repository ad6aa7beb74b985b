"""Selecting from a table by a number of the data: an embedding's row, a target's probability.

Which entry takes part is decided by the data, as which branch of an `if` runs: it is part of the graph.
Each number chosen is a node of op `select`; its gradient goes to the entry it was chosen from alone.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from ..value import Value

on_selection: ContextVar[Callable[[Any, Sequence[Any], Value], object] | None]
on_selection = ContextVar("on_selection", default=None)
"""A hook: it is called with what was chosen, a node or a list of them, the table and the index."""


def select(table: Sequence[Any], index: Value | int, label: str = "index") -> Any:
    """Return entry `index` of a table: a Value, or a list of them where the entries are rows.

    Raise IndexError for a number that is no place of the table: negative, too large, or not whole.
    Raise TypeError for an entry that is a plain number: a table holds Values.
    """
    where = index if isinstance(index, Value) else Value(index, label=label)
    place = int(where.data) if where.data == where.data // 1 else -1
    if not 0 <= place < len(table):
        raise IndexError(f"{where.data:g} is no place of a table of {len(table)}")
    entry = table[place]
    rows = isinstance(entry, (list, tuple))
    made = [_chosen(each, where) for each in entry] if rows else _chosen(entry, where)
    if hook := on_selection.get():
        hook(made, table, where)
    return made


def _chosen(entry: Any, where: Value) -> Any:
    if isinstance(entry, (int, float)):
        raise TypeError(f"a table holds Values; {entry:g} is a plain number: write Value({entry:g})")
    return entry.select(where)
