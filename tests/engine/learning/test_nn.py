"""The bundled networks and graphs: the same every time, and micrograd's numbers."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from micrograd_tui.datasets import moons
from micrograd_tui.engine import Value, record, toposort
from micrograd_tui.engine.learning.nn import MLP, Layer, Neuron
from micrograd_tui.engine.sources.examples import EXAMPLES

COUNTS = {
    "neuron": 12,
    "accumulate": 3,
    "diamond": 8,
    "forgotten": 6,
    "branch": 4,
    "dead": 13,
    "readme": 33,
    "chain": 2000,
    "demo": 65_800,
}


def build(name: str) -> tuple[Value, list[Value]]:
    example = EXAMPLES[name]
    return example.build(moons(example.rows) if example.rows else ())


def test_the_examples_are_the_ones_of_the_issue_each_with_a_line() -> None:
    assert set(EXAMPLES) == {*COUNTS, "lecture", "moons", "gpt"}
    assert all(example.name == name for name, example in EXAMPLES.items())
    assert all(e.summary and "\n" not in e.summary for e in EXAMPLES.values())
    assert [e.name for e in EXAMPLES.values() if e.slow] == ["gpt", "demo"]


@pytest.mark.parametrize("name", COUNTS)
def test_node_counts_are_the_ones_of_the_issue(name: str) -> None:
    assert len(toposort(build(name)[0])) == pytest.approx(COUNTS[name], rel=0.01)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "demo"])
def test_an_example_is_the_same_every_time_and_records(name: str) -> None:
    (root, parameters), (again, _) = build(name), build(name)
    log = record(root)
    root.backward()

    assert [n.data for n in toposort(root)] == [n.data for n in toposort(again)]
    assert [log.value(i, "grad", len(log)) for i in range(log.node_count)] == [
        node.grad for node in toposort(root)
    ]
    assert all(p.op is None for p in parameters)


def test_the_small_graphs_are_what_their_line_says() -> None:
    out, _ = build("accumulate")
    out.backward()
    (a,) = (node for node in toposort(out) if node.label == "a")

    assert a.grad == 2 * a.data + 1
    loss, parameters = build("neuron")
    assert loss.data == 1.75**2
    loss.backward()
    assert [p.grad for p in parameters] == [2 * 1.75 * x for x in (2.0, -1.0, 1.0)]


def test_the_readme_expression_has_the_readmes_numbers() -> None:
    root, _ = build("readme")
    root.backward()
    grads = {node.label: node.grad for node in toposort(root) if node.label in ("a", "b")}

    assert f"{root.data:.4f}" == "24.7041"
    assert f"{grads['a']:.4f}" == "138.8338"
    assert f"{grads['b']:.4f}" == "645.5773"


@pytest.mark.parametrize(("name", "scopes"), [("lecture", 4), ("demo", 100)])
def test_every_sample_is_a_scope(name: str, scopes: int) -> None:
    nodes = toposort(build(name)[0])
    samples = {node.scope.partition("/")[0] for node in nodes if node.scope.startswith("sample[")}

    assert samples == {f"sample[{i}]" for i in range(scopes)}


@pytest.mark.requires("micrograd")
@pytest.mark.parametrize("sizes", [[1], [3, 1], [4, 4, 2]])
def test_our_network_computes_what_micrograds_does(sizes: Sequence[int]) -> None:
    import micrograd.engine
    import micrograd.nn

    random.seed(3)
    theirs = micrograd.nn.MLP(2, list(sizes))
    ours = MLP(2, sizes, rng=random.Random(3))
    results: list[list[float]] = []
    for model, kind in ((ours, Value), (theirs, micrograd.engine.Value)):
        made: Any = model([kind(0.5), kind(-1.5)])
        out: Any = sum(made) if isinstance(made, list) else made
        out.backward()
        results.append([out.data, *(p.grad for p in model.parameters())])

    assert results[0] == pytest.approx(results[1], rel=1e-12)
    assert repr(ours) == repr(theirs)
    assert len(ours.parameters()) == len(theirs.parameters())


def test_zero_grad_of_a_model_is_zero_grad_of_its_parameters() -> None:
    model = MLP(2, [2, 1])
    out = model([1.0, 1.0])
    out.backward()
    model.zero_grad()

    assert [p.grad for p in model.parameters()] == [0.0] * 9
    assert out.grad == 1.0


def test_a_layer_of_one_gives_a_value_and_a_layer_of_more_a_list() -> None:
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert len(Layer(2, 3)([1.0, 2.0])) == 3
    assert Neuron(2, nonlin=False)([1.0, 2.0])._op == "+"
    assert Neuron(2)([1.0, 2.0])._op == "ReLU"


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_hidden_layers_have_the_activation_and_the_last_is_linear(activation: str) -> None:
    model = MLP(2, [3, 1], activation=activation)
    made = {node.scope: node.op.symbol for node in toposort(model([1.0, 2.0])) if node.op}

    assert {made[f"layer[0]/neuron[{i}]"] for i in range(3)} == {activation}
    assert made["layer[1]/neuron[0]"] == "+"
    assert [n.nonlin for layer in model.layers for n in layer.neurons] == [True] * 3 + [False]


def test_a_linear_network_is_sums_and_products_only() -> None:
    out = MLP(2, [3, 1], activation="linear")([1.0, 2.0])

    assert {node._op for node in toposort(out) if node.op} == {"+", "*"}


def test_a_layer_of_one_neuron_feeds_the_next() -> None:
    out = MLP(2, [1, 1, 2], activation="tanh")([1.0, 2.0])

    assert len(out) == 2
    assert all(isinstance(node, Value) for node in out)


def test_an_unknown_activation_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="no activation is called 'gelu'; there are relu, tanh"):
        MLP(2, [3, 1], activation="gelu")


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
def test_the_activation_changes_no_weight(activation: str) -> None:
    plain, other = MLP(2, [3, 1], rng=random.Random(1)), MLP(2, [3, 1], activation, random.Random(1))

    assert [p.data for p in plain.parameters()] == [p.data for p in other.parameters()]


@pytest.mark.requires("micrograd")
def test_micrograds_own_demo_loop_trains_as_on_its_own_engine() -> None:
    """The lecture's loop: forward, zero_grad, backward, update, on both networks."""
    import micrograd.engine
    import micrograd.nn

    random.seed(5)
    theirs = micrograd.nn.MLP(2, [4, 1])
    ours = MLP(2, [4, 1], rng=random.Random(5))
    losses: list[list[float]] = []
    for model, kind in ((ours, Value), (theirs, micrograd.engine.Value)):
        column = []
        for _ in range(10):
            parts = [(1 + -y * model([kind(v) for v in x])).relu() for x, y in moons(8)]
            loss: Any = sum(parts) * (1.0 / 8) + 1e-4 * sum(p * p for p in model.parameters())
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.5 * p.grad
            column.append(loss.data)
        losses.append(column)

    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert losses[0][-1] < losses[0][0]
