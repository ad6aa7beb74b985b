"""Where nodes of somebody's class were made: the user's line, the functions it ran in, the op's method.

A wrapper of the class's `__init__` notes for each node which code stood on the stack, and nothing else;
what that means is read when a graph is recorded. A node that is gone leaves its place to the next.
"""

import functools
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

Stack = tuple[tuple[CodeType, int], ...]
"""The frames from the innermost out: their code, and at which instruction each was."""
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
    calls: tuple[tuple[str, int], ...]
    """The functions around that line from the outermost in, each with the line that called it."""


class Origins:
    """The notes on who made which node, for the classes that are watched."""

    def __init__(self) -> None:
        self._stacks: dict[int, Stack] = {}
        self._shared: dict[tuple[int, ...], Stack] = {}
        self._undo: list[Callable[[], None]] = []

    def watch(self, cls: type) -> None:
        """Note from now on where nodes of the class are made."""
        owner = next(kind for kind in cls.__mro__ if "__init__" in vars(kind))
        original = vars(owner)["__init__"]
        if owner is object or _MARK in getattr(original, "__dict__", {}):
            return
        note = self._note

        @functools.wraps(original)
        def made(node: Any, *arguments: Any, **named: Any) -> None:
            original(node, *arguments, **named)
            note(node, sys._getframe(1))

        vars(made)[_MARK] = True
        type.__setattr__(owner, "__init__", made)
        self._undo.append(lambda: type.__setattr__(owner, "__init__", original))

    def unwatch(self) -> None:
        """Leave the classes as they were; what is noted stays."""
        while self._undo:
            self._undo.pop()()

    def _note(self, node: Any, frame: FrameType | None) -> None:
        # Keys of plain numbers: to hash a code object takes longer than all the rest.
        innermost, key = frame, list[int]()
        while frame is not None and len(key) < 2 * DEEPEST:
            code = frame.f_code
            key += (id(code), frame.f_lasti)
            if code.co_name == "<module>":
                break
            frame = frame.f_back
        shared = tuple(key)
        stack = self._shared.get(shared)
        if stack is None:
            stack = self._shared[shared] = _stack(innermost, len(key) // 2)
        self._stacks[id(node)] = stack

    def of(self, node: Any) -> Stack | None:
        """Return the stack that made a node, if that was seen."""
        return self._stacks.get(id(node))


def _stack(frame: FrameType | None, depth: int) -> Stack:
    """The frames themselves; that their codes are held is why an id names no other one."""
    stack = []
    for _ in range(depth):
        assert frame is not None
        stack.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(stack)


def origin(stack: Stack, classes: Collection[str]) -> Origin:
    """Read a stack; `classes` are the names of those whose methods are the engine and not its use."""
    inner = 0
    while inner < len(stack) - 1 and _is_of(stack[inner][0], classes):
        inner += 1
    makers = [
        frame for frame in stack[:inner] if frame[0].co_name not in ("__init__", "__new__", "<lambda>")
    ]
    inside = [frame for frame in stack[:inner] if frame[0].co_name not in ("__init__", "__new__")]
    makers = [frame for frame in inside if not frame[0].co_name.startswith("<")] or inside
    method = makers[0] if makers else None
    calls = []
    for here, caller in zip(reversed(stack[inner:]), (None, *reversed(stack[inner + 1 :])), strict=True):
        name = _called(here[0])
        if name and caller is not None:
            calls.append((name, line_of(*caller)))
    return Origin(
        _place(stack[inner]),
        method[0].co_name if method else "",
        _place(method) if method else "",
        tuple(calls[:NESTED]),
    )


def scopes_of(origins: Collection[Origin]) -> dict[Origin, str]:
    """Name the scopes: `gpt/linear`; with the calling line where several lines call one function."""
    lines: dict[tuple[str, ...], set[int]] = {}
    for each in origins:
        names = tuple(name for name, _ in each.calls)
        for depth, (_, line) in enumerate(each.calls, 1):
            lines.setdefault(names[:depth], set()).add(line)
    scopes = {}
    for each in origins:
        names = tuple(name for name, _ in each.calls)
        several = [len(lines[names[:depth]]) > 1 for depth in range(1, len(names) + 1)]
        words = (
            f"{n}:{line}" if more else n for (n, line), more in zip(each.calls, several, strict=True)
        )
        scopes[each] = "/".join(words)
    return scopes


def line_of(code: CodeType, instruction: int) -> int:
    """Return the line an instruction of a code belongs to."""
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            return line
    return code.co_firstlineno


def _place(frame: tuple[CodeType, int]) -> str:
    return f"{frame[0].co_filename}:{line_of(*frame)}"


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
