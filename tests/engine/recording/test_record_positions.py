"""Every position of a recording is a moment of backward(), and closures are recorded as observed."""

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import OPS, Recording, Value, backward_steps, record, toposort
from micrograd_tui.engine.recording.json_file import from_plain, to_json
from micrograd_tui.engine.sources.examples import EXAMPLES
from micrograd_tui.engine.sources.expression import parse_expression

AWKWARD = st.sampled_from([0.0, -0.0, 1.0, -2.0, 1e200, 5e-324, float("inf"), float("nan")])
awkward_programs = programs(numbers=st.floats(-3, 3) | AWKWARD)


def bits(x: float | None) -> bytes:
    """The bytes of a number, all nans alike."""
    assert x is not None
    return struct.pack("<d", x) if x == x else b"nan"


def visits(log: Recording) -> range:
    """The steps of the backward phase after the seed."""
    (phase,) = (phase for phase in log.phases if phase.name == "backward")
    return range(phase.start + 1, phase.end)


@settings(max_examples=100)
@given(program=awkward_programs)
def test_position_k_is_backward_paused_after_k_nodes_bit_for_bit(program: Program) -> None:
    root, _ = values_of(program)
    log = record(root)
    nodes = toposort(root)

    for step, visited in zip(visits(log), backward_steps(root), strict=True):
        assert log.step_node[step] == nodes.index(visited)
        for i, node in enumerate(nodes):
            assert bits(log.value(i, "grad", step + 1)) == bits(node.grad)


@settings(max_examples=100)
@given(program=awkward_programs)
def test_the_forward_phase_shows_each_number_when_its_node_was_made(program: Program) -> None:
    root, _ = values_of(program)
    log = record(root)

    for i, node in enumerate(toposort(root)):
        assert log.value(i, "data", i) is None
        assert bits(log.value(i, "data", i + 1)) == bits(node.data)
        assert log.step_at(i).phase == "forward"


@settings(max_examples=100)
@given(program=awkward_programs)
def test_a_write_holds_the_vjp_of_the_gradient_that_arrived_and_the_vjp_at_one(
    program: Program,
) -> None:
    root, _ = values_of(program)
    log = record(root)
    nodes = toposort(root)

    for index in visits(log):
        step = log.step_at(index)
        assert step.node is not None
        assert step.grad is not None
        node = nodes[step.node]
        rules = node.op.vjps if node.op and node.op.vjps else ()
        numbers = [node.data, *(parent.data for parent in node.parents)]
        assert [write.slot for write in step.writes] == list(range(len(rules)))
        for write, parent, vjp in zip(step.writes, node.parents, rules, strict=True):
            assert nodes[write.target] is parent
            assert write.before is not None
            assert write.amount is not None
            assert bits(write.local) == bits(vjp(1.0, *numbers))
            assert bits(write.amount) == bits(vjp(step.grad, *numbers))
            assert bits(write.after) == bits(write.before + write.amount)


@given(program=programs(), data=st.data())
def test_what_leaves_have_accumulated_already_is_there_at_every_position_before(
    program: Program, data: st.DataObject
) -> None:
    root, _ = values_of(program)
    leaves = [node for node in toposort(root) if node.op is None]
    for leaf in leaves:
        leaf.grad = data.draw(st.floats(-5, 5))
    log = record(root)
    start = visits(log).start - 1

    for i, node in enumerate(toposort(root)):
        expected = node.grad if node in leaves else 0.0
        assert log.value(i, "grad", 0) == log.value(i, "grad", start) == expected


def test_recording_does_not_touch_gradients_of_an_earlier_pass() -> None:
    a, b = Value(2.0), Value(3.0)
    product = a * b
    out = product * a
    out.backward()
    record(out)
    record(product)

    assert (a.grad, b.grad, product.grad, out.grad) == (12, 4, 2, 1)
    out.backward()
    assert (a.grad, b.grad, product.grad, out.grad) == (24, 8, 2, 1)


def by_hand(data: float, parents: tuple[Value, ...], rule: Callable[[Value], None]) -> Value:
    """A node with a user's own closure."""
    out = Value(data, parents, "mine")
    out._backward = lambda: rule(out)
    return out


def test_a_closure_that_replaces_instead_of_adding_is_observed_as_it_is() -> None:
    a = Value(3.0)

    def forgets(out: Value) -> None:
        a.grad = 2 * out.grad

    out = by_hand(6.0, (a,), forgets) + a * 5
    log = record(out)
    out.backward()
    writes = [w for i in visits(log) for w in log.step_at(i).writes if w.target == 0]

    assert log.value(0, "grad", len(log)) == a.grad == 2
    assert [(w.local, w.before, w.amount, w.after) for w in writes] == [
        (5.0, 0.0, 5.0, 5.0),
        (None, 5.0, 2.0, 2.0),  # 2 arrived, 5 are lost
    ]


