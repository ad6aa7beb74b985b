"""Value: a number that remembers how it was made.

Every operator does the same three things: compute the number by the op's row, keep the row, keep the
parents. That is all a computation graph is; it is built while ordinary arithmetic runs.

`Value` also stands in for micrograd's class: `Value(data, children, _op)`, `_prev`, `_op`, and a
`_backward` that a user may assign to give an op of their own its rule.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from typing import Any, Self, TypeVar

from . import origin
from .ops import OPS, Op, foreign, power_of
from .origin import Notes

V = TypeVar("V", bound="Value")
_new: Any = object.__new__
_next_serial = count().__next__


class Value:
    """A scalar in a computation graph: its `data`, its `grad`, and the op and parents it came from.

    `Value(2.0)` is a leaf. `children`, `_op` and `label` make a node by hand, as in micrograd.
    `data` is kept as a float; anything `float()` refuses, another Value too, is a TypeError.
    """

    # A slot costs 8 bytes a node: two parents sit in slots of their own, a third in the notes.
    __slots__ = ("data", "first", "grad", "notes", "op", "second", "serial")
    __array_ufunc__ = None  # np.float64(2) * a comes to __rmul__ instead of making an array

    data: float
    grad: float
    op: Op | None
    first: "Value | None"
    second: "Value | None"
    serial: int
    notes: Notes

    def __init__(
        self,
        data: Any,
        children: Iterable["Value"] = (),
        _op: str = "",
        label: str = "",
        *,
        _children: Iterable["Value"] = (),
    ) -> None:
        if isinstance(data, Value):
            raise TypeError("Value(Value(...)): data must be a number, not another Value")
        self.data = float(data)
        self.grad = 0.0
        self.op = self.first = self.second = None
        self.serial = _next_serial()
        self.notes = origin.with_line() if origin.recording_lines else origin.current
        if label:
            self.label = label
        if parents := _in_order(children or _children):
            self.op = foreign(_op)
            self.first, self.second = (*parents, None)[:2]
            self.notes = replace(self.notes, more_parents=parents[2:])

    @property
    def parents(self) -> tuple["Value", ...]:
        """The inputs in argument order, with multiplicity: `a*a` has `(a, a)`, a leaf has `()`."""
        if self.first is None:
            return ()
        if self.second is None:
            return (self.first,)
        return (self.first, self.second, *self.notes.more_parents)

    @property
    def label(self) -> str:
        """The name the user gave the node, or an empty string."""
        return self.notes.label

    @label.setter
    def label(self, label: str) -> None:
        self.notes = replace(self.notes, label=label)

    @property
    def source(self) -> str:
        """The line that made the node, as `file.py:12`, if it was made in `source_lines()`."""
        return self.notes.source

    @property
    def scope(self) -> str:
        """The place the node was made in, as `layer[0]/neuron[3]`, or an empty string."""
        return self.notes.scope

    def backward(self) -> None:
        """Add d(self)/d(leaf) to the `grad` of every leaf below; see `backward.backward`."""
        from .backward import backward

        backward(self)

    # Arithmetic: one line an op. A plain number on either side becomes a leaf.

    def __add__(self, other: Any) -> Self:
        return _binary(_ADD, self, other if isinstance(other, Value) else _leaf(other))

    def __sub__(self, other: Any) -> Self:
        return _binary(_SUB, self, other if isinstance(other, Value) else _leaf(other))

    def __mul__(self, other: Any) -> Self:
        return _binary(_MUL, self, other if isinstance(other, Value) else _leaf(other))

    def __truediv__(self, other: Any) -> Self:
        return _binary(_DIV, self, other if isinstance(other, Value) else _leaf(other))

    def __pow__(self, other: Any) -> Self:
        return _binary(_POW, self, other) if isinstance(other, Value) else _power(self, other)

    def __radd__(self, other: Any) -> "Value":
        return _binary(_ADD, _leaf(other), self)

    def __rsub__(self, other: Any) -> "Value":
        return _binary(_SUB, _leaf(other), self)

    def __rmul__(self, other: Any) -> "Value":
        return _binary(_MUL, _leaf(other), self)

    def __rtruediv__(self, other: Any) -> "Value":
        return _binary(_DIV, _leaf(other), self)

    def __rpow__(self, other: Any) -> "Value":
        return _binary(_POW, _leaf(other), self)

    def __neg__(self) -> Self:
        return _unary(_NEG, self)

    def __pos__(self) -> Self:
        return self

    def __abs__(self) -> Self:
        return _unary(_ABS, self)

    def abs(self) -> Self:
        """Return |self|; its derivative at 0 is 0."""
        return _unary(_ABS, self)

    def exp(self) -> Self:
        """Return e**self."""
        return _unary(_EXP, self)

    def log(self) -> Self:
        """Return the natural logarithm: -inf at 0, nan below."""
        return _unary(_LOG, self)

    def sqrt(self) -> Self:
        """Return the square root: nan below 0."""
        return _unary(_SQRT, self)

    def sin(self) -> Self:
        """Return the sine."""
        return _unary(_SIN, self)

    def cos(self) -> Self:
        """Return the cosine."""
        return _unary(_COS, self)

    def tanh(self) -> Self:
        """Return the hyperbolic tangent."""
        return _unary(_TANH, self)

    def sigmoid(self) -> Self:
        """Return 1 / (1 + e**-self)."""
        return _unary(_SIGMOID, self)

    def relu(self) -> Self:
        """Return self where positive, else 0; its derivative at 0 is 0."""
        return _unary(_RELU, self)

    def max(self, other: Any) -> Self:
        """Return the larger of the two; a tie splits the gradient evenly."""
        return _binary(_MAX, self, other if isinstance(other, Value) else _leaf(other))

    def min(self, other: Any) -> Self:
        """Return the smaller of the two; a tie splits the gradient evenly."""
        return _binary(_MIN, self, other if isinstance(other, Value) else _leaf(other))

    # Comparisons look at the numbers. There is no __eq__: a node equals itself alone.

    def __lt__(self, other: Any) -> bool:
        return self.data < _number(other)

    def __le__(self, other: Any) -> bool:
        return self.data <= _number(other)

    def __gt__(self, other: Any) -> bool:
        return self.data > _number(other)

    def __ge__(self, other: Any) -> bool:
        return self.data >= _number(other)

    def __repr__(self) -> str:
        name = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{name})"

    # What code written for micrograd's class reaches for.

    @property
    def _prev(self) -> set["Value"]:
        return set(self.parents)

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op else ""

    @property
    def _backward(self) -> Callable[[], Any]:
        return lambda: propagate(self)

    @_backward.setter
    def _backward(self, closure: Callable[[], Any]) -> None:
        self.notes = replace(self.notes, backward=closure)
        self.op = foreign(self._op)


def propagate(node: Value) -> None:
    """Hand the node's gradient on: `parent.grad += vjp(node.grad)`, the whole of the chain rule."""
    op, a, b = node.op, node.first, node.second
    if op is None or a is None:
        return
    if op.vjps is None:
        if node.notes.backward:
            node.notes.backward()
    elif b is None:
        a.grad += op.vjps[0](node.grad, node.data, a.data)
    else:
        to_a, to_b = op.vjps
        a.grad += to_a(node.grad, node.data, a.data, b.data)
        b.grad += to_b(node.grad, node.data, a.data, b.data)


