"""The fold is explained: the count at each stage, every statement with the nodes behind it, in words."""

import re
from functools import cache

import pytest
from hypothesis import given, settings
from random_graphs import Program, programs, values_of

from micrograd_tui.datasets import moons
from micrograd_tui.engine import Value
from micrograd_tui.engine.compile.explain.explain import Folding, explain
from micrograd_tui.engine.compile.from_recording import graph_of, updated
from micrograd_tui.engine.compile.ir.trace import CannotCompile
from micrograd_tui.engine.graph import leaves, toposort
from micrograd_tui.engine.learning.optim import SGD
from micrograd_tui.engine.learning.record_step import record_training_step
from micrograd_tui.engine.origin import scope
from micrograd_tui.engine.recording.record import record
from micrograd_tui.engine.sources.examples import EXAMPLES

pytestmark = pytest.mark.requires("numpy")

SOURCE = re.compile(
    r"[a-z_.]+\((?:[a-z]+\d*(?:_t)?|[\d., ()=+'>:-]|axis|out|where|mode|clip|[a-z.]+)*\)|dvalues\[i\d+\] \+?= .*"
)


def built(name: str) -> tuple[Value, list[Value]]:
    example = EXAMPLES[name]
    root, parameters = example.build(moons(example.rows) if example.rows else ())
    return root, parameters or [leaf for leaf in leaves(root) if leaf.label] or leaves(root)


@cache
def explained(name: str) -> tuple[Folding, list[Value]]:
    root, parameters = built(name)
    return explain(root, parameters), toposort(root)


def assert_every_operation_is_behind_one_line(folding: Folding, nodes: list[Value]) -> None:
    inside = [set(those.nodes) for those in folding.behind]
    behind = [node for line in folding.statement_of.values() for node in folding.nodes_of(line)]

    assert sorted(behind) == [i for i, node in enumerate(nodes) if node.op is not None]
    assert set(folding.statement_of) == {line.array_op for line in folding.statements}
    for i, node in enumerate(nodes):
        array_op = folding.array_op_of[i]
        assert (array_op >= 0) == (node.op is not None)
        assert array_op < 0 or i in inside[array_op]


@pytest.mark.parametrize(("name", "nodes"), [("neuron", 12), ("lecture", 398), ("demo", 65_818)])
def test_the_stages_count_from_the_scalar_nodes_down_to_the_statements(name: str, nodes: int) -> None:
    folding, _ = explained(name)
    counts = [stage.count for stage in folding.stages]

    assert counts[0] == nodes
    assert counts[:-1] == sorted(counts[:-1], reverse=True)
    assert counts[-1] == len(folding.forward)
    assert [line.number for line in folding.statements] == list(range(1, len(folding.statements) + 1))


def test_the_demo_of_65_818_nodes_is_at_most_15_statements() -> None:
    folding, _ = explained("demo")

    assert folding.stages[0].count == 65_818
    assert folding.stages[-1].count <= 15
    assert sum(line.text.startswith("matmul") for line in folding.forward) >= 3


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_operation_is_behind_one_forward_line(name: str) -> None:
    assert_every_operation_is_behind_one_line(*explained(name))


@settings(max_examples=60, deadline=None)
@given(programs())
def test_of_random_graphs_too(program: Program) -> None:
    root, _ = values_of(program)
    if root.op is None:
        return
    half = [leaf for i, leaf in enumerate(leaves(root)) if i % 2 == 0]

    for parameters in (half, leaves(root), []):
        folding = explain(root, parameters)

        assert_every_operation_is_behind_one_line(folding, toposort(root))
        assert all(line.sentence for line in folding.statements)


def test_what_keeps_no_number_of_its_own_is_marked() -> None:
    folding, _ = explained("demo")
    operations, formulas = folding.stages[1].count, folding.stages[3].count

    assert sum(folding.absorbed) == operations - formulas


