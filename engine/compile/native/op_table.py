"""The op table again, as LLVM instructions: what each op computes, what each of its vjps hands on.

One row an op, as in engine/ops.py, and the same edge cases: a row here is a row there, spelled with the
instructions of `Emitter`. A number of the program is the text of an LLVM operand, `%17` or a constant,
of one type: a double or a vector of them, one lane a row of data.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...ops import Op
from ..ir.trace import CannotCompile

ZERO, HALF, ONE, TWO, MINUS_HALF = 0.0, 0.5, 1.0, 2.0, -0.5
LARGEST_CHAIN = 64
"""The largest whole exponent that is multiplied out; beyond it the error of a product nears that of pow."""


@dataclass(frozen=True, slots=True)
class Product:
    """A contribution x * y, not yet multiplied: it may fuse with the addition to come."""

    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Negative:
    """A contribution -x."""

    x: str


Contribution = str | Product | Negative


class Emitter:
    """Lines of one LLVM function whose numbers are all of one type, `width` doubles wide."""

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self.type = "double" if width == 1 else f"<{width} x double>"
        self.bits = "i1" if width == 1 else f"<{width} x i1>"
        self.suffix = "f64" if width == 1 else f"v{width}f64"
        self.lines: list[str] = []
        self.called: set[tuple[str, int]] = set()
        self._count = 0

    def let(self, text: str) -> str:
        """Add the instruction `text`; return the name of its result."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def number(self, x: float) -> str:
        """Return the constant x, bit for bit, in every lane."""
        bits = f"0x{struct.unpack('>Q', struct.pack('>d', x))[0]:016X}"
        return bits if self.width == 1 else f"splat (double {bits})"

    def add(self, x: str, y: str) -> str:
        return self.let(f"fadd {self.type} {x}, {y}")

    def sub(self, x: str, y: str) -> str:
        return self.let(f"fsub {self.type} {x}, {y}")

    def mul(self, x: str, y: str) -> str:
        return self.let(f"fmul {self.type} {x}, {y}")

    def div(self, x: str, y: str) -> str:
        return self.let(f"fdiv {self.type} {x}, {y}")

    def neg(self, x: str) -> str:
        return self.let(f"fneg {self.type} {x}")

    def fma(self, x: str, y: str, z: str) -> str:
        """Return x*y + z, in one rounding where the processor has that."""
        return self.intrinsic("fmuladd", x, y, z)

    def compare(self, predicate: str, x: str, y: str) -> str:
        """Return the truth of a comparison: `ole` is false for a nan, `une` true."""
        return self.let(f"fcmp {predicate} {self.type} {x}, {y}")

    def splat(self, x: str) -> str:
        """Return the plain double x in every lane."""
        if self.width == 1:
            return x
        first = self.let(f"insertelement {self.type} poison, double {x}, i64 0")
        return self.let(
            f"shufflevector {self.type} {first}, {self.type} poison, <{self.width} x i32> zeroinitializer"
        )

    def either(self, x: str, y: str) -> str:
        return self.let(f"or {self.bits} {x}, {y}")

    def select(self, condition: str, x: str, y: str) -> str:
        return self.let(f"select {self.bits} {condition}, {self.type} {x}, {self.type} {y}")

    def intrinsic(self, name: str, *operands: str) -> str:
        """Return the result of one of LLVM's own functions of doubles."""
        return self._call(f"llvm.{name}.{self.suffix}", operands)

    def call(self, name: str, *operands: str) -> str:
        """Return the result of a function of vector_math.py."""
        self.called.add((name, self.width))
        return self._call(f"{name}.{self.width}", operands)

    def _call(self, function: str, operands: Sequence[str]) -> str:
        return self.let(
            f"call {self.type} @{function}({', '.join(f'{self.type} {x}' for x in operands)})"
        )

    def sum(self, total: str | None, part: Contribution) -> str:
        """Return total + part; `total` is None before the first part."""
        if isinstance(part, Product):
            return self.mul(part.x, part.y) if total is None else self.fma(part.x, part.y, total)
        if isinstance(part, Negative):
            return self.neg(part.x) if total is None else self.sub(total, part.x)
        return part if total is None else self.add(total, part)


E = Emitter


def maximum(e: E, a: str, b: str) -> str:
    return e.select(e.either(e.compare("oge", a, b), e.compare("uno", a, a)), a, b)


def minimum(e: E, a: str, b: str) -> str:
    return e.select(e.either(e.compare("ole", a, b), e.compare("uno", a, a)), a, b)


def sign(e: E, a: str) -> str:
    above = e.select(e.compare("ogt", a, e.number(ZERO)), e.number(ONE), e.number(ZERO))
    return e.select(e.compare("olt", a, e.number(ZERO)), e.number(-ONE), above)


def _relu(e: E, a: str, gate: str) -> str:
    """Return 0 where the gate is not positive, else a; a nan at the gate lets a through."""
    return e.select(e.compare("ole", gate, e.number(ZERO)), e.number(ZERO), a)


def _share(e: E, g: str, mine: str, other: str) -> str:
    tied = e.select(e.compare("oeq", mine, other), e.mul(g, e.number(HALF)), g)
    return e.select(e.compare("olt", mine, other), e.number(ZERO), tied)


def _power_rule(e: E, g: str, a: str, b: str) -> Contribution:
    slope = e.mul(b, e.call("pow", a, e.sub(b, e.number(ONE))))
    return e.select(e.compare("oeq", b, e.number(ZERO)), e.number(ZERO), e.mul(g, slope))


