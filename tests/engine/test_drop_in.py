"""Code written for micrograd's class runs with ours in its place."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.engine import Value, record, scope, toposort
from micrograd_tui.engine.recording.json_file import from_plain, to_json


def by_hand(root: Any) -> list[Any]:
    """Traverse as micrograd does: recursion over `_prev`, then `_backward` of every node."""
    topo: list[Any] = []
    visited = set()

    def build(v: Any) -> None:
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build(child)
            topo.append(v)

    build(root)
    root.grad = 1
    for v in reversed(topo):
        v._backward()
    return topo


def sanity(kind: Callable[[float], Any], x: float) -> tuple[Any, Any]:
    """The expression of micrograd's test_sanity_check."""
    leaf = kind(x)
    z = 2 * leaf + 2 + leaf
    q = z.relu() + z * leaf
    h = (z * z).relu()
    return leaf, h + q + q * leaf


def more_ops(kind: Callable[[float], Any], x: float, y: float) -> tuple[list[Any], Any]:
    """The expression of micrograd's test_more_ops."""
    a, b = kind(x), kind(y)
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
    return [a, b], g


@pytest.mark.requires("micrograd")
@given(x=st.floats(-5, 5))
def test_micrograds_sanity_check_gives_micrograds_numbers(x: float) -> None:
    from micrograd.engine import Value as Theirs

    (ours, out), (theirs, their_out) = sanity(Value, x), sanity(Theirs, x)
    out.backward()
    their_out.backward()

    assert out.data == pytest.approx(their_out.data, rel=1e-12)
    assert ours.grad == pytest.approx(theirs.grad, rel=1e-12)


@pytest.mark.parametrize(("x", "y"), [(-4.0, 2.0), (1.5, 3.0), (0.25, -1.0)])
def test_micrograds_more_ops_agree_with_pytorch(x: float, y: float, pytorch: Any) -> None:
    def theirs(torch: Any) -> list[float]:
        leaves, out = more_ops(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True), x, y)
        out.backward()
        return [out.item(), *(leaf.grad.item() for leaf in leaves)]

    ours, out = more_ops(Value, x, y)
    out.backward()

    assert [out.data, *(leaf.grad for leaf in ours)] == pytest.approx(pytorch(theirs), rel=1e-12)


def test_a_traversal_written_by_hand_gives_what_backward_gives() -> None:
    ours, out = more_ops(Value, -4.0, 2.0)
    again, out_again = more_ops(Value, -4.0, 2.0)
    out.backward()
    topo = by_hand(out_again)

    assert [leaf.grad for leaf in again] == pytest.approx([leaf.grad for leaf in ours], rel=1e-12)
    assert len(topo) == len(toposort(out_again))


def test_prev_is_a_set_and_a_leaf_has_an_empty_one() -> None:
    a = Value(3.0)

    assert type((a * a)._prev) is set
    assert (a * a)._prev == {a}
    assert a._prev == set()
    assert a._op == ""
    a._backward()  # of a leaf: nothing happens
    assert a.grad == 0


def test_what_draw_dot_reads_is_there() -> None:
    a = Value(2.0, label="a")
    out = a.relu() + 1
    shown = [f"{{ {n.label} | data {n.data:.4f} | grad {n.grad:.4f} }}" for n in toposort(out)]

    assert shown[0] == "{ a | data 2.0000 | grad 0.0000 }"
    assert {n._op.lower() for n in toposort(out)} == {"", "relu", "+"}
    assert all(id(child) for n in toposort(out) for child in n._prev)


class AsMicrograd(Value, op_names="micrograd"):
    """A Value whose operators are made as micrograd's are."""


def drawn(root: Any) -> tuple[set[str], set[tuple[str, str]]]:
    """Do what the lecture's draw_dot does, with sets in graphviz' place: boxes by name, arrows."""
    nodes, edges = set(), set()

    def build(v: Any) -> None:
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    boxes, arrows = set(), set()
    for n in nodes:
        boxes.add(f"{{ {n.label} | data {n.data:.4f} | grad {n.grad:.4f} }}")
        if n._op:
            boxes.add(str(id(n)) + n._op)
            arrows.add((str(id(n)) + n._op, str(id(n))))
    arrows |= {(str(id(a)), str(id(b)) + b._op) for a, b in edges}
    return boxes, arrows


