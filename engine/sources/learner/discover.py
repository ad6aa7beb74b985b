"""Discovery: what the parts of somebody's class are called, found by trying it; names are a fallback.

Of 2.5 and 4 a product and a sum are made. What holds 2.5, 4, 10 and 6.5 is the data; what holds the two
inputs themselves, the parents; what a call of a method with "back" in its name changes in an input is
the gradient. The class is left as it was found.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .attributes import CONTAINERS, Path, as_number, nodes_in, stored, value_at
from .construct import constructor
from .engine import PARTS, Engine, Family, NotAnEngine
from .untouched import untouched

A, B = 2.5, 4.0
DATA = ("data", "value", "val", "_data", "v", "x", "_value", "item", "number", "scalar", "n")
GRAD = ("grad", "gradient", "_grad", "g", "Grad", "derivative", "adjoint", "bar", "dv", "partial")
PARENTS = (
    "_prev", "prev", "parents", "_parents", "_children", "children", "kids", "previous", "_parent_nodes",
    "inputs", "args", "operands", "deps", "edges", "sources",
)  # fmt: skip
RULE = ("_backward", "grad_fn", "_back", "backward_fn", "_grad_fn", "backward", "_backprop", "vjp")
OP = ("_op", "op", "operation", "_operator", "operator", "_operation", "kind")
LABEL = ("label", "_label", "name", "_name", "tag")
BACKWARD = ("backward", "backprop", "backpropagate", "back_propagate", "back", "run_backward")
OTHER_WORDS = ("propagate", "autodiff", "compute_grad", "compute_gradients", "differentiate")


def looks_like_engine(cls: object) -> bool:
    """Whether a class may be an engine: it adds, multiplies, and has a way back. Cheap, tries nothing."""
    if not isinstance(cls, type) or cls.__module__.split(".")[0] in ("micrograd_tui", "builtins"):
        return False
    arithmetic = (getattr(cls, name, None) for name in ("__add__", "__mul__"))
    return all(inspect.isfunction(method) for method in arithmetic) and bool(backward_methods(cls))


def backward_methods(cls: type) -> list[str]:
    """Return what the public backward pass of a class may be called, the likeliest first."""
    opted = getattr(cls, "__micrograd_tui__", None)
    named = [opted["backward"]] if isinstance(opted, dict) and "backward" in opted else []
    return list(dict.fromkeys([*named, *(_back_names(cls) or _other_names(cls))]))


def discover(cls: type) -> Engine:
    """Return how a class is laid out; raise NotAnEngine with the sentence that says what is missing."""
    if not isinstance(cls, type):
        cls = type(cls)
    with untouched(cls):
        return _Probe(cls).engine()


class _Probe:
    """A product and a sum of the class, made to be looked at."""

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.opted = _opted(cls)
        theirs = [kind for kind in cls.__mro__ if kind.__module__ != "builtins"]  # one may be a float
        defining = [kind for kind in theirs if {"__mul__", "__add__"} & vars(kind).keys()]
        self.base = defining[-1] if defining else cls
        make = constructor(cls) or constructor(self.base)
        if make is None:
            raise NotAnEngine(
                f"{cls.__name__}: no leaf could be made of a number, as {cls.__name__}(2.5)"
            )
        self.make = make
        self.results = list(filter(None, (self._try(how) for how in _TRIALS)))
        if not self.results:
            raise NotAnEngine(f"{cls.__name__}: neither a*b nor a+b gave a {self.base.__name__}")

    def _try(self, how: Callable[[Any, Any], Any]) -> tuple[Any, Any, Any] | None:
        try:
            a, b = self.make(A), self.make(B)
            made = how(a, b)
        except Exception:
            return None
        return (a, b, made) if isinstance(made, self.base) and made is not a else None

    def engine(self) -> Engine:
        """Put together what is found."""
        data = self.opted.get("data") or self._data()
        if not data:
            raise _not_found(self.cls, "data", "no attribute of Value(2.5) holds 2.5", {})
        parents = _paths(self.opted.get("parents")) or self._parents()
        found: dict[str, Any] = {"data": data}
        if not parents:
            raise _not_found(self.cls, "parents", "nothing a*b holds is a and b themselves", found)
        found["parents"] = ".".join(parents[0])
        backward, grad = self._backward_and_grad(data)
        if not backward:
            raise _not_found(
                self.cls, "backward", 'no method with "back" in its name can be called on a*b', found
            )
        if not grad:
            why = f"after {backward}() on a*b no number in a had changed"
            raise _not_found(self.cls, "grad", why, found | {"backward": backward})
        return self._with_details(data, grad, parents, backward)

    def _with_details(self, data: str, grad: str, parents: tuple[Path, ...], backward: str) -> Engine:
        rule = self.opted.get("rule") or self._rule({data, grad}, parents, backward)
        locals_at = self._locals(parents, {data, grad})
        label = next((name for name in LABEL if hasattr(self.results[0][2], name)), "")
        return Engine(
            cls=self.cls, base=self.base, data_name=data, grad_name=grad, parents_at=parents,
            backward=backward, family=self._family(rule, parents, locals_at), rule_name=rule,
            op_at=self._op(label, parents), label_name=label, locals_at=locals_at, make=self.make,
        )  # fmt: skip

    # data

    def _data(self) -> str:
        wanted = [(a, A) for a, _, _ in self.results] + [(b, B) for _, b, _ in self.results]
        names = [name for name in stored(wanted[0][0]) if _holds(wanted, name)]
        right = {10.0, 6.5}
        good = [n for n in names if {as_number(stored(made).get(n)) for *_, made in self.results} & right]
        return _preferred(good or self._worked_out(wanted) or names, DATA)

    def _worked_out(self, wanted: list[tuple[Any, float]]) -> list[str]:
        """The properties that give the numbers, where a result holds none until it is asked."""
        of_leaves = [n for n in properties(self.cls) if all(_asked(v, n) == x for v, x in wanted)]
        return [n for n in of_leaves if {_asked(made, n) for *_, made in self.results} & {10.0, 6.5}]

    # parents

    def _parents(self) -> tuple[Path, ...]:
        """The places that hold both inputs, in most of the results: one container, or one place each."""
        both: dict[tuple[Path, ...], int] = {}
        for a, b, made in self.results:
            for paths in _places(made, a, b, self._is_node):
                both[paths] = both.get(paths, 0) + 1
        if not both:
            return ()
        most = max(both.values())
        likely = [paths for paths, count in both.items() if count == most]
        return min(likely, key=lambda paths: (len(paths), len(paths[0]), _rank(paths[0][-1], PARENTS)))

    def _is_node(self, thing: Any) -> bool:
        return isinstance(thing, self.base)

    # backward and gradient

    def _backward_and_grad(self, data: str) -> tuple[str, str]:
        """What changes in an input by which method; by their names where nothing does."""
        opted = self.opted.get("backward", "")
        methods = [opted] if opted else _back_names(self.cls) or _other_names(self.cls)
        for method in methods or plain_methods(self.cls):
            changed = {name for how in _TRIALS for name in self._changed(how, method)} - {data}
            if changed:
                return method, self.opted.get("grad") or _preferred(changed, GRAD)
        there = stored(self.results[0][0]).keys() - {data}
        named = next((name for name in GRAD if name in there), "")
        return (methods[0] if methods else ""), self.opted.get("grad") or named

    def _changed(self, how: Callable[[Any, Any], Any], method: str) -> Iterator[str]:
        trial = self._try(how)
        if trial is None:
            return
        settable = properties(self.cls, settable=True)
        before, asked = _numbers(trial[0]), {name: _asked(trial[0], name) for name in settable}
        try:
            getattr(trial[2], method)()
        except Exception:
            return
        after = _numbers(trial[0])
        stored_ones = [n for n, x in after.items() if x is not None and x != (before.get(n) or 0.0)]
        yield from stored_ones or (n for n in settable if _asked(trial[0], n) not in (None, asked[n]))

    # rule, op, local derivatives

    def _rule(self, known: set[str], parents: tuple[Path, ...], backward: str) -> str:
        """A callable on the result that reaches an input; else a method of the class with such a name."""
        names = [
            name
            for *_, made in self.results
            for name, value in stored(made).items()
            if name not in known and callable(value) and not self._is_node(value)
        ]
        if names:
            return _preferred(names, RULE)
        private = (name for name in RULE if name != backward and name.startswith("_"))
        return next((n for n in private if inspect.isfunction(getattr(self.base, n, None))), "")

    def _locals(self, parents: tuple[Path, ...], known: set[str]) -> Path:
        """A container of as many numbers as there are parents, beside theirs; of pairs it is theirs."""
        place = parents[0]
        for *_, made in self.results:
            inside = value_at(made, place)
            pairs = isinstance(inside, CONTAINERS) and not any(map(self._is_node, inside))
            if pairs and len(place) == 1 and len(parents) == 1 and any(map(_is_edge, inside)):
                return place
            for name, value in stored(made).items():
                if name not in known and _two_locals(value):
                    return (name,)
        return ()

    def _family(self, rule: str, parents: tuple[Path, ...], locals_at: Path) -> Family:
        if locals_at:
            return "edges" if locals_at == parents[0] else "local gradients"
        value = stored(self.results[0][2]).get(rule) if rule else None
        if inspect.isfunction(value):
            return "closures"
        if rule:
            return "methods"
        return "functions" if len(parents[0]) > 1 or self._context() else "dispatch"

    def _context(self) -> Path:
        """An object on the result, and not on an input, whose class has a way back."""
        for a, _, made in self.results:
            for name, value in stored(made).items():
                same = type(value) is type(stored(a).get(name))
                if (
                    value is not None
                    and not same
                    and not self._is_node(value)
                    and _back_names(type(value))
                ):
                    return (name,)
        return ()

    def _op(self, label: str, parents: tuple[Path, ...]) -> Path:
        """Text that tells results apart; else the object that the parents are reached through."""
        texts: dict[str, set[str]] = {}
        for *_, made in self.results:
            for name, value in stored(made).items():
                if isinstance(value, str) and name != label:
                    texts.setdefault(name, set()).add(value)
        telling = [name for name, found in texts.items() if len(found) > 1 or name in OP]
        if telling:
            return (_preferred(telling, OP),)
        return parents[0][:-1] or self._context()


_TRIALS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda a, b: a * b,
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a / b,
)


def _opted(cls: type) -> dict[str, Any]:
    """What a class says itself, in `__micrograd_tui__`."""
    said = getattr(cls, "__micrograd_tui__", {})
    if not isinstance(said, dict) or not said.keys() <= set(PARTS):
        raise NotAnEngine(
            f"{cls.__name__}.__micrograd_tui__ should be a dict with keys of {', '.join(PARTS)}"
        )
    return said


def _not_found(cls: type, part: str, why: str, found: dict[str, Any]) -> NotAnEngine:
    have = ", ".join(f"{name} ({value})" for name, value in found.items())
    known = f"found its {have}, but " if have else "did not find its data: " if part == "data" else ""
    missing = "" if part == "data" else f"not its {part}: "
    line = f'__micrograd_tui__ = dict({part}="NAME")'
    return NotAnEngine(f"{cls.__name__}: {known}{missing}{why}; add to the class: {line}")


def _paths(opted: Any) -> tuple[Path, ...]:
    if not opted:
        return ()
    return tuple(tuple(each.split(".")) for each in ([opted] if isinstance(opted, str) else opted))


def _holds(wanted: Iterable[tuple[Any, float]], name: str) -> bool:
    return all(as_number(stored(node).get(name)) == number for node, number in wanted)


def properties(cls: type, settable: bool = False) -> list[str]:
    """The public properties of a class."""
    found = {n: inspect.getattr_static(cls, n, None) for n in dir(cls) if not n.startswith("_")}
    return [n for n, p in found.items() if isinstance(p, property) and (p.fset or not settable)]


def _asked(node: Any, name: str) -> float | None:
    """The number a property gives; None where it raises, or gives none."""
    try:
        return as_number(getattr(node, name))
    except Exception:
        return None


def _numbers(node: Any) -> dict[str, float | None]:
    return {name: as_number(value) for name, value in stored(node).items()}


def _is_edge(thing: Any) -> bool:
    parts = thing if isinstance(thing, tuple | list) else list(stored(thing).values())
    return any(as_number(part) is not None or callable(part) for part in parts)


def _two_locals(thing: Any) -> bool:
    """Whether a thing is a pair of local derivatives: numbers, or functions that give them."""
    pair = isinstance(thing, tuple | list) and len(thing) == 2
    return pair and all(as_number(x) is not None or inspect.isfunction(x) for x in thing)


def _places(made: Any, a: Any, b: Any, is_node: Callable[[Any], bool]) -> Iterator[tuple[Path, ...]]:
    """Yield the places of a result that hold both inputs: containers of both, or a place for each."""
    single: dict[int, Path] = {}
    for path, value in _reached(made, is_node):
        held = [id(node) for node in nodes_in(value, is_node)]
        if id(a) in held and id(b) in held:
            yield (path,)
        elif len(held) == 1 and held[0] in (id(a), id(b)) and not callable(value):
            single.setdefault(held[0], path)
    if len(single) == 2:
        yield (single[id(a)], single[id(b)])


def _reached(made: Any, is_node: Callable[[Any], bool]) -> Iterator[tuple[Path, Any]]:
    for name, value in stored(made).items():
        yield (name,), value
        if not is_node(value) and not isinstance(value, (*CONTAINERS, dict, str)):
            yield from (((name, inner), held) for inner, held in stored(value).items())


def _preferred(names: Iterable[str], order: tuple[str, ...]) -> str:
    return min(names, key=lambda name: _rank(name, order), default="")


def _rank(name: str, order: tuple[str, ...]) -> int:
    return order.index(name) if name in order else len(order)


def _back_names(cls: type) -> list[str]:
    names = [name for name in dir(cls) if "back" in name.lower() and _without_arguments(cls, name)]
    return sorted(names, key=lambda name: (name.startswith("_"), _rank(name, BACKWARD)))


def _other_names(cls: type) -> list[str]:
    return [name for name in OTHER_WORDS if _without_arguments(cls, name)]


def plain_methods(cls: type) -> list[str]:
    """The public methods that take nothing: one of them is the way back, where no name tells which."""
    return [name for name in dir(cls) if not name.startswith("_") and _without_arguments(cls, name)]


def _without_arguments(cls: type, name: str) -> bool:
    """Whether a method of the class can be called with nothing but its object."""
    method = inspect.getattr_static(cls, name, None)
    if not inspect.isfunction(method):
        return False
    needed = [p for p in inspect.signature(method).parameters.values() if p.default is p.empty]
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in needed) == 1
