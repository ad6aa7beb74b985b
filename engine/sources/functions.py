"""The functions and constants that a typed expression knows, under the names that people type."""

import math
import operator
from functools import reduce
from typing import Any

from ..value import Value

UNARY = ("abs", "exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "relu", "ln")
MANY = 1_000
"""Arguments of max, min, sum and mean at most."""
ARGUMENTS = dict.fromkeys(UNARY, (1, 1)) | {"pow": (2, 2), "max": (2, MANY), "min": (2, MANY)}
ARGUMENTS |= {"sum": (1, MANY), "mean": (1, MANY)}
"""How many arguments each function takes: at least, at most."""
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}
"""Names with a value of their own, unless the expression or the command line gives them another."""

# What the functions of other people's modules are called here. Those of whole arrays are none of ours:
# np.max(x) is not max(np, x).
_COMMON = {name: name for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh")}
_NUMPY = _COMMON | {"abs": "abs", "absolute": "abs", "maximum": "max", "minimum": "min", "power": "pow"}
_TORCH = {name: name for name in ("abs", "relu", "sigmoid", "pow")} | {"maximum": "max", "minimum": "min"}
MODULES = {
    "math": _COMMON | {"pow": "pow", "fabs": "abs"},
    "np": _NUMPY,
    "numpy": _NUMPY,
    "jnp": _NUMPY,
    "torch": _COMMON | _TORCH,
    "F": {name: name for name in ("relu", "tanh", "sigmoid")},
}
MODULES |= {"torch.nn.functional": MODULES["F"], "nn.functional": MODULES["F"], "jax.numpy": _NUMPY}
# Of these no more is known than that they are modules: tf.max(x) is not max(tf, x).
MODULES |= {
    name: {} for name in ("autograd", "cmath", "cupy", "jax", "keras", "nn", "scipy", "sympy", "tf")
}


def counted(name: str, given: int) -> str:
    """Say how many arguments a function takes, where so many stand before the bracket already."""
    least, most = (bound - given for bound in ARGUMENTS[name])
    more = " or more" * (most > least)
    return f"{least}{more} argument{'s'[: least != 1 or bool(more)]}"


def computed(name: str, values: list[Any]) -> Value:
    """Apply a function to its operands, of which the first is a node."""
    made: Value
    if name in ("max", "min"):
        made = reduce(lambda a, b: getattr(a, name)(b), values)
    elif name in ("sum", "mean"):
        made = reduce(operator.add, values)
        made = made if name == "sum" else made / len(values)
    elif name == "pow":
        made = values[0] ** values[1]
    elif name == "tan":
        made = values[0].sin() / values[0].cos()
    else:
        made = getattr(values[0], {"ln": "log"}.get(name, name))()
    return made
