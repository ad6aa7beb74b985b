"""What has a `zero_grad`: nodes, modules, optimizers and functions of a file, made without guessing.

A module is made of small sizes, an optimizer of the leaves it is to move. What cannot be made so, or
holds no nodes then, is not judged.
"""

import inspect
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ...sources.learner.attributes import as_number, stored
from ...sources.learner.engine import Engine
from ..trials.expression import Expression

CLEARS = re.compile(r"(zero|reset|clear)(all)?(the)?(grad|gradient)s?")
"""What such a method is called, in small letters and without underscores."""
OF_NODES = ("params", "parameters", "ps", "weights", "variables", "values", "nodes", "leaves", "tensors")
OF_MODEL = ("model", "module", "net", "network", "mlp", "nn")
OF_ROOT = ("root", "loss", "node", "out", "output", "value", "tensor", "v", "x", "self")
RATES = ("lr", "learning_rate", "alpha", "eta", "rate", "step_size", "momentum", "weight_decay")
SIZES = (2, [2, 2])
MOST = 200
"""The most nodes that are looked at."""


@dataclass(eq=False)
class Zeroable:
    """A thing with a `zero_grad`: the text that made it, its call, and the nodes it is to clear.

    `all` is whether each of them must be cleared; else at least one.
    """

    text: str
    call: Callable[[Any], Any]
    """Is given the root of the graph that was gone through."""
    nodes: list[Any]
    expression: Expression
    thing: Any = None
    all: bool = True
    names: str = "parameters()[{}]"

    def name(self, node: int) -> str:
        """What a node is called in its text."""
        return self.names.format(self.expression.leaves[node] if self.names == "{}" else node)


def of_nodes(count: int) -> Expression:
    """Return the sum of so many leaves; of one twice itself."""
    names = "abcdefghijklmnopqrstuvwxyz" if count <= 26 else [f"p{i:03}" for i in range(count)]
    return Expression(" + ".join(names[:count]) if count > 1 else "a + a")


def zero_methods(cls: type) -> list[str]:
    """Return the methods of a class that clear gradients and take nothing."""
    return [name for name in dir(cls) if _clears(name) and _needs(getattr(cls, name, None)) in _NOTHING]


_NOTHING: tuple[list[str] | None, ...] = ([], ["self"])


def _clears(name: str) -> bool:
    return not name.startswith("_") and bool(CLEARS.fullmatch(name.lower().replace("_", "")))


def _needs(function: Any) -> list[str] | None:
    """The names of the arguments a function cannot do without; None where that is not known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in kinds]


def zeroables(engine: Engine, space: Mapping[str, Any]) -> Iterator[Callable[[], Zeroable | None]]:
    """Yield makers of what the file has beside the engine's own class; each makes a new one."""
    for name, each in space.items():
        if not _is_theirs(each, space):
            continue
        if isinstance(each, type) and not issubclass(each, engine.base):
            for method in zero_methods(each):
                yield partial(_holder, engine, each, method)
        elif inspect.isfunction(each) and _clears(name):
            yield partial(_function, engine, name, each)


def _is_theirs(thing: Any, space: Mapping[str, Any]) -> bool:
    """Whether a class or function is of the file, or of one beside it."""
    if not isinstance(thing, type) and not inspect.isfunction(thing):
        return False
    try:
        file = inspect.getfile(thing)
    except (TypeError, OSError):
        return False
    return Path(file).parent == Path(space.get("__file__", "")).parent


def _function(engine: Engine, name: str, function: Callable[[Any], Any]) -> Zeroable | None:
    """`zero_grad(parameters)`, as a function of the file."""
    needed = _needs(function)
    if needed is None or len(needed) != 1 or needed[0].lower() not in OF_NODES:
        return None
    leaves = _leaves(engine)
    text = f"{name}([a, b, c])"
    return Zeroable(text, lambda root: function(leaves), leaves, of_nodes(3), names="{}")


