"""Where nodes of somebody's class were made: the user's line, the calls it ran in, the op's method.

A wrapper of the class's `__init__` notes for each node which code stood on the stack, and which call of
it; what that means is read when a graph is recorded. A node that is gone leaves its place to the next.
"""

import functools
import itertools
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from ...ops import OPS
from .op_names import plain_word

Stack = tuple[tuple[CodeType, int, int], ...]
"""The frames from the innermost out: their code, the instruction each was at, the number of the call."""
DEEPEST = 40
NESTED = 6
"""The most names in a scope; what is called deeper belongs to the innermost of these."""
_MARK = "__micrograd_tui_origins__"
_UNNAMED = (
    "<module>",
    "__init__",
    "<lambda>",
    "<genexpr>",
    "<listcomp>",
    "<setcomp>",
    "<dictcomp>",
    "main",
)


@dataclass(frozen=True)
class Origin:
    """Where a node was made. `method` is the one of its class that made it, "" outside of any."""

    source: str
    method: str
    method_source: str
    calls: tuple[tuple[str, int, int], ...]
    """The calls around that line from the outermost in: function, line that called it, number."""


@dataclass(frozen=True, eq=False, slots=True)
class _Call:
    """A call of a function of the program's, and the stack around it, which stays while it runs."""

    frame: FrameType
    number: int
    around: Stack


