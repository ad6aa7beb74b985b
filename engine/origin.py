"""Where a node comes from: the scope it was made in, and the user's line that made it.

What few nodes have of their own (a label, a line, a closure, a third parent) and what many share (a
scope) is kept in one frozen `Notes`, so it costs the arithmetic a single slot. The switches here
hold in the thread, or the asyncio task, that sets them, and nowhere else.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

_ENGINE = str(Path(__file__).parent)
_EXAMPLES = str(Path(_ENGINE, "sources", "examples"))  # these stand for a user's code


@dataclass(frozen=True, eq=False, slots=True)
class Notes:
    """What is known of a node beyond its arithmetic."""

    scope: str = ""
    label: str = ""
    source: str = ""
    backward: Callable[[], Any] | None = None
    more_parents: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class NotesOfNamed(Notes):
    """The notes of a leaf that says what made it: a name alone, until it is given parents."""

    own_op: str = ""


class WithLine(Notes):
    """The current notes while lines are recorded: false, so that a new node asks for its line."""

    def __bool__(self) -> bool:
        return False


next_serial = count().__next__
"""Numbers nodes in the order in which they are made."""
next_below = count(-1, -1).__next__
"""Numbers one that has to come before all others."""

NONE = Notes()
current: ContextVar[Notes] = ContextVar("current", default=NONE)
"""What a new node gets: `current.get() or with_line()`."""
asked = False
"""Whether a scope or lines were ever asked for: until then it is `NONE`, and need not be looked up."""

_left: dict[Notes, Notes] = {}
"""Places that were left while a later one went on, and what they stood in."""


@contextmanager
def scope(name: str) -> Iterator[str]:
    """Give the nodes made inside their place: `with scope("layer[0]")`; scopes nest with `/`."""
    outer = current.get()
    inner = outer.__class__(f"{outer.scope}/{name}" if outer.scope else str(name))
    _enter(inner)
    try:
        yield inner.scope
    finally:
        if _left or current.get() is not inner:
            _leave(inner, outer)
        else:
            current.set(outer)


@contextmanager
def source_lines() -> Iterator[None]:
    """Record for every node made inside which line of the user's code made it."""
    outer = current.get()
    inner = WithLine(outer.scope)
    _enter(inner)
    try:
        yield
    finally:
        _leave(inner, outer)


def _enter(inner: Notes) -> None:
    global asked  # and never taken back: a context that was copied in here may come to life at any time
    asked = True
    current.set(inner)


def _leave(inner: Notes, outer: Notes) -> None:
    """End a place; where generators take turns, one that was entered later may go on: it stays."""
    if current.get() is not inner:
        _left[inner] = outer
        return
    current.set(outer)
    while _left and (now := current.get()) in _left:
        current.set(_left.pop(now))


def with_line() -> Notes:
    """Return the current notes with the nearest calling line that is not the engine's own."""
    frame = sys._getframe(1)
    while _is_ours[frame.f_code.co_filename] and frame.f_back:
        frame = frame.f_back
    return _of_line(current.get().scope, frame.f_code.co_filename, frame.f_lineno)


@lru_cache(maxsize=4096)
def _of_line(scope: str, file: str, line: int) -> Notes:
    """The nodes of one line share their notes: a loop makes a million of them."""
    return Notes(scope, source=f"{file}:{line}")


class _IsOurs(dict[str, bool]):
    """Whether a file is the engine's own."""

    def __missing__(self, file: str) -> bool:
        ours = self[file] = file.startswith(_ENGINE) and not file.startswith(_EXAMPLES)
        return ours


_is_ours = _IsOurs()