def test_draw_dot_draws_every_node_op_and_edge() -> None:
    root = more_ops(Value, -4.0, 2.0)[1]
    order = toposort(root)
    boxes, arrows = drawn(root)
    made = [node for node in order if node._op]

    assert {box[len(str(id(made[0]))) :] for box in boxes if box[0] != "{"} >= {"ReLU", "**3", "+", "*"}
    assert len(arrows) == len(made) + sum(len(node._prev) for node in order)


def evaluated(node: Any) -> float:
    """Compute a graph of micrograd's ops anew, by a table of them."""
    numbers = [evaluated(child) for child in node._children]
    if node._op.startswith("**"):
        return float(numbers[0] ** float(node._op[2:]))
    table: dict[str, Callable[..., float]] = {
        "": lambda: node.data,
        "+": lambda a, b: a + b,
        "*": lambda a, b: a * b,
        "ReLU": lambda a: max(0.0, a),
    }
    return table[node._op](*numbers)


def test_a_class_with_micrograds_op_names_has_micrograds_graph() -> None:
    leaves, root = more_ops(AsMicrograd, -4.0, 2.0)
    root.backward()

    assert {node._op for node in toposort(root)} == {"", "*", "+", "ReLU", "**-1", "**2", "**3"}
    assert type(root) is AsMicrograd
    assert evaluated(root) == pytest.approx(root.data, rel=1e-12)
    assert [leaf.grad for leaf in leaves] == pytest.approx([138.83381924, 645.57725947])


@pytest.mark.requires("micrograd")
def test_a_class_with_micrograds_op_names_has_node_for_node_what_micrograd_makes() -> None:
    from micrograd.engine import Value as Theirs

    ours, theirs = (by_hand(more_ops(kind, -4.0, 2.0)[1]) for kind in (AsMicrograd, Theirs))
    shapes = [
        sorted((v._op, float(v.data), sorted((c._op, float(c.data)) for c in v._prev)) for v in topo)
        for topo in (ours, theirs)
    ]

    assert shapes[0] == shapes[1]


def test_micrograds_op_names_are_named_rightly_or_refused() -> None:
    x = AsMicrograd(4.0)

    assert [v.data for v in (2 - x, 2 / x, x / 2, -x, x / 0, x - 1)] == [-2, 0.5, 2, -4, math.inf, 3]
    with pytest.raises(TypeError, match='op_names is "micrograd" or nothing'):
        type("Wrong", (Value,), {}, op_names="torch")


def test_a_node_is_cut_off_and_renamed_as_an_attribute_is_set() -> None:
    x = Value(3.0)
    h = x * x
    h._op = "square"
    (h * 2).backward()
    assert (h._op, x.grad) == ("square", 12.0)

    h._prev = set()
    (h * 2).backward()
    assert (h._op, h._prev, x.grad, h.grad) == ("", set(), 12.0, 4.0)


def test_microgpts_names_are_there_too() -> None:
    a, b = Value(2.0), Value(3.0)
    out = a * b

    assert (out._children, out._local_grads, a._children, a._local_grads) == ((a, b), (3.0, 2.0), (), ())


def test_children_may_be_any_collection_of_nodes() -> None:
    a, b = Value(2.0), Value(3.0)

    for children in ((a, b), [a, b], {a, b}, frozenset({a, b}), (x for x in (a, b))):
        assert Value(6.0, children, "op").parents == (a, b)


def test_attributes_are_assigned_as_training_loops_do() -> None:
    w = Value(2)
    for _ in range(2):
        loss = (w * 3 - 1) ** 2
        w.grad = 0
        loss.backward()
        w.data += -0.01 * w.grad

    assert w.data == pytest.approx(2 - 0.3 - 0.01 * 6 * (1.7 * 3 - 1))
    assert repr(Value(-2)) == "Value(data=-2.0, grad=0.0)"


def test_a_users_subclass_adds_an_op_with_its_own_closure() -> None:
    class Mine(Value):
        __slots__ = ()

        def softplus(self) -> "Mine":
            out = Mine(math.log1p(math.exp(self.data)), (self,), "softplus")

            def _backward() -> None:
                self.grad += out.grad / (1 + math.exp(-self.data))

            out._backward = _backward
            return out

    x = Mine(0.5)
    doubled: Any = x * 2
    out = doubled.softplus() + x
    out.backward()

    assert type(out) is Mine
    assert x.grad == pytest.approx(1 + 2 / (1 + math.exp(-1)))
    assert [n._op for n in toposort(out)] == ["", "", "*", "softplus", "+"]