class Origins:
    """The notes on who made which node, for the classes that are watched."""

    def __init__(self) -> None:
        self._stacks: dict[int, Stack] = {}
        self._shared: dict[tuple[int, ...], Stack] = {}
        self._undo: list[Callable[[], None]] = []
        self._classes: set[str] = set()
        self._of_engine: dict[int, bool] = {}
        self._codes: list[CodeType] = []
        self._running: list[_Call] = []
        self._numbers = itertools.count(1)
        self._unnamed: dict[tuple[int, int, int], int] = {}
        self._paused = False

    def watch(self, cls: type) -> None:
        """Note from now on where nodes of the class are made."""
        owner = next(kind for kind in cls.__mro__ if "__init__" in vars(kind))
        original = vars(owner)["__init__"]
        if owner is object or _MARK in getattr(original, "__dict__", {}):
            return
        self._classes.add(cls.__name__)
        self._of_engine.clear()
        note = self._note

        @functools.wraps(original)
        def made(node: Any, *arguments: Any, **named: Any) -> None:
            original(node, *arguments, **named)
            if not self._paused:
                note(node, sys._getframe(1))

        vars(made)[_MARK] = True
        type.__setattr__(owner, "__init__", made)
        self._undo.append(lambda: type.__setattr__(owner, "__init__", original))

    def unwatch(self) -> None:
        """Leave the classes as they were; what is noted stays."""
        self._running.clear()
        while self._undo:
            self._undo.pop()()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Note nothing for a while, of nodes that are made for their number alone."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    def _note(self, node: Any, frame: FrameType | None) -> None:
        # Keys of plain numbers: to hash a code object takes longer than all the rest.
        inner, key = frame, list[int]()
        while frame is not None and self._is_engine(frame.f_code):
            key += (id(frame.f_code), frame.f_lasti)
            frame = frame.f_back
        if frame is None:
            return
        running = self._running
        call = running[-1] if running and running[-1].frame is frame else self._call(frame)
        key += (call.number, frame.f_lasti)
        shared = tuple(key)
        stack = self._shared.get(shared)
        if stack is None:
            here = _frames(inner, len(key) // 2 - 1)
            stack = self._shared[shared] = (
                *here,
                (frame.f_code, frame.f_lasti, call.number),
                *call.around,
            )
        self._stacks[id(node)] = stack

    def _is_engine(self, code: CodeType) -> bool:
        known = self._of_engine.get(id(code))
        if known is None:
            self._codes.append(code)  # while it is held, no other has its id
            known = self._of_engine[id(code)] = _is_of(code, self._classes)
        return known

    def _call(self, frame: FrameType) -> _Call:
        """Note the calls that began since the last node was made, and return the innermost."""
        running, new = self._running, list[FrameType]()
        places = {id(call.frame): i for i, call in enumerate(running)}
        at: FrameType | None = frame
        while at is not None and id(at) not in places and len(new) < DEEPEST:
            new.append(at)
            at = None if at.f_code.co_name == "<module>" else at.f_back
        del running[places[id(at)] + 1 if id(at) in places else 0 :]
        for each in reversed(new):
            running.append(self._begun(each, running[-1] if running else None))
        return running[-1]

    def _begun(self, frame: FrameType, outer: _Call | None) -> _Call:
        """Number a call; one without a name, as of a comprehension, is one with others of its place."""
        if outer is None:
            return _Call(frame, next(self._numbers), ())
        code, place = frame.f_code, outer.frame.f_lasti
        around = ((outer.frame.f_code, place, outer.number), *outer.around)
        if code.co_name not in _UNNAMED:
            return _Call(frame, next(self._numbers), around)
        self._is_engine(code)  # holds it
        key = (id(code), place, outer.number)
        number = self._unnamed.get(key) or self._unnamed.setdefault(key, next(self._numbers))
        return _Call(frame, number, around)

    def of(self, node: Any) -> Stack | None:
        """Return the stack that made a node, if that was seen."""
        return self._stacks.get(id(node))


def _frames(frame: FrameType | None, depth: int) -> Stack:
    stack = []
    for _ in range(depth):
        assert frame is not None
        stack.append((frame.f_code, frame.f_lasti, 0))
        frame = frame.f_back
    return tuple(stack)


def origin(stack: Stack, classes: Collection[str]) -> Origin:
    """Read a stack; `classes` are the names of those whose methods are the engine and not its use."""
    inner = 0
    while inner < len(stack) - 1 and _is_of(stack[inner][0], classes):
        inner += 1
    inside = [frame for frame in stack[:inner] if frame[0].co_name not in ("__init__", "__new__")]
    makers = [frame for frame in inside if not frame[0].co_name.startswith("<")] or inside
    method = _of_op(makers)
    calls = []
    for here, caller in zip(reversed(stack[inner:]), (None, *reversed(stack[inner + 1 :])), strict=True):
        name = _called(here[0])
        if name and caller is not None:
            calls.append((name, line_of(*caller[:2]), here[2]))
    return Origin(
        _place(stack[inner]),
        method[0].co_name if method else "",
        _place(method) if method else "",
        tuple(calls[:NESTED]),
    )


def _of_op(makers: Sequence[tuple[CodeType, int, int]]) -> tuple[CodeType, int, int] | None:
    """The method that is the op: of a known name, else one that is not private, else the innermost."""
    known = (maker for maker in makers if plain_word(maker[0].co_name) in OPS)
    public = (maker for maker in makers if not maker[0].co_name.startswith("_"))
    return next(known, None) or next(public, None) or (makers[0] if makers else None)


def scopes_of(origins: Collection[Origin]) -> dict[Origin, str]:
    """Name the scopes: `gpt[2]/linear:98`, with the calling line where several lines call one function.

    The calls that one line makes are numbered where there are several.
    """
    lines: dict[tuple[str, ...], set[int]] = {}
    numbers: dict[tuple[int, str, int], dict[int, int]] = {}
    for each in sorted(origins, key=lambda each: [number for *_, number in each.calls]):
        names, around = tuple(name for name, *_ in each.calls), 0
        for depth, (name, line, number) in enumerate(each.calls, 1):
            lines.setdefault(names[:depth], set()).add(line)
            of_line = numbers.setdefault((around, name, line), {})
            of_line.setdefault(number, len(of_line))
            around = number
    return {each: "/".join(_words(each, lines, numbers)) for each in origins}


def _words(
    each: Origin,
    lines: dict[tuple[str, ...], set[int]],
    numbers: dict[tuple[int, str, int], dict[int, int]],
) -> Iterator[str]:
    names, around = tuple(name for name, *_ in each.calls), 0
    for depth, (name, line, number) in enumerate(each.calls, 1):
        of_line = numbers[around, name, line]
        called = f":{line}" if len(lines[names[:depth]]) > 1 else ""
        yield f"{name}{called}{f'[{of_line[number]}]' if len(of_line) > 1 else ''}"
        around = number


def line_of(code: CodeType, instruction: int) -> int:
    """Return the line an instruction of a code belongs to."""
    known = _lines.get(id(code))
    if known is None or known[0] is not code:
        known = _lines[id(code)] = (code, _line_table(code))
    return known[1].get(instruction, code.co_firstlineno)


_lines: dict[int, tuple[CodeType, dict[int, int]]] = {}
"""The lines of each code by its `id`, which no other has while it is held; to hash a code takes long."""


def _line_table(code: CodeType) -> dict[int, int]:
    found = {}
    for start, end, line in code.co_lines():
        if line is not None:
            found.update(dict.fromkeys(range(start, end, 2), line))
    return found


def _place(frame: tuple[CodeType, int, int]) -> str:
    return f"{frame[0].co_filename}:{line_of(*frame[:2])}"


def _is_of(code: CodeType, classes: Collection[str]) -> bool:
    """Whether a code is a method of one of the classes, or a function inside of one."""
    owner, _, rest = code.co_qualname.partition(".")
    return (bool(rest) and owner in classes) or code.co_name in ("__init__", "__new__")


def _called(code: CodeType) -> str:
    """What a function is called in a scope: of a class's `__call__` or `forward` the class."""
    if code.co_name in _UNNAMED:
        return ""
    owner, _, name = code.co_qualname.rpartition(".")
    if name in ("__call__", "forward") and owner and not owner.endswith("<locals>"):
        return owner.rpartition(".")[2]
    return name