def test_a_closure_over_many_parents_writes_to_each_with_its_slot() -> None:
    a, b, c = Value(2.0), Value(3.0), Value(4.0)

    def rule(out: Value) -> None:
        for weight, parent in ((1, a), (2, b), (3, c)):
            parent.grad += weight * out.grad

    log = record(by_hand(9.0, (a, b, c), rule) * 10)
    step = next(log.step_at(i) for i in visits(log) if log.step_at(i).node == 3)

    assert [(w.target, w.slot, w.local, w.amount) for w in step.writes] == [
        (0, 0, None, 10.0),
        (1, 1, None, 20.0),
        (2, 2, None, 30.0),
    ]
    assert list(log.parents(3)) == [0, 1, 2]


def test_a_closure_of_the_users_among_our_ops_plays_back_bit_for_bit() -> None:
    a, b = Value(0.3), Value(-0.7)

    def rule(out: Value) -> None:
        a.grad += out.grad * 0.1
        b.grad += out.grad * 0.2
        a.grad += out.grad * 0.3

    out = (by_hand(1.5, (a, b), rule) * a).tanh() + b.exp()
    log = record(out)
    out.backward()

    for i, node in enumerate(toposort(out)):
        assert bits(log.value(i, "grad", len(log))) == bits(node.grad)


def test_a_closure_that_raises_leaves_earlier_gradients_too() -> None:
    a = Value(2.0)

    def breaks(out: Value) -> None:
        a.grad = 99.0
        raise KeyError("mine")

    root = by_hand(4.0, (a,), breaks) * a
    a.grad, root.grad = 0.5, -1.0

    with pytest.raises(KeyError):
        record(root)
    assert (a.grad, root.grad) == (0.5, -1.0)


def test_a_lost_contribution_can_be_written_down() -> None:
    log = Recording(root=1)
    leaf = log.add_node(None, ())
    log.add_node(OPS["mul"], (leaf, leaf))
    log.forward([3.0, 9.0])
    log.begin("backward")
    log.step(None)
    log.write(1, "grad", 1.0, amount=1.0)
    log.step(1)
    log.write(leaf, "grad", 3.0, amount=3.0, slot=0)
    log.write(leaf, "grad", 3.0, amount=3.0, slot=1)
    log.close()
    kept, lost = log.step_at(3).writes
    again = from_plain(json.loads("".join(to_json(log)))).step_at(3).writes

    assert (kept.before, kept.amount, kept.after, kept.local) == (0.0, 3.0, 3.0, 3.0)
    assert (lost.before, lost.amount, lost.after, lost.local) == (3.0, 3.0, 3.0, 3.0)
    assert again == (kept, lost)
    assert log.value(leaf, "grad", len(log)) == 3.0, "what was written counts"


def test_a_cause_may_occur_twice() -> None:
    log = Recording(root=0)
    log.add_node(None, ())
    log.forward([3.0])
    log.begin("backward")
    for after in (1.0, 2.0):
        log.step(0)
        log.write(0, "grad", after, amount=1.0)
    log.close()

    assert [log.value(0, "grad", k) for k in range(len(log) + 1)] == [0.0, 0.0, 1.0, 2.0]
    assert [log.step_at(k).node for k in (1, 2)] == [0, 0]


def test_progress_is_heard_in_rising_fractions() -> None:
    fractions: list[float] = []
    record(EXAMPLES["chain"].build(())[0], fractions.append)

    assert fractions == sorted(fractions)
    assert fractions
    assert all(0 <= fraction <= 1 for fraction in fractions)


def test_the_expression_of_the_issue_agrees_with_pytorch_to_1e12(pytorch: Any) -> None:
    def theirs(torch: Any) -> list[float]:
        a, b = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (2.0, -3.0))
        ((a * b).tanh() * b).backward()
        return [a.grad.item(), b.grad.item()]

    root = parse_expression("(a*b).tanh()*b", {"a": 2, "b": -3})
    plain = json.loads("".join(to_json(record(root))))
    grads = {node["label"]: node["grad"] for node in plain["nodes"] if node["label"]}

    assert grads == pytest.approx(dict(zip("ab", pytorch(theirs), strict=True)), rel=1e-12, abs=1e-12)
