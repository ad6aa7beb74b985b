"""Graphs as objects: their memory, their order, and reading them."""

import gc
import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import (
    Value,
    backward_steps,
    consumers,
    leaves,
    recalculate,
    toposort,
    zero_grad,
)
from micrograd_tui.engine.learning.descent import descend
from micrograd_tui.engine.sources.examples import EXAMPLES

FREED = """
import gc
from micrograd_tui.engine import Value, recalculate, record, toposort, zero_grad

gc.collect()
gc.disable()
a = Value(2.0, label="a")
root = ((a * a).tanh() + a.exp().max(a)) ** 2
root.backward()
recording = record(root)
nodes = len(toposort(root))
zero_grad(root)
recalculate(root)
before = sum(type(o) is Value for o in gc.get_objects())
del root, a
after = sum(type(o) is Value for o in gc.get_objects())
assert before - after == nodes
assert gc.collect() == 0
assert recording.node_count == nodes
"""


def test_the_last_reference_to_a_root_frees_every_node_without_the_collector() -> None:
    subprocess.run([sys.executable, "-c", FREED], check=True)  # where no other thread leaves anything


def test_a_long_chain_is_freed_without_recursion() -> None:
    node = Value(1.0)
    for _ in range(200_000):
        node = node * 1.0
    nodes = sum(type(o) is Value for o in gc.get_objects())
    del node

    assert nodes - sum(type(o) is Value for o in gc.get_objects()) == 400_001


def test_subclasses_of_subclasses_survive_whichever_side_they_stand_on() -> None:
    class Mine(Value, spreads=True):
        __slots__ = ()

    class Finer(Mine):
        __slots__ = ()

    for made in (Mine(1) * Finer(2), Finer(1) - Mine(2), Value(1) / Finer(2), Finer(2).max(Value(1))):
        assert type(made) is Finer
    others: list[Any] = [Value(1) ** Mine(2), 2 ** Mine(1), sum([Mine(1), Mine(2)]), abs(Mine(-1))]
    for made in others:
        assert type(made) is Mine


@pytest.mark.requires("numpy")
def test_numpy_numbers_on_the_left_of_every_operator() -> None:
    import numpy as np

    a = Value(4.0)
    two = np.float64(2)

    for made, number in ((two + a, 6), (two - a, -2), (two * a, 8), (two / a, 0.5), (two**a, 16)):
        assert type(made) is Value
        assert made.data == number
    (two * a).backward()
    assert a.grad == 2
    assert Value(np.float32(0.5)).data == 0.5
    assert type(Value(np.int64(3)).data) is float


@given(program=programs())
def test_every_node_comes_once_after_its_parents_in_creation_order(program: Program) -> None:
    root, made = values_of(program)
    order = toposort(root)
    place = {node: i for i, node in enumerate(order)}

    assert len(place) == len(order)
    assert order[-1] is root
    assert all(place[parent] < place[node] for node in order for parent in node.parents)
    assert order == [node for node in made if node in place]


@given(program=programs())
def test_consumers_are_the_edges_seen_from_the_other_end(program: Program) -> None:
    root, _ = values_of(program)
    uses = consumers(root)
    edges = sorted((n.serial, i, p.serial) for n in toposort(root) for i, p in enumerate(n.parents))

    assert sorted((n.serial, slot, p.serial) for p in uses for n, slot in uses[p]) == edges
    assert uses[root] == []
    assert leaves(root) == [node for node in uses if not node.parents]


def test_a_single_leaf_is_a_graph() -> None:
    a = Value(3.0)
    a.backward()
    a.backward()

    assert a.grad == 2
    assert toposort(a) == leaves(a) == [a]
    assert list(backward_steps(a)) == [a]


@given(program=programs())
def test_a_second_pass_adds_exactly_the_same_whatever_the_graph(program: Program) -> None:
    root, _ = values_of(program)
    root.backward()
    first = [node.grad for node in toposort(root)]
    zero_grad(root)
    root.backward()
    again = [node.grad for node in toposort(root)]
    root.backward()

    assert list(map(repr, again)) == list(map(repr, first))
    for node, grad in zip(toposort(root), first, strict=True):
        if node.op:
            assert repr(node.grad) == repr(grad), "an inner node shows the last pass only"
        elif len(consumers(root)[node]) == 1:
            assert node.grad == grad + grad or math.isnan(grad)


@given(program=programs())
def test_recalculating_after_an_edit_is_building_anew(program: Program) -> None:
    root, _ = values_of(program)
    edited = Program(tuple(x + 0.25 for x in program.numbers), program.lines)
    fresh, _ = values_of(edited)
    for leaf in leaves(root):
        leaf.data += 0.25
    recalculate(root)

    ours = [repr(node.data) for node in toposort(root)]
    assert ours == [repr(node.data) for node in toposort(fresh)]


def test_recalculate_keeps_constant_exponents_and_numbers_made_by_hand() -> None:
    a = Value(3.0)
    hand = Value(7.0, (a,), "hand")
    out = a**-2 + hand
    a.data = 0.5
    recalculate(out)

    assert out.data == 4.0 + 7.0


@given(program=programs())
def test_descending_a_little_moves_each_parameter_against_its_gradient(program: Program) -> None:
    root, _ = values_of(program)
    parameters = leaves(root)
    root.backward()
    grads = [p.grad for p in parameters]
    assume(all(map(math.isfinite, grads)))
    before = [p.data for p in parameters]
    after = descend(root, parameters, 0.001)

    assert [p.data for p in parameters] == [x - 0.001 * g for x, g in zip(before, grads, strict=True)]
    assert repr(after) == repr(root.data)


def test_descending_the_neuron_by_hand_lowers_its_loss() -> None:
    loss, parameters = EXAMPLES["neuron"].build(())
    losses = [loss.data] + [descend(loss, parameters, 0.02) for _ in range(20)]

    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


def test_stopping_a_walk_half_way_does_not_spoil_the_next() -> None:
    a, b = Value(2.0), Value(3.0)
    out = (a * b) * a
    next(backward_steps(out))
    zero_grad(out)
    out.backward()

    assert (a.grad, b.grad) == (12, 4)
