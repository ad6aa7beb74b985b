"""Which ops a class offers: operators, methods and functions of a node, and the text that uses them."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...sources.learner.discover import backward_methods
from ...sources.learner.engine import Engine
from ..trials.expression import Expression

OPERATORS = (
    ("__add__", "a + b"), ("__mul__", "a * b"), ("__neg__", "-a"), ("__sub__", "a - b"),
    ("__pow__", "a ** 2"), ("__pow__", "a ** 3"), ("__pow__", "a ** -1"), ("__pow__", "a ** 0.5"),
    ("__pow__", "a ** b"), ("__truediv__", "a / b"), ("__abs__", "abs(a)"),
)  # fmt: skip
WITH_NUMBERS = (
    ("__add__", "a + 2"), ("__add__", "a + 1.5"), ("__mul__", "a * 2"), ("__mul__", "a * 1.5"),
    ("__sub__", "a - 2"), ("__sub__", "a - 1.5"), ("__truediv__", "a / 2"), ("__truediv__", "a / 1.5"),
)  # fmt: skip
REFLECTED = (
    ("__radd__", "2 + a"), ("__radd__", "1.5 + a"), ("__rmul__", "2 * a"), ("__rmul__", "1.5 * a"),
    ("__rsub__", "2 - a"), ("__rsub__", "1.5 - a"), ("__rtruediv__", "2 / a"),
    ("__rtruediv__", "1.5 / a"), ("__rpow__", "2 ** a"),
)  # fmt: skip
BINARY_POINTS = ((3.0, 2.0), (-1.5, 0.7))
UNARY_POINTS = ((0.5,), (2.0,), (-1.0,))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


REFERENCE: Mapping[str, Callable[[float], float]] = {
    "exp": math.exp, "log": math.log, "ln": math.log, "tanh": math.tanh, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "sqrt": math.sqrt, "sigmoid": _sigmoid, "relu": lambda x: max(0.0, x),
    "sinh": math.sinh, "cosh": math.cosh, "atan": math.atan, "log2": math.log2, "log10": math.log10,
    "square": lambda x: x * x, "neg": lambda x: -x, "abs": abs, "reciprocal": lambda x: 1 / x,
    "softplus": lambda x: math.log1p(math.exp(x)),
}  # fmt: skip
OTHERS = (
    "gelu", "silu", "swish", "elu", "selu", "leaky_relu", "cube", "mish", "softsign", "arctan", "inverse",
    "inv", "logistic", "asin", "acos", "erf", "expm1", "log1p", "hardtanh", "identity",
)  # fmt: skip
NEVER = (
    "detach", "clone", "copy", "item", "round", "floor", "ceil", "sign", "step", "heaviside", "trunc",
    "dropout", "zero", "grad", "stop", "topo", "build", "draw", "plot", "show", "save", "print", "rand",
    "noise", "quant", "binar", "reverse", "clip", "clamp",
)  # fmt: skip


@dataclass(frozen=True)
class Offered:
    """An op: the method or function that gives it, the text that uses it, and what it should give."""

    method: str
    expression: Expression
    reference: Callable[..., float] | None

    @property
    def is_private_use(self) -> bool:
        """Whether only its author knows what it should do: a method of no common name."""
        return not self.method.startswith("__") and self.method.lower() not in REFERENCE

    @property
    def points(self) -> tuple[tuple[float, ...], ...]:
        """The numbers that it is tried at."""
        return BINARY_POINTS if len(self.expression.leaves) == 2 else UNARY_POINTS

    @property
    def text(self) -> str:
        """The text that uses it, in `a` and `b`."""
        return self.expression.text


def operators(engine: Engine) -> Iterator[Offered]:
    """Yield the operators of two nodes, or of one and a number that stands on the right."""
    for method, text in OPERATORS + WITH_NUMBERS:
        if callable(getattr(engine.base, method, None)):
            yield _operator(method, text)


def reflected(engine: Engine) -> Iterator[Offered]:
    """Yield the operators with a plain number on the left, defined or not."""
    yield from (_operator(method, text) for method, text in REFLECTED)


def _operator(method: str, text: str) -> Offered:
    code = compile(text, "<expression>", "eval")
    return Offered(
        method, Expression(text), lambda *x: float(eval(code, dict(zip("ab", x, strict=False))))
    )


def unary_methods(engine: Engine) -> Iterator[Offered]:
    """Yield the methods that make a node of one: those of known names, those whose code makes nodes."""
    back = backward_methods(engine.cls)
    for name in sorted(dir(engine.cls)):
        method = inspect.getattr_static(engine.cls, name)
        if name.startswith("_") or name in back or not inspect.isfunction(method):
            continue
        needed, more = _parameters(method)
        if needed == 1 and _is_function(name, method, engine):
            reference = None if more else REFERENCE.get(name.lower())
            yield Offered(name, Expression(f"a.{name}()"), reference)


def functions(engine: Engine, space: Mapping[str, Any]) -> Iterator[Offered]:
    """Yield the functions of the file that make a node of one, such as `tanh(a)`."""
    for name, function in space.items():
        if not inspect.isfunction(function) or name.startswith("_"):
            continue
        needed, more = _parameters(function)
        makes = engine.base.__name__ in function.__code__.co_names or engine.family == "functions"
        if needed == 1 and makes and name.lower() in (*REFERENCE, *OTHERS):
            reference = None if more else REFERENCE.get(name.lower())
            yield Offered(name, Expression(f"{name}(a)", {name: function}), reference)


def _parameters(function: Any) -> tuple[int, int]:
    """How many arguments a function needs, and how many more it takes."""
    parameters = list(inspect.signature(function).parameters.values())
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    return len(needed), len(parameters) - len(needed)


def _is_function(name: str, method: Any, engine: Engine) -> bool:
    lower = name.lower()
    if lower in REFERENCE or lower in OTHERS:
        return True
    if any(word in lower for word in NEVER):
        return False
    return bool(
        {engine.cls.__name__, engine.base.__name__, "__class__", "apply"} & {*method.__code__.co_names}
    )
