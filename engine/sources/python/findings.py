"""What a program did instead, where nothing of it can be opened: for the sentence that says so."""

import re
import sys
from collections.abc import Iterator
from typing import Any

from .program import Program
from .refusal import Refusal
from .variables import lookup
from .watch import Watch

MOST = 6


def nothing_found(watch: Watch, program: Program, variable: str, which: int) -> Refusal:
    """Return what was looked for and what was found in its place."""
    names, failed = program.names, program.failed
    said = [*_wanted(watch, names, variable, which), *_classes(watch), *_graphs(watch, names)]
    if not watch.called and (children := _processes()):
        said.append(
            f"it started {children} process{'es'[: 2 * (children > 1)]}, what they do is not seen"
        )
    if failed and str(failed):
        said.append(f"a cell failed: {failed}")
    if program.exited:
        return Refusal("; ".join((program.exited, *said[:1])), exited=True)
    return Refusal("; ".join(said))


def _processes() -> int:
    """How many processes of Python's the program has started."""
    process = sys.modules.get("multiprocessing.process")
    counted = re.fullmatch(r"count\((\d+)\)", repr(getattr(process, "_process_counter", "")))
    return int(counted[1]) - 1 if counted else 0


def _wanted(watch: Watch, names: dict[str, Any], variable: str, which: int) -> Iterator[str]:
    missing = object()
    held = lookup(names, variable, missing) if variable else missing
    if variable and held is missing:
        yield f"there is no {variable} at the end, and no backward pass was called on one"
    elif variable and not watch.matching:
        yield f"{variable} holds {_kind_of(held)}, and no graph"
    times = watch.matching if variable else watch.called
    of = f" on {variable}" if variable else ""
    if times:
        yield f"a backward pass was called {times} time{'s'[: times != 1]}{of}, and not {which}"
    elif not variable:
        yield "no backward pass was called"


def _kind_of(thing: Any) -> str:
    name = type(thing).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _classes(watch: Watch) -> Iterator[str]:
    found = [cls.__name__ for kind, cls in watch.classes if kind.looks_like_one(cls)]
    if found:
        yield f"{_listed(found)} look{'s'[: len(found) == 1]} like an engine"
    elif not watch.called and "torch" not in sys.modules:
        yield "no class looks like an engine: one that adds, multiplies and has a backward()"


def _graphs(watch: Watch, names: dict[str, Any]) -> Iterator[str]:
    classes = tuple(cls for kind, cls in watch.classes if kind.looks_like_one(cls) or kind.made_before())
    held = [
        name
        for name, thing in names.items()
        if isinstance(thing, classes) and getattr(thing, "requires_grad", True) and name[:2] != "__"
    ]
    if held:
        yield f"there are nodes in {_listed(held)}: add :{held[-1]} to open that one"


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:MOST])
    return f"{shown}, ..." if len(names) > MOST else shown
