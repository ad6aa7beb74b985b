"""Value: a number that remembers how it was made.

Every operator does the same three things: compute the number by the op's row, keep the row, keep the
parents. That is all a computation graph is; it is built while ordinary arithmetic runs.

`Value` also stands in for micrograd's class: `Value(data, children, _op)`, `_prev`, `_op`, and a
`_backward` that a user may assign to give an op of their own its rule.
"""

from __future__ import annotations  # the operators are made before the class they are of

import operator
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import cached_property, partial, partialmethod
from typing import Any, ClassVar, Self, cast
from warnings import warn

from . import beside_numpy, micrograd_ops, origin, pickling
from .ops import OPS, Op, foreign, power_of
from .origin import NONE, Notes, NotesOfNamed

_new: Any = object.__new__
_EXACT = 2**53  # up to it, a float is as exact as an int
_theirs: Value = cast("Value", NotImplemented)  # their own operator takes us
_next_serial = origin.next_serial
_notes: Callable[[], Notes | None] = origin.current.get  # false while lines are recorded

on_comparison: ContextVar[Callable[[Value, str, Value | float, bool], object] | None]
on_comparison = ContextVar("on_comparison", default=None)
"""A hook: it is called with left, sign, right and answer of every comparison made in its context."""


def _unary(name: str, doc: str = "") -> Callable[[Value], Value]:
    """Return the method that applies a row of one argument."""
    op = OPS[name]

    def method(self: Value) -> Value:
        return _apply(op, self)

    method.__doc__ = doc
    return method


def _binary(name: str, doc: str = "") -> Callable[[Value, Any], Value]:
    """Return the method that applies a row of two arguments; a plain number becomes a leaf.

    All of a node is made here in one function: this is the engine's hottest path.
    """
    op = OPS[name]
    forward: Any = op.forward

    def method(self: Value, other: Any) -> Value:
        cls: type[Value] = Value
        if other.__class__ is not cls or self.__class__ is not cls:
            if not isinstance(other, Value):
                other = _operand(other)
                if other is NotImplemented:
                    return _theirs
            cls = _result_class(self, other)
        out: Value = _new(cls)
        out.data = forward(self.data, other.data)
        out.grad = 0.0
        out.op = op
        out.first = self
        out.second = other
        out.mark = None
        out.serial = _next_serial()
        out.notes = (_notes() or origin.with_line()) if origin.asked else NONE
        return out

    method.__doc__ = doc
    return method


def _reflected(name: str) -> Callable[[Value, Any], Value]:
    """Return the method for a plain number on the left: `1 - a`."""
    apply = _binary(name)
    return lambda self, other: _theirs if (leaf := _operand(other)) is _theirs else apply(leaf, self)


def _comparison(sign: str, compare: Callable[[float, float], bool]) -> Callable[[Value, Any], bool]:
    """Return the method that compares the numbers, and shows the answer to the hook."""

    def method(self: Value, other: Any) -> bool:
        if _is_array(other):
            return cast("bool", _theirs)
        try:
            answer = compare(self.data, _number(other))
        except TypeError:
            return cast("bool", _theirs)
        if hook := on_comparison.get():
            hook(self, sign, other if isinstance(other, Value) else float(other), answer)
        return answer

    return method