def root_functions(space: Mapping[str, Any]) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield the functions of a file that clear the graph of a node."""
    for name, each in space.items():
        if inspect.isfunction(each) and _clears(name) and _is_theirs(each, space):
            needed = _needs(each) or [""]
            if len(needed) == 1 and needed[0].lower() in OF_ROOT:
                yield name, each


def _leaves(engine: Engine) -> list[Any]:
    assert engine.make is not None
    return [engine.make(x) for x in (3.0, 2.0, 0.5)]


def _holder(engine: Engine, kind: type, method: str) -> Zeroable | None:
    """A module or an optimizer of a class."""
    needed = _needs(kind)
    if needed is None:
        return None
    leaves = _leaves(engine)
    given = dict(zip(needed, (_given(name, leaves) for name in needed), strict=True))
    if needed and all(value is not None for value in given.values()):
        return _optimizer(engine, kind, method, given, leaves)
    return _module(engine, kind, method, needed)


def _given(name: str, leaves: list[Any]) -> Any:
    """What an argument of an optimizer is, by its name."""
    lower = name.lower().strip("_")
    if lower in OF_NODES:
        return leaves
    if lower in OF_MODEL:
        return SimpleNamespace(parameters=lambda: leaves)
    return 0.1 if lower in RATES else None


def _optimizer(
    engine: Engine, kind: type, method: str, given: dict[str, Any], leaves: list[Any]
) -> Zeroable | None:
    try:
        made = kind(**given)
    except Exception:
        return None
    model = [value for value in given.values() if isinstance(value, SimpleNamespace)]
    held = {id(node) for node in _held(engine, made, set())}
    if not model and not all(id(leaf) in held for leaf in leaves):
        return None
    words = ", ".join(_word(value, leaves) for value in given.values())
    text = f"{kind.__name__}({words}).{method}()"
    return Zeroable(text, partial(_call, made, method), leaves, of_nodes(3), made, names="{}")


def _word(value: Any, leaves: list[Any]) -> str:
    if isinstance(value, SimpleNamespace):
        return "model"
    return "[a, b, c]" if value is leaves else str(value)


def _module(engine: Engine, kind: type, method: str, needed: list[str]) -> Zeroable | None:
    """A module of small sizes; the first that can be made and holds nodes."""
    if len(needed) > 3:
        return None
    for sizes in product(SIZES, repeat=len(needed)):
        made = _made(kind, sizes)
        nodes, every = _parameters(engine, made)
        if made is not None and 0 < len(nodes) <= MOST:
            words = ", ".join(map(str, sizes))
            text = f"{kind.__name__}({words}).{method}()"
            names = "parameters()[{}]" if every else "node {}"
            call = partial(_call, made, method)
            return Zeroable(text, call, nodes, of_nodes(len(nodes)), made, every, names)
    return None


def _call(made: Any, method: str, root: Any) -> None:
    getattr(made, method)()


def _made(kind: type, sizes: tuple[Any, ...]) -> Any:
    state = random.getstate()
    random.seed(1)  # the same in every run
    try:
        return kind(*sizes)
    except Exception:
        return None
    finally:
        random.setstate(state)


def _parameters(engine: Engine, made: Any) -> tuple[list[Any], bool]:
    """What a module's `parameters()` are; else the nodes that it holds, of which one need not be one."""
    if made is None:
        return [], False
    try:
        said = getattr(made, "parameters", None)
        said = said() if callable(said) else said
        said = list(said.values() if isinstance(said, dict) else said) if said is not None else []
    except Exception:
        return [], False
    if said and all(map(engine.is_node, said)):
        numbers = (each for each in said if as_number(getattr(each, engine.data_name, None)) is not None)
        return _unique(numbers), True
    if said or hasattr(made, "parameters"):
        return [], False
    return _unique(_held(engine, made, set())), False


def _unique(nodes: Iterator[Any]) -> list[Any]:
    return list(islice({id(node): node for node in nodes}.values(), MOST + 1))


def _held(engine: Engine, thing: Any, seen: set[int], depth: int = 6) -> Iterator[Any]:
    """The nodes that an object's attributes, containers and parts hold."""
    if id(thing) in seen or not depth or isinstance(thing, type) or inspect.isroutine(thing):
        return
    seen.add(id(thing))
    if engine.is_node(thing):
        yield thing
        return
    containers = (list, tuple, set, frozenset)
    inside = thing.values() if isinstance(thing, dict) else thing
    if not isinstance(thing, (*containers, dict)):
        inside = list(stored(thing).values())
    for each in inside:
        yield from _held(engine, each, seen, depth - 1)