def test_the_nodes_behind_the_first_matmul_are_the_first_layers_products_and_sums() -> None:
    folding, nodes = explained("demo")
    behind = {"matmul": set[int](), "add": set[int](), "maximum": set[int]()}
    for line in folding.forward:
        scopes = {
            nodes[i].notes.scope.partition("/")[2].partition("/")[0] for i in folding.nodes_of(line)
        }
        if scopes == {"layer[0]"}:
            behind[line.text.partition("(")[0]] |= set(folding.nodes_of(line))

    products = {
        i
        for i, node in enumerate(nodes)
        if node.op and node.op.name == "mul" and "layer[0]" in node.notes.scope
    }
    relus = {
        i
        for i, node in enumerate(nodes)
        if node.op and node.op.name == "relu" and "layer[0]" in node.notes.scope
    }
    assert len(products) == 3200
    assert products <= behind["matmul"]
    assert relus == behind["maximum"]


def test_the_demo_reads_as_the_network_it_is() -> None:
    folding, _ = explained("demo")
    sentences = [line.sentence for line in folding.forward]
    pytorch = " ".join(line.pytorch for line in folding.forward)

    assert any(
        "100 x 2 inputs times 2 x 16 weights: 1,600 dot products of 2 terms become one matmul" in s
        for s in sentences
    )
    assert any(s.startswith("The bias: 16 parameters, each added to 100 sums") for s in sentences)
    assert any("337 parameters, each times itself" in s for s in sentences)
    for layer in (
        "nn.Linear(2, 16)",
        "nn.Linear(16, 16)",
        "nn.Linear(16, 1)",
        "torch.relu(a)",
        "x.sum()",
    ):
        assert layer in pytorch


def test_a_backward_line_says_how_many_contributions_it_adds() -> None:
    folding, _ = explained("demo")
    backward = {line.sentence: line.pytorch for line in folding.backward}
    weights = next(s for s in backward if "Each of 256 weights is in 100 products" in s)
    values = next(s for s in backward if "Each of 1,600 values is in 16 products" in s)

    assert "the += of 25,600 edges in one matmul" in weights
    assert backward[weights] == "W.grad += g.T @ x"
    assert backward[values] == "x.grad += g @ W"


def test_an_op_goes_back_by_the_local_derivative_of_the_table() -> None:
    a = Value(0.5)
    folding = explain(a.tanh(), [a])

    assert "d(tanh(a))/da = 1 - out**2" in folding.backward[0].sentence
    assert folding.backward[0].pytorch == "a.grad += g * (1 - out**2)"


def test_no_text_of_a_user_is_in_the_source_nor_in_the_words() -> None:
    evil = "\x1b]0;x\x07\n__import__('os').system('true')"

    def neuron(label: str) -> Folding:
        with scope(label.replace("/", "")):
            w, x, b = (Value(n, label=label) for n in (0.5, 2.0, 0.25))
            out = (w * x + b).tanh()
            out.label = label
        return explain(out, [w, b])

    hostile, harmless = neuron(evil), neuron("a")

    assert hostile.statements == harmless.statements
    assert hostile.stages == harmless.stages
    assert all(SOURCE.fullmatch(line.text) for line in hostile.statements)


def test_a_foreign_op_is_refused_with_a_sentence() -> None:
    a = Value(1.0)
    own = Value(2.0, (a,), "mystery")

    with pytest.raises(CannotCompile, match="rule of their own"):
        explain(own, [a])


def test_a_recording_folds_as_the_graph_it_was_made_of() -> None:
    root, parameters = built("lecture")
    recording = record_training_step(root, parameters, SGD(parameters, lr=0.1))
    nodes = graph_of(recording)
    again = [nodes[i] for i in updated(recording)]

    assert len(again) == len(parameters)
    assert explain(nodes[recording.root], again).statements == explain(root, parameters).statements


def test_the_ids_are_those_of_the_recording() -> None:
    root, parameters = built("neuron")
    folding, recording = explain(root, parameters), record(root)
    names = [{recording.name(node) for node in folding.nodes_of(line)} for line in folding.forward]

    assert {"w1x1", "w2x2", "sum"} in names
    assert {"loss"} in names