class Value:
    """A scalar in a computation graph: its `data`, its `grad`, and the op and parents it came from.

    `Value(2.0)` is a leaf. `children`, `_op` and `label` make a node by hand, as in micrograd; as in
    microgpt, `_op` may be the local derivatives to the children instead of a name.
    `data` is kept as a float, with a warning where that rounds an int; anything `float()` refuses,
    another Value too, is a TypeError.
    """

    # A slot costs 8 bytes a node: two parents sit in slots of their own, a third in the notes.
    __slots__ = ("data", "first", "grad", "mark", "notes", "op", "second", "serial")

    data: float
    grad: float
    op: Op | None
    first: Value | None
    second: Value | None
    serial: int
    notes: Notes
    mark: object
    """The last walk that came by; see graph.py."""
    backward: ClassVar[Callable[[Value], None]]
    """The backward pass from this node: the function of backward.py, which puts itself here."""
    spreads: ClassVar[bool] = True
    """Whether what is computed from a node of this class is of this class too."""

    def __init_subclass__(cls, spreads: bool | None = None, op_names: str = "") -> None:
        """A subclass with methods spreads to results, which want them; one that only marks does not.

        With `op_names="micrograd"` it computes with micrograd's own ops: see micrograd_ops.py.
        """
        super().__init_subclass__()
        if op_names not in ("", "micrograd"):
            raise TypeError(f'op_names is "micrograd" or nothing, not {op_names!r}')
        for name, method in micrograd_ops.METHODS.items() if op_names else ():
            if name not in vars(cls):
                setattr(cls, name, method)
        cls.spreads = spreads if spreads is not None else _has_methods(cls) or _inherited(cls)

    def __init__(
        self,
        data: Any,
        children: Iterable[Value] = (),
        _op: str | Sequence[float] = "",
        label: object = "",
        *,
        _children: Iterable[Value] = (),
    ) -> None:
        self.data = data if data.__class__ is float else _plain(data)
        self.grad = 0.0
        self.op = self.first = self.second = self.mark = None
        self.serial = _next_serial()
        self.notes = (_notes() or origin.with_line()) if origin.asked else NONE
        if label != "":
            self.label = label
        if (children or _children) and (parents := _in_order(children or _children)):
            local = isinstance(_op, list | tuple) and not any(isinstance(each, str) for each in _op)
            self.op = foreign("" if local else str(_op))
            self.first, self.second = (*parents, None)[:2]
            self.notes = replace(self.notes, more_parents=parents[2:])
            if local:
                self._backward = _by_local_derivatives(self, parents, cast("Sequence[float]", _op))
        elif _op and isinstance(_op, str):
            self._op = _op

    @property
    def parents(self) -> tuple[Value, ...]:
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
    def label(self, label: object) -> None:
        self.notes = replace(self.notes, label="" if label is None else str(label))

    @property
    def source(self) -> str:
        """The line that made the node, as `file.py:12`, if it was made in `source_lines()`."""
        return self.notes.source

    @property
    def scope(self) -> str:
        """The place the node was made in, as `layer[0]/neuron[3]`, or an empty string."""
        return self.notes.scope

    # Arithmetic: one line an op. A plain number on either side becomes a leaf.

    __add__ = _binary("add")
    __sub__ = _binary("sub")
    __mul__ = _binary("mul")
    __truediv__ = _binary("div")
    __radd__ = _reflected("add")
    __rsub__ = _reflected("sub")
    __rmul__ = _reflected("mul")
    __rtruediv__ = _reflected("div")
    __rpow__ = _reflected("pow")
    __neg__ = _unary("neg")
    __abs__ = _unary("abs")

    abs = _unary("abs", "Return |self|; its derivative at 0 is 0.")
    exp = _unary("exp", "Return e**self.")
    log = _unary("log", "Return the natural logarithm: -inf at 0, nan below.")
    sqrt = _unary("sqrt", "Return the square root: nan below 0.")
    sin = _unary("sin", "Return the sine.")
    cos = _unary("cos", "Return the cosine.")
    tanh = _unary("tanh", "Return the hyperbolic tangent.")
    sigmoid = _unary("sigmoid", "Return 1 / (1 + e**-self).")
    relu = _unary("relu", "Return self where positive, else 0; its derivative at 0 is 0.")
    max = _binary("max", "Return the larger of the two; a tie splits the gradient evenly.")
    select = _binary("select", "Return self, as chosen from a table by the other: learning/select.py.")
    min = _binary("min", "Return the smaller of the two; a tie splits the gradient evenly.")

    def __pow__(self, other: Any) -> Value:
        if isinstance(other, Value):
            return _pow(self, other)
        if _is_array(other):
            return _theirs
        short = type(other) is int and -_EXACT <= other <= _EXACT  # written as it is: **2
        try:
            return _apply(power_of(other if short or type(other) is float else _plain(other)), self)
        except TypeError:
            node = _no_number(other)
            return _theirs if node is _theirs else _pow(self, node)

    def __pos__(self) -> Self:
        return self

    conjugate = __pos__  # numpy's var and std ask for it

    # Comparisons look at the numbers. There is no __eq__: a node equals itself alone.

    __lt__ = _comparison("<", operator.lt)
    __le__ = _comparison("<=", operator.le)
    __gt__ = _comparison(">", operator.gt)
    __ge__ = _comparison(">=", operator.ge)

    def __repr__(self) -> str:
        name = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data}, grad={self.grad}{name})"

    def __float__(self) -> float:
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    __trunc__ = __int__

    def __round__(self, digits: int | None = None) -> float:
        return round(self.data, digits)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return beside_numpy.apply(ufunc, method, inputs, options)

    # What code written for micrograd's class reaches for.

    @property
    def _prev(self) -> set[Value]:
        return set(self.parents)

    @_prev.setter
    def _prev(self, children: Iterable[Value]) -> None:
        parents, called = _in_order(children), self._op
        self.first, self.second = (*parents, None, None)[:2]
        self.notes = replace(self.notes, more_parents=parents[2:])
        self.op = foreign(called) if parents else None
        if any(parent.serial > self.serial for parent in parents):
            for node in reversed(pickling.ancestors(self)):  # what it stands on comes first of all
                node.serial = origin.next_below()

    @property
    def _op(self) -> str:
        if self.op is None:
            return getattr(self.notes, "own_op", "")
        return micrograd_ops.SYMBOLS.get(self.op.name, self.op.symbol)

    @_op.setter
    def _op(self, name: str) -> None:
        if self.op:  # the rule is the same under any name
            self.op = replace(self.op, symbol=str(name))
        else:  # a leaf has none until it is given parents
            of = self.notes
            known = (of.scope, of.label, of.source, of.backward, of.more_parents)
            self.notes = NotesOfNamed(*known, str(name))

    @property
    def _children(self) -> tuple[Value, ...]:  # microgpt's names
        return self.parents

    @property
    def _local_grads(self) -> tuple[float, ...]:
        numbers = [parent.data for parent in self.parents]
        return tuple(vjp(1.0, self.data, *numbers) for vjp in (self.op and self.op.vjps) or ())

    @property
    def _backward(self) -> Callable[[], Any]:
        """The rule as it is now: it stays so when another, which may call this one, takes its place."""
        return self.notes.backward or partial(_by_table, self, self.op)

    @_backward.setter
    def _backward(self, closure: Callable[[], Any]) -> None:
        self.notes = replace(self.notes, backward=closure)
        if self.first is not None:  # a leaf with a rule stays a leaf, whose gradient accumulates
            self.op = foreign(self.op.symbol if self.op else "")


