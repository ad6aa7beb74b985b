"""The bundled graphs, the data they are made of, and what the engine may import."""

import subprocess
import sys

import pytest

from micrograd_tui.datasets import moons
from micrograd_tui.engine import toposort
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
