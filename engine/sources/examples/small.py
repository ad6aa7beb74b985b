"""Graphs small enough to see whole."""

from typing import Any

from ...value import Value


def neuron(rows: Any) -> tuple[Value, list[Value]]:
    """A neuron with two inputs, and how far it is from its target, squared."""
    x1, x2 = Value(2.0, label="x1"), Value(-1.0, label="x2")
    w1, w2 = Value(0.5, label="w1"), Value(-1.5, label="w2")
    b = Value(0.25, label="b")
    w1x1 = w1 * x1
    w1x1.label = "w1x1"
    w2x2 = w2 * x2
    w2x2.label = "w2x2"
    total = w1x1 + w2x2
    total.label = "sum"
    out = total + b
    out.label = "out"
    y = Value(1.0, label="y")
    error = out - y
    error.label = "error"
    loss = error * error
    loss.label = "loss"
    return loss, [w1, w2, b]


def accumulate(rows: Any) -> tuple[Value, list[Value]]:
    """Three uses of one leaf: its gradient is the sum of what each of them hands back."""
    a = Value(3.0, label="a")
    square = a * a
    square.label = "square"
    out = square + a
    out.label = "out"
    return out, []


def diamond(rows: Any) -> tuple[Value, list[Value]]:
    """The node d is used by e, h and out: its turn comes when all three have handed back.

    The numbers keep tanh where it bends: no local derivative on the way is 0.
    """
    a, b = Value(1.5, label="a"), Value(-1.0, label="b")
    d = a + b
    d.label = "d"
    e = d * a
    e.label = "e"
    f = e * b
    f.label = "f"
    g = f.tanh()
    g.label = "g"
    h = g * d
    h.label = "h"
    out = h + d
    out.label = "out"
    return out, []


def forgotten(rows: Any) -> tuple[Value, list[Value]]:
    """Two training steps without zero_grad: the old gradient is still there when the new one arrives."""
    w = Value(3.0, label="w")
    loss = _squared_error(w)
    loss.backward()
    w.data -= 0.15 * w.grad
    loss = _squared_error(w)  # here w.grad should have become 0
    return loss, [w]


def _squared_error(w: Value) -> Value:
    x, y = Value(2.0, label="x"), Value(2.0, label="y")
    out = w * x
    out.label = "out"
    error = out - y
    error.label = "error"
    loss = error * error
    loss.label = "loss"
    return loss


def branch(rows: Any) -> tuple[Value, list[Value]]:
    """An if in a loop: the graph is built while the forward pass runs, and holds only what ran."""
    x = Value(3.0, label="x")
    y = x
    for i in range(3):
        if y.data > 5:
            y = y - x
        else:
            y = y * x
        y.label = f"y{i + 1}"
    return y, []


def dead(rows: Any) -> tuple[Value, list[Value]]:
    """A relu whose sum is below 0: its local derivative is 0, so its weights never move again."""
    x1, x2 = Value(1.0, label="x1"), Value(2.0, label="x2")
    w1, w2 = Value(0.5, label="w1"), Value(-1.5, label="w2")
    b = Value(-0.5, label="b")
    w1x1 = w1 * x1
    w1x1.label = "w1x1"
    w2x2 = w2 * x2
    w2x2.label = "w2x2"
    total = w1x1 + w2x2 + b
    total.label = "sum"
    out = total.relu()
    out.label = "out"
    y = Value(1.0, label="y")
    error = out - y
    error.label = "error"
    loss = error * error
    loss.label = "loss"
    return loss, [w1, w2, b]


def readme(rows: Any) -> tuple[Value, list[Value]]:
    """The expression that opens micrograd's README."""
    a, b = Value(-4.0, label="a"), Value(2.0, label="b")
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    for node, label in ((c, "c"), (d, "d"), (e, "e"), (f, "f"), (g, "g")):
        node.label = label
    return g, []


def chain(rows: Any) -> tuple[Value, list[Value]]:
    """The sine of the sine of ...: deep enough that a recursive backward pass overflows."""
    x = Value(1.0, label="x")
    for _ in range(1_999):
        x = x.sin()
    x.label = "out"
    return x, []
