"""Where a program makes its nodes: the line of each, and the calls of functions around it as its scope.

Code of other people's has no scopes; its functions make them. A node made in the third call of `linear`
within the first of `gpt` has the scope `gpt[0]/linear[2]`. Every node costs a look at the stack, which
ends at the first function that was running when the node before it was made.
"""

import functools
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

SKIPPED = ("<module>", "<listcomp>", "<genexpr>", "<lambda>", "<dictcomp>", "<setcomp>")


@dataclass(eq=False, slots=True)
class Running:
    """A call of a function: its name, and the call around it."""

    name: str
    around: "Running | None"


@dataclass(eq=False)
class Origins:
    """Notes of every node, by `id`, the call and the line that made it."""

    made: dict[int, tuple[Running | None, CodeType, int]] = field(default_factory=dict)
    _stack: list[tuple[FrameType, Running | None]] = field(default_factory=list)
    _of_engine: dict[int, tuple[CodeType, bool]] = field(default_factory=dict)
    _classes: set[str] = field(default_factory=set)
    _wrapped: list[tuple[type, Any]] = field(default_factory=list)

    def start(self, cls: type) -> None:
        """Note the nodes of a class from here on."""
        self._classes.add(cls.__qualname__)
        self._of_engine.clear()
        init = vars(cls).get("__init__")
        if not callable(init) or hasattr(init, "__of_origins__"):
            return
        self._wrapped.append((cls, init))
        type.__setattr__(cls, "__init__", self._wrapper(init))

    def stop(self) -> None:
        """Note no more."""
        for cls, init in self._wrapped:
            type.__setattr__(cls, "__init__", init)
        self._wrapped.clear()
        self._stack.clear()

    def _wrapper(self, init: Callable[..., None]) -> Callable[..., None]:
        made, look = self.made, self._look

        @functools.wraps(init)
        def noting(self: Any, *args: Any, **options: Any) -> None:
            made[id(self)] = look(sys._getframe(1))
            init(self, *args, **options)

        vars(noting)["__of_origins__"] = True
        return noting

    def _look(self, frame: FrameType | None) -> tuple[Running | None, CodeType, int]:
        """Return the call and the place of the first frame that is not the engine's own."""
        of_engine = self._of_engine
        while frame is not None:
            code = frame.f_code
            known = of_engine.get(id(code))
            if known is None:
                known = of_engine[id(code)] = (code, self._is_of_engine(code))
            if not known[1]:
                stack = self._stack
                if stack and stack[-1][0] is frame:
                    return stack[-1][1], code, frame.f_lasti
                return self._running(frame), code, frame.f_lasti
            frame = frame.f_back
        raise AssertionError("no frame made it")

    def _is_of_engine(self, code: CodeType) -> bool:
        """Whether code is a method of a class of nodes, or within one."""
        owner, dot, _ = code.co_qualname.partition(".<locals>")[0].rpartition(".")
        return bool(dot) and owner in self._classes

    def _running(self, frame: FrameType) -> Running | None:
        """Return the call that a frame is of; the calls around it are found or noted too."""
        stack, new = self._stack, []
        at: FrameType | None = frame
        known = {id(seen): i for i, (seen, _) in enumerate(stack)}
        while at is not None and not (id(at) in known and stack[known[id(at)]][0] is at):
            new.append(at)
            at = at.f_back
        del stack[known[id(at)] + 1 if at is not None else 0 :]
        around = stack[-1][1] if stack else None
        for each in reversed(new):
            name = call_name(each.f_code)
            around = Running(name, around) if name and _is_program(each) else around
            stack.append((each, around))
        return around


def _is_program(frame: FrameType) -> bool:
    return not str(frame.f_globals.get("__name__", "")).startswith("micrograd_tui.")


def call_name(code: CodeType) -> str:
    """What a call of some code is shown as: the function's name, of `__call__` that of its class."""
    if code.co_name in SKIPPED:
        return ""
    if code.co_name in ("__call__", "forward"):
        return code.co_qualname.rpartition(".")[0].rpartition(".")[2] or code.co_name
    return code.co_name


def line_of(code: CodeType, offset: int) -> str:
    """Return `file:line` of an instruction."""
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= offset < end and number is not None:
            line = number
            break
    return f"{code.co_filename}:{line}"


def scopes_of(calls: Iterable[Running | None]) -> dict[int, str]:
    """Return by `id` the scope of each call, numbered among those of its name where there are several.

    A function around all of them says nothing and is left out.
    """
    chains = {id(call): _chain(call) for call in calls if call is not None}
    common = _common(list(chains.values()))
    numbers: dict[tuple[int, str], dict[int, int]] = {}
    for chain in chains.values():
        for call in chain:
            of_name = numbers.setdefault((id(call.around), call.name), {})
            of_name.setdefault(id(call), len(of_name))
    return {
        key: "/".join(_numbered(call, numbers) for call in chain[common:])
        for key, chain in chains.items()
    }


def _numbered(call: Running, numbers: dict[tuple[int, str], dict[int, int]]) -> str:
    of_name = numbers[id(call.around), call.name]
    return f"{call.name}[{of_name[id(call)]}]" if len(of_name) > 1 else call.name


def _chain(call: Running | None) -> list[Running]:
    chain = []
    while call is not None:
        chain.append(call)
        call = call.around
    return chain[::-1]


def _common(chains: list[list[Running]]) -> int:
    """How many calls are around all the others."""
    if not chains:
        return 0
    shortest = min(len(chain) for chain in chains)
    for depth in range(shortest):
        if any(chain[depth] is not chains[0][depth] for chain in chains):
            return depth
    return shortest
