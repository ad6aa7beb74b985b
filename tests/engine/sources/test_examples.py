"""The bundled graphs, the data they are made of, and what the engine may import."""

import re
import subprocess
import sys

import pytest

from micrograd_tui.datasets import moons
from micrograd_tui.engine import record, toposort
from micrograd_tui.engine.learning.descent import descend
from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.engine.sources.examples import EXAMPLES


def test_the_default_is_a_neuron_of_exactly_twelve_labelled_nodes() -> None:
    root, parameters = EXAMPLES["neuron"].build(())
    nodes = toposort(root)

    assert len(nodes) == 12
    assert all(node.label for node in nodes)
    assert [p.label for p in parameters] == ["w1", "w2", "b"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_has_as_many_nodes_as_it_says(name: str) -> None:
    example = EXAMPLES[name]
    root, parameters = example.build(moons(example.rows) if example.rows else ())
    nodes = toposort(root)

    assert example.summary
    assert len(nodes) == example.nodes
    assert set(parameters) <= set(nodes)


def test_moons_are_two_even_halves_the_same_for_the_same_seed() -> None:
    rows = moons(101, noise=0.05, seed=3)

    assert rows == moons(101, noise=0.05, seed=3)
    assert rows != moons(101, noise=0.05, seed=4)
    assert sorted(label for _, label in rows) == [-1.0] * 51 + [1.0] * 50
    assert all(-1.5 < x < 2.5 and -1 < y < 1.5 for (x, y), _ in rows)


def test_the_engine_loads_no_terminal_library_and_no_numpy() -> None:
    code = (
        "import sys, micrograd_tui.engine;"
        "print([m for m in ('textual', 'rich', 'numpy', 'torch', 'json') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"


def _recorded(name: str) -> tuple[Recording, dict[str, int]]:
    recording = record(EXAMPLES[name].build(())[0])
    return recording, {label: node for node, label in recording.labels.items()}


@pytest.mark.parametrize("name", ["neuron", "accumulate", "diamond", "forgotten", "branch"])
def test_no_contribution_of_a_small_example_is_zero(name: str) -> None:
    recording, _ = _recorded(name)
    backward = next(phase for phase in recording.phases if phase.name == "backward")
    writes = [w for k in range(backward.start, backward.end) for w in recording.step_at(k).writes]

    assert writes
    assert all(abs(write.amount or 0.0) > 0.01 for write in writes)


def test_where_zero_grad_is_forgotten_the_gradient_ends_with_the_wrong_sign() -> None:
    recording, node = _recorded("forgotten")
    end = len(recording)
    history = recording.cell_history(node["w"], "grad")

    assert recording.value(node["w"], "grad", 0) == pytest.approx(16)
    assert recording.value(node["w"], "grad", end) == pytest.approx(12.8)
    assert recording.write_amount[history[-1]] == pytest.approx(-3.2)


def test_of_an_if_only_what_ran_is_in_the_graph() -> None:
    recording, node = _recorded("branch")

    ops = [op.name for i in range(recording.node_count) if (op := recording.ops[i])]
    assert sorted(ops) == ["mul", "sub", "sub"]
    assert recording.value(node["x"], "grad", len(recording)) == 2 * 3 - 2


def test_a_dead_relu_gives_its_weights_no_gradient_and_an_update_moves_none() -> None:
    loss, parameters = EXAMPLES["dead"].build(())
    before = [p.data for p in parameters]

    assert descend(loss, parameters, 0.1) == loss.data == 1.0
    assert [p.data for p in parameters] == before


def test_every_line_says_what_to_look_at_or_to_press() -> None:
    for example in EXAMPLES.values():
        assert re.search(r": (watch|see|find|m shows)|: .*watch", example.summary), example.name