def propagate(nodes: Iterable[Value]) -> None:
    """Let each node in turn hand its gradient on: `parent.grad += vjp(node.grad)`, the chain rule.

    A pass is one call: with a call a node it took a sixth longer.
    """
    for node in nodes:
        op, b = node.op, node.second
        a: Any = node.first
        if op is None or op.vjps is None:  # a rule of the user's own, if any
            if node.notes.backward:
                node.notes.backward()
        elif b is None:
            a.grad += op.vjps[0](node.grad, node.data, a.data)
        else:
            to_a, to_b = op.vjps
            g, ans, x, y = node.grad, node.data, a.data, b.data
            a.grad += to_a(g, ans, x, y)
            b.grad += to_b(g, ans, x, y)


def _by_table(node: Value, op: Op | None) -> None:
    """Hand the gradient on by a row of the table, whatever the node's rule is by now."""
    if op and op.vjps:
        numbers = [parent.data for parent in node.parents]
        for parent, vjp in zip(node.parents, op.vjps, strict=True):
            parent.grad += vjp(node.grad, node.data, *numbers)


def _by_local_derivatives(
    node: Value, parents: tuple[Value, ...], local: Sequence[float]
) -> Callable[[], None]:
    """Return the rule of a node that was given its local derivatives: incoming gradient times each."""
    if len(parents) != len(local):
        raise TypeError(f"{len(parents)} children and {len(local)} local derivatives: one each is needed")

    def rule() -> None:
        for parent, slope in zip(parents, local, strict=True):
            parent.grad += slope * node.grad

    return rule


