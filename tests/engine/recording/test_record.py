"""Recording: bit for bit what backward() does, and nothing disturbed."""

import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.datasets import moons
from micrograd_tui.engine import Value, record, source_lines, toposort
from micrograd_tui.engine.sources.examples import EXAMPLES

AWKWARD = st.sampled_from([0.0, -0.0, 1.0, -2.0, 1e200, -1e200, float("inf"), float("nan")])


def bits(x: float | None) -> bytes:
    return b"" if x is None else struct.pack("d", x) if x == x else b"nan"


@settings(max_examples=200)
@given(program=programs(numbers=st.one_of(st.floats(-3, 3), AWKWARD)))
def test_the_last_position_holds_what_backward_leaves_bit_for_bit(program: Program) -> None:
    root, _ = values_of(program)
    log = record(root)
    root.backward()

    for i, node in enumerate(toposort(root)):
        assert bits(log.value(i, "grad", len(log))) == bits(node.grad)
        assert bits(log.value(i, "data", len(log))) == bits(node.data)


@given(program=programs())
def test_a_second_pass_is_recorded_on_top_of_the_first(program: Program) -> None:
    root, _ = values_of(program)
    root.backward()
    log = record(root)
    root.backward()

    for i, node in enumerate(toposort(root)):
        assert bits(log.value(i, "grad", len(log))) == bits(node.grad)


@given(program=programs())
def test_recording_leaves_every_number_as_it_was(program: Program) -> None:
    root, _ = values_of(program)
    root.backward()
    before = [(bits(n.data), bits(n.grad)) for n in toposort(root)]
    record(root)

    assert [(bits(n.data), bits(n.grad)) for n in toposort(root)] == before


def test_recording_restores_when_a_closure_raises() -> None:
    a = Value(2.0)
    out = Value(4.0, (a,), "bad")

    def backward() -> None:
        a.grad += 1
        raise ZeroDivisionError

    out._backward = backward
    root = out * a

    with pytest.raises(ZeroDivisionError):
        record(root)
    assert (a.grad, out.grad, root.grad) == (0, 0, 0)


def test_a_closures_contribution_is_what_was_observed() -> None:
    a, b = Value(2.0), Value(3.0)
    out = Value(6.0, (a, b), "mine")

    def backward() -> None:
        a.grad += 10 * out.grad

    out._backward = backward
    (write,) = record(out).step_at(3 + 1).writes

    assert write.local is None
    assert (write.amount, write.before, write.after, write.slot) == (10, 0, 10, 0)


def test_amounts_are_vjps_and_locals_are_vjps_at_one() -> None:
    a, b = Value(2.0), Value(5.0)
    out = (a * b) * 3
    log = record(out)
    visit = next(s for s in map(log.step_at, range(len(log))) if s.phase == "backward" and s.node == 2)

    assert visit.grad == 3
    assert [(w.target, w.slot, w.local, w.amount) for w in visit.writes] == [(0, 0, 5, 15), (1, 1, 2, 6)]


def test_the_seed_comes_first_and_every_node_is_visited_once() -> None:
    root, _ = EXAMPLES["neuron"].build(())
    log = record(root)
    forward, backward = log.phases

    assert (forward.name, forward.start, forward.end) == ("forward", 0, 12)
    assert (backward.name, backward.end - backward.start) == ("backward", 13)
    seed = log.step_at(backward.start)
    assert seed.node is None
    assert [(w.target, w.field, w.slot, w.after) for w in seed.writes] == [(11, "grad", None, 1.0)]
    visited = [log.step_at(i).node for i in range(backward.start + 1, backward.end)]
    assert set(visited) == set(range(12))
    assert len(visited) == 12


def test_a_times_a_is_two_writes_with_their_slots() -> None:
    a = Value(3.0)
    log = record(a * a)
    visit = log.step_at(3)

    assert [(w.slot, w.before, w.after) for w in visit.writes] == [(0, 0, 3), (1, 3, 6)]


def test_source_lines_reach_the_recording() -> None:
    with source_lines():
        a = Value(3.0)
        log = record(a * a)

    assert "test_record.py:" in log.node(1).source


def test_a_recording_takes_at_most_200_bytes_a_node() -> None:
    root, _ = EXAMPLES["demo"].build(moons(100))
    count = len(toposort(root))
    tracemalloc.start()
    try:
        log = record(root)
        used = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    assert log.node_count == count
    assert used / count <= 200