def test_three_parents_each_get_their_share_every_time() -> None:
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    out = Value(24.0, (a, b, c), "mul3")

    def _backward() -> None:
        a.grad += b.data * c.data * out.grad
        b.grad += a.data * c.data * out.grad
        c.grad += a.data * b.data * out.grad

    out._backward = _backward
    root = out * a
    root.backward()
    root.backward()

    assert (a.grad, b.grad, c.grad) == (2 * (24 + 24), 2 * 16, 2 * 12)
    assert out.grad == 2
    assert out._prev == {a, b, c}


def test_a_closure_of_a_node_without_children_is_called() -> None:
    a, out = Value(2.0), Value(6.0)

    def _backward() -> None:
        a.grad += 3 * out.grad

    out._backward = _backward
    (out * 2).backward()

    assert a.grad == 6, "micrograd calls it: it calls every node's"


CODE = """
import sys
from micrograd_tui.engine import Value, record, toposort
from micrograd_tui.engine.recording.json_file import to_json
leaves = [Value(i + 0.5, label=f"x{i}") for i in range(40)]
junk = [object() for _ in range(int(sys.argv[1]))]  # moves the addresses
layers = [leaves]
for k in range(6):
    last = layers[-1]
    layers.append([Value(sum(x.data for x in last[i:i + 5]), set(last[i:i + 5]), "sum") for i in range(36)])
root = sum(layers[-1]).tanh()
print([(n._op, n.data, n.label, [p.serial for p in n.parents]) for n in toposort(root)])
print("".join(to_json(record(root))))
"""


def test_sets_of_children_give_the_same_order_in_every_process(in_process: Callable[..., str]) -> None:
    runs = {in_process(CODE, seed, seed=seed) for seed in ("0", "1", "7919")}

    assert len(runs) == 1


@pytest.fixture
def in_process() -> Callable[..., str]:
    def run(code: str, *args: str, seed: str = "0") -> str:
        return subprocess.run(
            [sys.executable, "-c", code, *args],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    return run


def test_microgpts_third_argument_is_the_local_derivatives() -> None:
    a, b = Value(2.0), Value(3.0)
    product = Value(6.0, (a, b), (3.0, 2.0))
    (product * product).backward()

    assert (a.grad, b.grad) == (36.0, 24.0)
    with pytest.raises(TypeError, match="2 children and 1 local derivatives"):
        Value(6.0, (a, b), [1.0])


def test_labels_and_op_names_that_are_no_texts_are_written_as_texts() -> None:
    node = Value(1.0, (Value(2.0),), 7, label=3)  # type: ignore[arg-type]  # what a careless script passes

    assert (node.label, node._op) == ("3", "7")
    assert Value(1.0, label=0).label == "0"
    with scope(3):  # type: ignore[arg-type]
        assert Value(1.0).scope == "3"


def test_a_node_is_wired_in_any_order() -> None:
    out = Value(6.0)
    a, b = Value(2.0), Value(3.0)
    product = a * b
    out._op = "same"
    assert out._op == "same"
    out._prev = {product}

    def rule() -> None:
        product.grad += out.grad

    out._backward = rule
    loss = out * 2 + a
    loss.backward()

    assert (a.grad, b.grad, out._op, Value(1.0, (), "input")._op) == (7.0, 4.0, "same", "input")
    assert from_plain(json.loads("".join(to_json(record(loss))))).node_count == len(toposort(loss))


@pytest.mark.parametrize("hashed", [hash, None])
def test_nodes_of_a_class_that_compares_numbers_are_recorded_each(hashed: Any) -> None:
    def equal(self: Value, other: Any) -> bool:
        return self.data == float(other)

    methods = {"__eq__": equal, "__hash__": hashed and (lambda self: hashed(self.data))}
    number = type("Number", (Value,), methods)
    a, b = number(2.0), number(2.0)
    loss = a * b + a * 3
    log = record(loss)
    loss.backward()
    order = toposort(loss)

    assert (a.grad, b.grad) == (5.0, 2.0)
    assert [log.value(i, "grad", len(log)) for i in range(len(order))] == [node.grad for node in order]
