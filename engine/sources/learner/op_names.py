"""Which row of our op table somebody's op is: by its name and its numbers, or by its numbers alone."""

import math
import re
from collections.abc import Sequence

from ...ops import OPS, Op, foreign, power_of

WORDS = {
    "+": "add", "plus": "add", "radd": "add", "addition": "add", "iadd": "add", "sum": "add",
    "-": "sub", "minus": "sub", "rsub": "sub", "subtract": "sub", "subtraction": "sub",
    "*": "mul", "times": "mul", "rmul": "mul", "multiply": "mul", "product": "mul",
    "multiplication": "mul",
    "/": "div", "truediv": "div", "rtruediv": "div", "divide": "div", "division": "div",
    "**": "pow", "^": "pow", "power": "pow", "rpow": "pow",
    "negate": "neg", "negative": "neg", "ln": "log", "logarithm": "log", "sigma": "sigmoid",
    "logistic": "sigmoid", "maximum": "max", "minimum": "min", "absolute": "abs", "inv": "reciprocal",
}  # fmt: skip
_BINARY = ("add", "mul", "sub", "div", "pow", "max", "min")
_UNARY = ("relu", "exp", "log", "tanh", "sigmoid", "neg", "sqrt", "sin", "cos", "abs")
Locals = Sequence[float] | None


def plain_word(text: str) -> str:
    """Return what an op's name says, in our words: `__radd__`, `Add`, `AddBackward` and `+` are add."""
    word = re.sub(r"(backward|function|node|op)\d*$", "", text.strip("_ ").lower()).strip("_")
    word = WORDS.get(word, word)
    if word not in OPS and len(word) > 3 and word[:-1] in OPS and word[-1] == "n":
        return word[:-1]
    return word


def known_op(text: str, data: float, values: Sequence[float], locals_: Locals = None) -> Op:
    """Return the op's row: the one of its name if the numbers agree, else the one the numbers tell."""
    word = plain_word(text)
    if word == "sub" and len(values) == 1:
        word = "neg"
    if len(values) == 1 and (word == "pow" or word.startswith("**") or word == "reciprocal"):
        found = _power(word, data, values[0], locals_)
        if found is not None:
            return found
    row = OPS.get(word)
    if row is not None and row.vjps and len(row.vjps) == len(values) and _gives(row, data, values):
        return row
    inferred = None if text and word not in OPS else _inferred(data, values, locals_)
    return inferred or foreign(text or "op")


def _power(word: str, data: float, x: float, locals_: Locals) -> Op | None:
    written = re.fullmatch(r"\*\*\s*\(?(-?[\d.]+(?:e-?\d+)?)\)?", word)
    likely = [float(written[1])] if written else [-1.0] if word == "reciprocal" else []
    if locals_ and x and data:
        likely.append(locals_[0] * x / data)
    elif x > 0 and x != 1 and data > 0:
        likely.append(math.log(data) / math.log(x))
    likely += [2.0, 3.0, -1.0, 0.5]
    for n in likely:
        near = float(f"{n:.12g}")
        row = power_of(int(near) if near.is_integer() else near)
        if _gives(row, data, (x,)) and (locals_ is None or _derives(row, data, (x,), locals_)):
            return row
    return None


def _inferred(data: float, values: Sequence[float], locals_: Locals) -> Op | None:
    """The only row the numbers fit, or with local derivatives the first that both of them fit."""
    names = _BINARY if len(values) == 2 else _UNARY if len(values) == 1 else ()
    fitting = [OPS[name] for name in names if _gives(OPS[name], data, values)]
    if locals_ is not None and len(locals_) == len(values):
        exact = [row for row in fitting if _derives(row, data, values, locals_)]
        if exact:
            return exact[0]
        if len(values) == 1 and (power := _power("**", data, values[0], locals_)):
            return power
    return fitting[0] if len(fitting) == 1 else None


def _gives(row: Op, data: float, values: Sequence[float]) -> bool:
    assert row.forward is not None
    return same(row.forward(*values), data)


def _derives(row: Op, data: float, values: Sequence[float], locals_: Sequence[float]) -> bool:
    assert row.vjps is not None
    return all(same(vjp(1.0, data, *values), local) for vjp, local in zip(row.vjps, locals_, strict=True))


def same(a: float, b: float) -> bool:
    """Whether two numbers are one but for rounding."""
    return math.isclose(a, b, rel_tol=1e-9) or (a != a and b != b)
