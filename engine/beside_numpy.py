"""Values beside numpy: arrays of Values broadcast as arrays of objects, numpy's functions our methods.

numpy calls this through `__array_ufunc__`, so it is loaded by then and is never imported here.
"""

import math
import operator
import sys
from collections.abc import Callable
from typing import Any

# What numpy calls differently; the rest are methods of the same name.
_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "power": operator.pow,
    "float_power": operator.pow,
    "negative": operator.neg,
    "positive": operator.pos,
    "conjugate": operator.pos,
    "absolute": operator.abs,
    "fabs": lambda a: a.abs(),
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "square": lambda a: a * a,
    "reciprocal": lambda a: 1 / a,
    "maximum": lambda a, b: a.max(b) if hasattr(a, "grad") else b.max(a),
    "minimum": lambda a, b: a.min(b) if hasattr(a, "grad") else b.min(a),
}
_OPERATORS |= {"fmax": _OPERATORS["maximum"], "fmin": _OPERATORS["minimum"]}
# Made of several ops.
_OPERATORS |= {
    "tan": lambda a: a.sin() / a.cos(),
    "log2": lambda a: a.log() / math.log(2),
    "log10": lambda a: a.log() / math.log(10),
    "log1p": lambda a: (1 + a).log(),
    "expm1": lambda a: a.exp() - 1,
    "exp2": lambda a: 2**a,
    "sinh": lambda a: (a.exp() - (-a).exp()) / 2,
    "cosh": lambda a: (a.exp() + (-a).exp()) / 2,
    "degrees": lambda a: a * (180 / math.pi),
    "radians": lambda a: a * (math.pi / 180),
    "hypot": lambda a, b: (a * a + b * b) ** 0.5,
}
_OPERATORS |= {"rad2deg": _OPERATORS["degrees"], "deg2rad": _OPERATORS["radians"]}
# What has no derivative, or none but 0, is computed of the number.
_OF_NUMBERS = ("sign", "floor", "ceil", "rint", "trunc", "isnan", "isinf", "isfinite", "signbit")
_METHODS = ("exp", "log", "sqrt", "sin", "cos", "tanh")


def _rint(a: Any) -> float:
    number = float(a)
    return float(round(number)) if math.isfinite(number) else number


_ASKED = ("tan", "sinh", "cosh", "exp2", "expm1", "log2", "log10", "log1p", "degrees", "radians", "fabs")
METHODS = {name: _OPERATORS[name] for name in (*_ASKED, "rad2deg", "deg2rad", "hypot")} | {"rint": _rint}
"""What numpy asks the nodes of an array for, by its own names: `np.log1p(array)` calls `v.log1p()`."""


def apply(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Apply one of numpy's functions where an input is a Value; TypeError where it cannot be."""
    numpy: Any = sys.modules["numpy"]
    if any(isinstance(each, numpy.ndarray) and each.ndim for each in inputs) or method != "__call__":
        return getattr(ufunc, method)(*(_as_array(numpy, each) for each in inputs), **options)
    name = ufunc.__name__
    if name in _OF_NUMBERS:
        return ufunc(*(float(each) for each in inputs), **options)
    if options or not (name in _OPERATORS or name in _METHODS):
        raise TypeError(f"np.{name} of a Value is not known here: its derivative is not")
    plain = [each.item() if isinstance(each, numpy.generic | numpy.ndarray) else each for each in inputs]
    return _OPERATORS[name](*plain) if name in _OPERATORS else getattr(plain[0], name)()


def _as_array(numpy: Any, each: Any) -> Any:
    """Return a Value as an array of one object, which broadcasts; leave anything else as it is."""
    if not hasattr(each, "grad"):
        return each
    array = numpy.empty((), object)
    array[()] = each
    return array