def _unary(op: Any, a: V) -> V:
    out: V = _new(a.__class__)
    out.data = op.forward(a.data)
    out.grad = 0.0
    out.op = op
    out.first = a
    out.second = None
    out.serial = _next_serial()
    out.notes = origin.with_line() if origin.recording_lines else origin.current
    return out


def _binary(op: Any, a: V, b: Value) -> V:
    cls: type[Any] = a.__class__
    if b.__class__ is not cls and issubclass(b.__class__, cls):
        cls = b.__class__  # a subclass survives whichever side it stands on
    out: V = _new(cls)
    out.data = op.forward(a.data, b.data)
    out.grad = 0.0
    out.op = op
    out.first = a
    out.second = b
    out.serial = _next_serial()
    out.notes = origin.with_line() if origin.recording_lines else origin.current
    return out


def _leaf(number: Any) -> Value:
    try:
        return Value(number)
    except TypeError:
        raise TypeError(f"cannot compute with a Value and a {type(number).__name__}") from None


def _power(a: V, number: Any) -> V:
    exponent = number if type(number) in (int, float) else _number(number)
    return _unary(power_of(exponent), a)


def _number(other: Any) -> float:
    return other.data if isinstance(other, Value) else float(other)


def _in_order(children: Iterable[Value]) -> tuple[Value, ...]:
    # A set (micrograd's own habit) is ordered by memory address; serials make the order repeatable.
    if isinstance(children, set | frozenset):
        return tuple(sorted(children, key=lambda child: child.serial))
    return tuple(children)


_ADD, _SUB, _MUL, _DIV, _POW, _MAX, _MIN = map(OPS.get, ("add", "sub", "mul", "div", "pow", "max", "min"))
_NEG, _ABS, _EXP, _LOG, _SQRT = map(OPS.get, ("neg", "abs", "exp", "log", "sqrt"))
_SIN, _COS, _TANH, _SIGMOID, _RELU = map(OPS.get, ("sin", "cos", "tanh", "sigmoid", "relu"))
