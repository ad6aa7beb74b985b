"""The op table: everything the engine knows about arithmetic.

One row an op: how it is written, what it computes, one vjp per argument, and the local derivative in
words. A vjp ("vector-Jacobian product", here a plain number) answers: if the output's gradient is
`g`, how much of it reaches this argument? The convention is one equation,

    vjp(g, ans, *args) = g * d(ans)/d(arg)        where ans = forward(*args)

Nothing raises: a domain error is nan, an overflow is inf, as in PyTorch (ieee.py has these edge cases).
"""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from . import ieee


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """A row of the table. `derivatives` are texts in the words `a`, `b` and `out`."""

    name: str
    symbol: str
    forward: Callable[..., float] | None
    vjps: tuple[Callable[..., float], ...] | None
    derivatives: tuple[str, ...] = ()

    def written(self, *names: str) -> str:
        """Return the op applied to `names`: `a*b`, `-a`, `a**2`, `tanh(a)`."""
        if self.vjps is not None and not self.symbol.isidentifier():
            if len(names) == 2:
                return f"{names[0]}{self.symbol}{names[1]}"
            return f"{names[0]}{self.symbol}" if self.symbol.startswith("**") else f"-{names[0]}"
        if len(names) == 2 and self.symbol in _SIGNS:  # a user's own `a @ b`
            return f"{names[0]}{self.symbol}{names[1]}"
        return f"{self.symbol}({', '.join(names)})"

    def derivative(self, slot: int, *names: str) -> str:
        """Return the local derivative for argument `slot`, its words replaced: `w*2` of `a*2`.

        `names` are the arguments' names and, last, the output's. Empty for an op without a row.
        """
        if slot >= len(self.derivatives):
            return ""
        template = _template(self.derivatives[slot])
        return template.format(a=names[0], b=names[-2], out=names[-1]) if "{" in template else template

    def local_text(self, slot: int) -> str:
        """Return the whole sentence for argument `slot`: `d(a*b)/da = b`."""
        arguments = ("a", "b")[: len(self.vjps or ())]
        return f"d({self.written(*arguments)})/d{arguments[slot]} = {self.derivatives[slot]}"


@lru_cache(maxsize=256)
def _template(derivative: str) -> str:
    """A local derivative with its words in braces: `b*a**(b-1)` is `{b}*{a}**({b}-1)`."""
    return re.sub(r"\b(a|b|out)\b", r"{\1}", derivative)


_SIGNS = ("+", "-", "*", "/", "**", "@", "//", "%", "&", "|", "^", "<<", ">>")


def power_rule(g: float, a: float, b: float) -> float:
    """Return the vjp of a**b to a, 0 when b is 0 even where a**-1 is infinite."""
    return 0.0 if b == 0 else g * (b * ieee.power(a, b - 1))


def exponent_rule(g: float, ans: float, a: float, b: float) -> float:
    """Return the vjp of a**b to b: 0 at a = 0 for b >= 0, where a**b stays 0 as b moves."""
    return g * (0.0 if a == 0 and b >= 0 else ans * ieee.log(a))


def share(g: float, mine: float, other: float) -> float:
    """Return the winner's part of g: all of it, half in a tie, nothing for the loser."""
    return 0.0 if mine < other else g / 2 if mine == other else g


# fmt: off
# ruff: noqa: E501
_TABLE = (
    #  name       symbol     forward         vjp to a                                    vjp to b                                         d/da              d/db
    Op("add",     "+",       operator.add,  (lambda g, ans, a, b: g,                     lambda g, ans, a, b: g),                        ("1",              "1")),
    Op("sub",     "-",       operator.sub,  (lambda g, ans, a, b: g,                     lambda g, ans, a, b: -g),                       ("1",              "-1")),
    Op("mul",     "*",       operator.mul,  (lambda g, ans, a, b: g * b,                 lambda g, ans, a, b: g * a),                    ("b",              "a")),
    Op("div",     "/",       ieee.divide,   (lambda g, ans, a, b: ieee.divide(g, b),     lambda g, ans, a, b: -g * ieee.divide(ans, b)), ("1/b",            "-out/b")),
    Op("pow",     "**",      ieee.power,    (lambda g, ans, a, b: power_rule(g, a, b),   exponent_rule),                                 ("b*a**(b-1)",     "out*log(a)")),
    Op("max",     "max",     ieee.maximum,  (lambda g, ans, a, b: share(g, a, b),        lambda g, ans, a, b: share(g, b, a)),           ("[a>b]",          "[b>a]")),
    Op("min",     "min",     ieee.minimum,  (lambda g, ans, a, b: share(g, b, a),        lambda g, ans, a, b: share(g, a, b)),           ("[a<b]",          "[b<a]")),
    Op("select",  "select",  lambda a, b: a, (lambda g, ans, a, b: g,                    lambda g, ans, a, b: 0.0),                      ("1",              "0")),
    Op("neg",     "-",       operator.neg,  (lambda g, ans, a: -g,),                                                                     ("-1",)),
    Op("abs",     "abs",     abs,           (lambda g, ans, a: g * ieee.sign(a),),                                                       ("sign(a)",)),
    Op("exp",     "exp",     ieee.exp,      (lambda g, ans, a: g * ans,),                                                                ("out",)),
    Op("log",     "log",     ieee.log,      (lambda g, ans, a: ieee.divide(g, a),),                                                      ("1/a",)),
    Op("sqrt",    "sqrt",    ieee.sqrt,     (lambda g, ans, a: ieee.divide(g, 2 * ans),),                                                ("1/(2*out)",)),
    Op("sin",     "sin",     ieee.sin,      (lambda g, ans, a: g * ieee.cos(a),),                                                        ("cos(a)",)),
    Op("cos",     "cos",     ieee.cos,      (lambda g, ans, a: g * -ieee.sin(a),),                                                       ("-sin(a)",)),
    Op("tanh",    "tanh",    math.tanh,     (lambda g, ans, a: g * (1 - ans * ans),),                                                    ("1 - out**2",)),
    Op("sigmoid", "sigmoid", ieee.sigmoid,  (lambda g, ans, a: g * ((1 - ans) * ans),),                                                  ("out*(1 - out)",)),
    Op("relu",    "relu",    ieee.relu,     (lambda g, ans, a: 0.0 if ans <= 0 else g,),                                                 ("[a>0]",)),
)
# fmt: on

OPS = {op.name: op for op in _TABLE}


@lru_cache(maxsize=1024, typed=True)
def power_of(n: float) -> Op:
    """Return the row of `a**n` for a plain number n: an op of one argument, written `**n`."""
    return Op(
        f"**{n}",
        f"**{n}",
        lambda a: ieee.constant_power(a, n),
        (lambda g, ans, a: 0.0 if n == 0 else g * (n * ieee.constant_power(a, n - 1)),),
        (f"{n}*a**{n - 1}" if n >= 1 else f"{n}*a**({n - 1})",),
    )


def foreign(name: str) -> Op:
    """Return a row for an op the table does not know, added by a user's own closure."""
    return Op(name, name, None, None)


def op_named(name: str) -> Op:
    """Return the row called `name`, also `**2`; an unknown name gives a foreign row."""
    if name in OPS:
        return OPS[name]
    if match := re.fullmatch(r"\*\*(-?\d+)", name):
        return power_of(int(match[1]))
    if match := re.fullmatch(r"\*\*(-?(?:[\d.]+(?:e[+-]?\d+)?|inf)|nan)", name):
        return power_of(float(match[1]))
    return foreign(name)
