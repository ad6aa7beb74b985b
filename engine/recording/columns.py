"""A recording as columns of plain numbers: what crosses from one process to another, as JSON.

The file format has an object for every write; of 65,000 nodes those take 5 seconds to write and read, the
columns a tenth: each is the bytes of its array, compressed and in base64, so that no number of a million
becomes an object. What is read is checked: the other process has run code of a stranger's.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import ge, le, lt, rshift, sub
from typing import Any

from ..ops import Op, foreign, op_named
from .log import PHASES, SLOT, Phase, Recording

NUMBERS = {
    "parent_start": "I", "parent_ids": "I", "step_node": "i", "step_start": "I",
    "write_cell": "I", "write_flags": "H", "write_amount": "d", "write_after": "d",
}  # fmt: skip
TEXTS, FLOATS = ("labels", "sources", "write_sources"), ("initial", "write_locals")


MOST_BYTES = 1 << 30
"""Of a column: a hundred million writes."""


class BadColumns(ValueError):
    """The columns are those of no recording."""


def to_columns(log: Recording) -> dict[str, Any]:
    """Return a closed recording as columns of numbers and tables of texts."""
    columns: dict[str, Any] = {name: _packed(getattr(log, name)) for name in NUMBERS}
    ops, places = _table(log.ops)
    columns["ops"] = [op and (op.name, op.vjps is None) for op in ops], places
    columns["scopes"] = _table(log.scopes)
    for name in TEXTS:
        held = getattr(log, name)
        columns[name] = [list(held), *_table(list(held.values()))]
    for name in FLOATS:
        held = getattr(log, name)
        columns[name] = [list(held), list(held.values())]
    columns["phases"] = [(phase.name, phase.start, phase.end) for phase in log.phases]
    columns["root"] = log.root
    return columns


def _table(things: Iterable[Any]) -> tuple[list[Any], str]:
    """Many things of which few differ: those that do, and which of them stands at each place."""
    places: dict[Any, int] = {}
    which = array("I", (places.setdefault(thing, len(places)) for thing in things))
    return list(places), _packed(which)


def _packed(numbers: array[Any]) -> str:
    return b64encode(zlib.compress(numbers, 1)).decode("ascii")


def _unpacked(kind: str, text: str) -> array[Any]:
    given, made = zlib.decompressobj(), array(kind)
    made.frombytes(given.decompress(b64decode(text, validate=True), MOST_BYTES))
    _require(given.eof, "a column that is cut short, or too long")
    return made


_WRONG = (*(KeyError, TypeError, ValueError, IndexError, OverflowError, AttributeError), zlib.error)


def from_columns(columns: Mapping[str, Any]) -> Recording:
    """Return the recording; raise BadColumns where there is none to be made of them."""
    try:
        log = _read(columns)
        _check(log)
        log.step_start.pop()  # `close` puts the end there
        log.close()
        _ = log.parts  # sorted here, where no key waits for it
        return log
    except _WRONG as error:
        raise BadColumns(f"{type(error).__name__}: {error}") from None


def _read(columns: Mapping[str, Any]) -> Recording:
    log = Recording(root=columns["root"])
    for name, kind in NUMBERS.items():
        setattr(log, name, _unpacked(kind, columns[name]))
    log.ops = _column(columns["ops"], lambda key: None if key is None else _op(*key))
    log.scopes = _column(columns["scopes"])
    for name in TEXTS:
        keys, *table = columns[name]
        setattr(log, name, dict(zip(keys, _column(table), strict=True)))
    for name in FLOATS:
        setattr(log, name, dict(zip(*columns[name], strict=True)))
    log.phases = [Phase(name, start, end) for name, start, end in columns["phases"]]
    return log


def _column(table: Sequence[Any], of: Callable[[Any], Any] = lambda thing: thing) -> list[Any]:
    """Return what stands at each place, each of the things that differ made by `of`."""
    things, which = table
    made = [of(thing) for thing in things]
    return [made[i] for i in _unpacked("I", which)]


def _op(name: str, is_foreign: bool) -> Op:
    return foreign(name) if is_foreign else op_named(name)


def _check(log: Recording) -> None:
    """Refuse what would have a pane fail later."""
    nodes, steps, writes = len(log.ops), len(log.step_node), len(log.write_cell)
    _require(0 <= log.root < nodes, "root")
    _require(len(log.scopes) == nodes, "scopes")
    _require(all(isinstance(scope, str) for scope in set(log.scopes)), "scopes")
    _require(_rises(log.parent_start, nodes, len(log.parent_ids)), "parent_start")
    _require(_rises(log.step_start, steps, writes), "step_start")
    _require(steps > 0 and max(log.step_node) < nodes and min(log.step_node) >= -1, "step_node")
    owners = _spread(range(nodes), log.parent_start)
    _require(all(map(lt, log.parent_ids, owners)), "parents")
    columns = (log.write_flags, log.write_amount, log.write_after)
    _require(all(len(column) == writes for column in columns), "writes")
    _require(max(log.write_cell, default=0) < 2 * nodes, "write_cell")
    _check_phases(log)
    _check_slots(log)
    for texts, most in ((log.labels, nodes), (log.sources, nodes), (log.write_sources, writes)):
        _require(all(str(text) == text and 0 <= key < most for key, text in texts.items()), "texts")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise BadColumns(what)


def _rises(starts: array[int], count: int, end: int) -> bool:
    """Whether these are the places where `count` runs of a column begin, and where it ends."""
    return (
        len(starts) == count + 1
        and starts[0] == 0
        and starts[-1] == end
        and all(map(le, starts, starts[1:]))
    )


def _check_phases(log: Recording) -> None:
    ends = [0, *(phase.end for phase in log.phases)]
    _require(
        [phase.start for phase in log.phases] == ends[:-1] and ends[-1] == len(log.step_node), "phases"
    )
    _require(all(phase.name in PHASES for phase in log.phases), "phases")


def _check_slots(log: Recording) -> None:
    """A contribution through an argument that a node has not would have no formula."""
    counts = [*map(sub, log.parent_start[1:], log.parent_start), 0]  # the last is that of no node, -1
    allowed = _spread(map(counts.__getitem__, log.step_node), log.step_start)
    slots = map(rshift, log.write_flags, repeat(SLOT))
    _require(all(map(ge, allowed, slots)), "write_flags")


def _spread(things: Iterable[int], starts: array[int]) -> Iterator[int]:
    """Return each thing as often as its run is long."""
    return chain.from_iterable(map(repeat, things, map(sub, starts[1:], starts)))