def _exponent_rule(e: E, g: str, ans: str, a: str, b: str) -> Contribution:
    slope = e.mul(ans, e.call("log", a))
    at_zero = e.select(e.compare("oeq", a, e.number(ZERO)), e.number(ZERO), slope)
    return Product(g, e.select(e.compare("oge", b, e.number(ZERO)), at_zero, slope))


def _sigmoid_slope(e: E, ans: str) -> str:
    return e.mul(e.sub(e.number(ONE), ans), ans)


def _tanh_slope(e: E, ans: str) -> str:
    return e.sub(e.number(ONE), e.mul(ans, ans))


@dataclass(frozen=True, eq=False, slots=True)
class NativeOp:
    """An op in LLVM's instructions.

    `reads` has for each argument which of its vjp's words matter: `b` alone for a product, so that a
    gradient may be known before the value it belongs to.
    """

    forward: Callable[..., str]
    vjps: tuple[Callable[..., Contribution], ...]
    reads: tuple[str, ...] = ("ans a b", "ans a b")


# fmt: off
# ruff: noqa: E501
NATIVE_OPS = {
    #                    forward                              vjp to a                                                          vjp to b                                                           read by each
    "add":     NativeOp(E.add,                               (lambda e, g, ans, a, b: g,                                       lambda e, g, ans, a, b: g),                                         ("", "")),
    "sub":     NativeOp(E.sub,                               (lambda e, g, ans, a, b: g,                                       lambda e, g, ans, a, b: Negative(g)),                               ("", "")),
    "mul":     NativeOp(E.mul,                               (lambda e, g, ans, a, b: Product(g, b),                           lambda e, g, ans, a, b: Product(g, a)),                             ("b", "a")),
    "div":     NativeOp(E.div,                               (lambda e, g, ans, a, b: e.div(g, b),                             lambda e, g, ans, a, b: Negative(e.mul(g, e.div(ans, b)))),         ("b", "ans b")),
    "pow":     NativeOp(lambda e, a, b: e.call("pow", a, b), (lambda e, g, ans, a, b: _power_rule(e, g, a, b),                 _exponent_rule)),
    "max":     NativeOp(maximum,                            (lambda e, g, ans, a, b: _share(e, g, a, b),                      lambda e, g, ans, a, b: _share(e, g, b, a))),
    "min":     NativeOp(minimum,                            (lambda e, g, ans, a, b: _share(e, g, b, a),                      lambda e, g, ans, a, b: _share(e, g, a, b))),
    "select":  NativeOp(lambda e, a, b: a,                   (lambda e, g, ans, a, b: g,                                       lambda e, g, ans, a, b: e.number(ZERO)),                            ("", "")),
    "neg":     NativeOp(E.neg,                               (lambda e, g, ans, a: Negative(g),),                                                                                                  ("",)),
    "abs":     NativeOp(lambda e, a: e.intrinsic("fabs", a), (lambda e, g, ans, a: Product(g, sign(e, a)),)),
    "exp":     NativeOp(lambda e, a: e.call("exp", a),       (lambda e, g, ans, a: Product(g, ans),)),
    "log":     NativeOp(lambda e, a: e.call("log", a),       (lambda e, g, ans, a: e.div(g, a),)),
    "sqrt":    NativeOp(lambda e, a: e.intrinsic("sqrt", a), (lambda e, g, ans, a: e.div(g, e.mul(e.number(TWO), ans)),)),
    "sin":     NativeOp(lambda e, a: e.call("sin", a),       (lambda e, g, ans, a: Product(g, e.call("cos", a)),)),
    "cos":     NativeOp(lambda e, a: e.call("cos", a),       (lambda e, g, ans, a: Negative(e.mul(g, e.call("sin", a))),)),
    "tanh":    NativeOp(lambda e, a: e.call("tanh", a),      (lambda e, g, ans, a: Product(g, _tanh_slope(e, ans)),)),
    "sigmoid": NativeOp(lambda e, a: e.call("sigmoid", a),   (lambda e, g, ans, a: Product(g, _sigmoid_slope(e, ans)),)),
    "relu":    NativeOp(lambda e, a: _relu(e, a, a),         (lambda e, g, ans, a: _relu(e, g, ans),)),
}
# fmt: on


def native_op(op: Op) -> NativeOp:
    """Return the instructions of an op, also of `a**n`."""
    if op.name in NATIVE_OPS:
        return NATIVE_OPS[op.name]
    if op.vjps is not None and op.name.startswith("**"):
        return _power(float(op.name.removeprefix("**")))
    raise CannotCompile("An op that the table does not know has no native form.")


def _power(n: float) -> NativeOp:
    def to_a(e: E, g: str, ans: str, a: str) -> Contribution:
        if n == 0:
            return e.number(ZERO)
        return Product(g, e.mul(e.number(n), constant_power(e, a, n - 1)))

    return NativeOp(lambda e, a: constant_power(e, a, n), (to_a,))


def constant_power(e: Emitter, a: str, n: float) -> str:
    """Return a ** n for a plain n: multiplied out for a small whole n, a root for +-1/2."""
    if n == HALF:
        return e.intrinsic("sqrt", a)
    if n == MINUS_HALF:
        return e.div(e.number(ONE), e.intrinsic("sqrt", a))
    if abs(n) <= LARGEST_CHAIN and n == int(n):
        return _whole_power(e, a, int(n))
    return e.call("pow", a, e.number(n))


def _whole_power(e: Emitter, a: str, n: int) -> str:
    if n < 0:
        return e.div(e.number(ONE), _whole_power(e, a, -n))
    power: Any = None
    while n:
        if n & 1:
            power = a if power is None else e.mul(power, a)
        n >>= 1
        if n:
            a = e.mul(a, a)
    return power or e.number(ONE)