def _apply(op: Any, a: Value) -> Value:
    """Make the node of an op of one argument; `op` is a row of the table, which has a forward."""
    out: Value = _new(a.__class__ if a.spreads else Value)
    out.data = op.forward(a.data)
    out.grad = 0.0
    out.op = op
    out.first = a
    out.second = out.mark = None
    out.serial = _next_serial()
    out.notes = (_notes() or origin.with_line()) if origin.asked else NONE
    return out


_OF_ONE_NODE = {"__init__", "__new__", "__repr__", "__str__", "__format__", "__init_subclass__"}
_OF_ONE_NODE |= {"__annotate__", "__annotate_func__"}  # Python's own, from 3.14 on
_OF_ONE_NODE |= {"__reduce__", *pickling.METHODS}


def _has_methods(cls: type[Value]) -> bool:
    """Whether a class adds methods or properties, itself or by a mixin that is no Value."""
    own = [base for base in cls.__mro__[:-1] if base is cls or not issubclass(base, Value)]
    kinds = (property, cached_property, partialmethod)
    added = [(name, it) for base in own for name, it in vars(base).items() if name not in _OF_ONE_NODE]
    return any(callable(it) or isinstance(it, kinds) for _, it in added)


def _inherited(cls: type[Value]) -> bool:
    return any(base is not Value and issubclass(base, Value) and base.spreads for base in cls.__bases__)


def _result_class(a: Value, b: Value) -> type[Value]:
    """Return the class of what is computed from both: the more special of those that spread."""
    wanted = [node.__class__ for node in (a, b) if node.spreads]
    if len(wanted) == 2 and issubclass(wanted[1], wanted[0]):
        return wanted[1]
    return wanted[0] if wanted else Value


def _operand(other: Any) -> Value:
    """Return what is no node as one: a plain number becomes a leaf."""
    if other.__class__ is float or other.__class__ is int:
        return Value(other)
    if _is_array(other):
        return _theirs  # it computes element by element
    try:
        return Value(other)
    except TypeError:
        return _no_number(other)


def _no_number(other: Any) -> Value:
    """Return the node in an array of no dimension; a class with operators of its own is left to them."""
    other = _taken_out(other)
    if isinstance(other, Value):
        return other
    if not isinstance(other, str | bytes | list | tuple) and (
        hasattr(other, "__radd__") or hasattr(other, "__rmul__")
    ):
        return _theirs
    raise TypeError(f"cannot compute with a Value and a {type(other).__name__}") from None


def _taken_out(data: Any) -> Any:
    """Return the object in an array of objects with no dimension, as numpy makes them of sums."""
    is_one = getattr(data, "ndim", None) == 0 and getattr(getattr(data, "dtype", None), "kind", "") == "O"
    return data.item() if is_one else data


def _is_array(other: Any) -> bool:
    """Whether it computes element by element: an array, a Series; not numpy's scalars."""
    return bool(getattr(other, "ndim", 0)) and hasattr(other, "__array_ufunc__")


def _plain(data: Any) -> float:
    if isinstance(data if isinstance(data, int) else _taken_out(data), Value):
        raise TypeError("Value(Value(...)): data must be a number, not another Value")
    if isinstance(data, str | bytes):  # float() would read it
        raise TypeError(f"data must be a number, not a {type(data).__name__}")
    try:
        number = float(data)
    except (TypeError, ValueError):
        raise TypeError(f"data must be a number, not a {type(data).__name__}") from None
    except OverflowError:
        raise OverflowError("the number is larger than a float can be, 1.8e308") from None
    if isinstance(data, int) and number != data:
        warn(
            f"{data} is kept as {number:.0f}: a float holds whole numbers exactly to 2**53", stacklevel=3
        )
    return number


def _number(other: Any) -> float:
    """Return the number to compare with; an int is compared exactly."""
    if isinstance(other, Value):
        return other.data
    return other if type(other) in (int, float) else _plain(other)


def _in_order(children: Iterable[Value]) -> tuple[Value, ...]:
    # A set (micrograd's own habit) is ordered by memory address; serials make the order repeatable.
    if isinstance(children, set | frozenset):
        return tuple(sorted(children, key=lambda child: child.serial))
    return tuple(children)


_pow = _binary("pow")

for _name, _method in (beside_numpy.METHODS | pickling.METHODS).items():
    setattr(Value, _name, _method)
