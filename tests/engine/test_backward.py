"""The backward pass: order, accumulation, depth, and agreement with PyTorch on random graphs."""

import math
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given, settings
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value, backward_steps, recalculate, toposort, zero_grad
from micrograd_tui.engine.learning.descent import descend


def test_a_second_backward_adds_exactly_the_same_to_every_leaf() -> None:
    a, b = Value(2.0), Value(3.0)
    product = a * b
    out = product * a
    out.backward()
    first = (a.grad, b.grad, product.grad)
    out.backward()

    assert first == (12, 4, 2)
    assert (a.grad, b.grad) == (24, 8)
    assert product.grad == 2, "inner nodes show the last pass only"


def test_zero_grad_takes_a_graph_or_a_list_of_parameters() -> None:
    a, b = Value(2.0), Value(3.0)
    out = a * b
    out.backward()
    zero_grad([a])

    assert (a.grad, b.grad, out.grad) == (0, 2, 1)
    zero_grad(out)
    assert (a.grad, b.grad, out.grad) == (0, 0, 0)


def test_backward_steps_pauses_at_every_node_once_leaves_too() -> None:
    a, b = Value(2.0), Value(3.0)
    out = a * b + a

    visited = list(backward_steps(out))

    assert visited == toposort(out)[::-1]
    assert visited[0] is out


def test_every_node_is_visited_after_all_its_consumers() -> None:
    a = Value(2.0)
    d = a + 3
    out = (d * a) * 3 + d
    place = {node: i for i, node in enumerate(backward_steps(out))}

    for node in place:
        for parent in node.parents:
            assert place[node] < place[parent]


def test_a_chain_of_a_million_nodes_builds_and_runs_backward() -> None:
    leaf = Value(1.0)
    node = leaf
    for _ in range(10**6):
        node = node + leaf
    node.backward()

    assert node.data == 10**6 + 1
    assert leaf.grad == 10**6 + 1


def test_nothing_raises_from_the_middle_of_a_graph() -> None:
    x = Value(-1.0)
    bad = x.log() + Value(0.0) ** -1 + Value(1000.0).exp() + (x * 2) ** 0.5
    root = bad * 2 + 1 / (x - x)
    root.backward()

    assert root.data != root.data


def test_the_order_is_the_same_in_every_process() -> None:
    code = (
        "from micrograd_tui.engine.sources.examples import EXAMPLES; from micrograd_tui.engine import toposort;"
        "root = EXAMPLES['readme'].build(())[0];"
        "print([(n._op, n.data, n.label) for n in toposort(root)])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3")
    }

    assert len(runs) == 1


def test_recalculate_is_a_spreadsheet() -> None:
    a, b = Value(2.0), Value(3.0)
    out = (a * b).tanh() + a**2
    a.data = 0.5
    recalculate(out)

    fresh = (Value(0.5) * 3.0).tanh() + Value(0.5) ** 2
    assert out.data == fresh.data


def test_descend_takes_one_update_and_leaves_gradients_at_zero() -> None:
    w = Value(2.0)
    loss = (w * 3 - 1) ** 2
    after = descend(loss, [w], 0.01)

    assert w.data == 2.0 - 0.01 * 30
    assert after == loss.data < 25
    assert all(node.grad == 0 for node in toposort(loss))


@pytest.mark.requires("torch")
@settings(max_examples=300)
@given(program=programs())
def test_pytorch_agrees_on_random_graphs(program: Program) -> None:
    import torch

    names = {"div": "true_divide", "max": "maximum", "min": "minimum"}
    root, values = values_of(program)
    theirs, tensors = program.run(
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True),
        lambda op, *args: getattr(torch, names.get(op) or op)(*args),
    )
    # Which zero relu(-0.0) and a maximum of zeros give differs from kernel to kernel; 1/0 tells them apart.
    zeros = [(a.data, b.item()) for a, b in zip(values, tensors, strict=True) if a.data == 0]
    assume(all(math.copysign(1, ours) == math.copysign(1, its) for ours, its in zeros))
    root.backward()
    theirs.backward()

    # PyTorch's tanh and exp differ from C's in the last bit, and 1 - tanh**2 magnifies that: what counts
    # is the error against the largest number in the graph.
    sizes = [abs(x) for node in values for x in (node.data, node.grad) if math.isfinite(x)]
    for i in range(len(program.numbers)):
        grad = tensors[i].grad
        expected = 0.0 if grad is None else grad.item()
        assert values[i].grad == pytest.approx(
            expected, rel=1e-12, abs=1e-12 * (1 + max(sizes)), nan_ok=True
        )
    assert root.data == pytest.approx(theirs.item(), rel=1e-12, nan_ok=True)


def test_a_computed_parameter_accumulates_over_its_graphs_as_in_pytorch(pytorch: Any) -> None:
    def theirs(torch: Any) -> list[float]:
        leaf = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
        w = leaf * 2
        w.retain_grad()
        for x in (1.0, 2.0, 3.0):
            (w * x).tanh().backward(retain_graph=True)
        return [w.grad.item(), leaf.grad.item()]

    leaf = Value(0.5)
    w = leaf * 2
    for x in (1.0, 2.0, 3.0):
        (w * x).tanh().backward()

    assert [w.grad, leaf.grad] == pytest.approx(pytorch(theirs), rel=1e-12)


def test_a_computed_parameter_is_trained_by_whoever_sets_its_gradient_to_zero() -> None:
    w, kept = Value(0.5) * 2, []
    for _ in range(3):
        w.grad = 0.0
        for x in (1.0, 2.0, 3.0):
            (w * x).backward()
        kept.append(w.grad)

    assert kept == [6.0, 6.0, 6.0]


def test_a_second_pass_over_one_graph_shows_in_inner_nodes_that_pass() -> None:
    leaf = Value(0.5)
    w = leaf * 2
    loss = w * 3
    for _ in range(3):
        loss.backward()

    assert (loss.grad, w.grad, leaf.grad) == (1.0, 3.0, 18.0)


def test_a_pass_left_half_way_gives_back_what_nodes_had_from_other_graphs() -> None:
    w = Value(0.5) * 2
    (w * 3).backward()
    steps = backward_steps(w * 4)
    next(steps)
    assert w.grad == 4.0
    steps.close()

    assert w.grad == 4.0 + 3.0
    during = [node.grad for node in backward_steps(w * 5) if node is w]
    assert (w.grad, during) == (7.0 + 5.0, [5.0])
