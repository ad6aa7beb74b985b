"""The names by which a program holds its nodes: to find the one that is meant, to label the others."""

import dis
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

DEEPEST = 6
MOST = 300_000
LONGEST = 50_000  # things of a list or a dict that are looked at
PLAIN = (int, float, str, bytes)
_STEP = re.compile(r"\.([^\W\d]\w*)|\[(-?\d+)\]")
_NOTHING = object()


def held_by(frame: FrameType | None, variable: str, thing: Any) -> bool:
    """Whether a variable holds a thing, in the function a frame is of or in one that called it."""
    while frame is not None:
        for names in (frame.f_locals, frame.f_globals):
            if lookup(names, variable, None) is thing:
                return True
        frame = frame.f_back
    return False


def lookup(names: dict[str, Any], variable: str, otherwise: Any) -> Any:
    """Return what `loss`, `model.loss` or `losses[0]` holds among some names."""
    first = re.match(r"\w+", variable)
    assert first is not None
    found = names.get(first[0], _NOTHING)
    try:
        for attribute, index in _STEP.findall(variable[first.end() :]):
            found = getattr(found, attribute) if attribute else found[int(index)]
    except Exception:
        return otherwise
    return otherwise if found is _NOTHING else found


def local_of(code: CodeType, name: str) -> set[CodeType]:
    """Return the functions within some code that have a local variable of that name."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    own = {each for each in inner if name in (*each.co_varnames, *each.co_cellvars)}
    return own.union(*(local_of(each, name) for each in inner))


class AtReturn:
    """A profiler that keeps what a local variable held when a function that has it returned last."""

    def __init__(self, codes: Iterable[CodeType], variable: str) -> None:
        self._codes = {id(code): code for code in codes}
        self._variable = variable
        self.held: Any = None

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and id(frame.f_code) in self._codes:
            held = lookup(frame.f_locals, self._variable, None)
            self.held = self.held if held is None else held


def frames_of(frame: FrameType | None) -> Iterator[tuple[dict[str, Any], CodeType]]:
    """Yield the names and the code of a program's functions at a call, the innermost first."""
    while frame is not None:
        yield frame.f_locals, frame.f_code
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == "__main__":
            return
        frame = frame.f_back


def names_of(
    scopes: Iterable[tuple[dict[str, Any], CodeType]], is_node: Callable[[Any], bool]
) -> dict[str, Any]:
    """Return nodes by what the program calls them: `loss`, `ws[2]`, `n.layers[0].w[1]`.

    A variable goes before a place in a list, which goes before nothing; one that `for` sets is left out,
    for it holds whatever came last.
    """
    walk = _Walk(is_node)
    for names, code in scopes:
        loops = loop_variables(code)
        held = {n: x for n, x in list(names.items()) if n not in loops and not n.startswith("__")}
        for name, thing in held.items():
            if is_node(thing):
                walk.into(name, thing, 0)
        for name, thing in held.items():
            walk.into(name, thing, 0)
    return walk.found


class _Walk:
    """Goes through lists, dicts and objects, to a depth and to a number of things."""

    def __init__(self, is_node: Callable[[Any], bool]) -> None:
        self.found: dict[str, Any] = {}
        self._is_node = is_node
        self._seen: set[int] = set()
        self._left = MOST

    def into(self, name: str, thing: Any, depth: int) -> None:
        """Name what a thing called `name` holds."""
        self._left -= 1
        if id(thing) in self._seen or depth > DEEPEST or self._left < 0:
            return
        if self._is_node(thing):
            self._seen.add(id(thing))
            self.found.setdefault(name, thing)
        elif isinstance(thing, list | tuple | dict):
            self._seen.add(id(thing))
            items = thing.items() if isinstance(thing, dict) else enumerate(thing)
            for key, item in list(islice(items, LONGEST)):
                if not isinstance(item, PLAIN):
                    self.into(
                        f"{name}[{key}]" if isinstance(key, int) else f"{name}.{key}", item, depth + 1
                    )
        elif _is_of_program(thing):
            self._seen.add(id(thing))
            for key, item in list(islice(vars(thing).items(), LONGEST)):
                if not isinstance(item, PLAIN):
                    self.into(f"{name}.{key}", item, depth + 1)


def _is_of_program(thing: Any) -> bool:
    """Whether a thing is an object of a class that the program, or a library of its kind, has made."""
    if isinstance(thing, type | ModuleType | FunctionType) or not hasattr(thing, "__dict__"):
        return False
    module = getattr(type(thing), "__module__", None) or ""
    return isinstance(module, str) and module.partition(".")[0] not in sys.stdlib_module_names


def loop_variables(code: CodeType) -> set[str]:
    """Return the variables that `for` sets."""
    found: set[str] = set()
    expected = 0
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name == "FOR_ITER":
            expected = 1
        elif expected and name == "UNPACK_SEQUENCE":
            expected += (instruction.arg or 0) - 1
        elif expected and name.startswith("STORE_"):
            names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
            for each in names[: 1 if "LOAD" in name else None]:
                found.add(str(each))
                expected = max(0, expected - 1)
        elif name not in ("EXTENDED_ARG", "CACHE"):
            expected = 0
    return found
