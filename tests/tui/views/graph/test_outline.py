"""The outline, the folded graph and the ledger: what the panes draw, without a terminal."""

from hypothesis import given
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value, record, scope
from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.engine.sources.examples import EXAMPLES
from micrograd_tui.tui.views.graph.boxes import FoldedGraph
from micrograd_tui.tui.views.graph.outline import Outline
from micrograd_tui.tui.views.steps.ledger import Ledger


def lecture() -> Recording:
    return record(EXAMPLES["lecture"].build(())[0])


@given(program=programs())
def test_every_node_stands_once_as_itself_and_every_edge_has_a_row(program: Program) -> None:
    recording = record(values_of(program)[0])
    outline = Outline(recording)
    outline.open_all()
    rows = list(outline)

    assert sorted(row.node for row in rows if row.kind == "node") == list(range(recording.node_count))
    assert len(rows) == 1 + len(recording.parent_ids)


@given(program=programs(), data=st.data())
def test_folding_and_opening_again_changes_nothing(program: Program, data: st.DataObject) -> None:
    outline = Outline(record(values_of(program)[0]))
    for _ in range(5):
        before = list(outline)
        index = data.draw(st.integers(0, len(outline) - 1))
        outline.toggle(index)
        assert outline[index] == before[index]
        for _ in range(2 if outline.sum_of(before[index]) else 1):
            outline.toggle(index)  # a sum has three states: folded, its terms, its additions too
        assert list(outline) == before
        outline.toggle(index)


@given(data=st.data())
def test_a_hidden_node_is_found_under_its_fold_and_revealed(data: st.DataObject) -> None:
    recording = RECORDING
    outline = Outline(recording)
    outline.fold_to(data.draw(st.integers(1, 4)))
    for _ in range(3):
        outline.toggle(data.draw(st.integers(0, len(outline) - 1)))
    node = data.draw(st.integers(0, recording.node_count - 1))
    hiding = outline[outline.nearest(node)]

    assert hiding.node == node or outline.tree.place_of[node] in outline.hidden_in(hiding)
    row = outline[outline.reveal(node)]
    assert (row.kind, row.node) == ("node", node)


RECORDING = lecture()


def mean_of(samples: int) -> Value:
    """A mean of products, each in a scope of its own, as a mini-batch has it."""
    weight, losses = Value(2.0), []
    for i in range(samples):
        with scope(f"sample[{i}]"):
            losses.append((weight * i).tanh())
    with scope("mean"):
        return sum(losses[1:], losses[0]) * (1 / samples)


def scopes_of(outline: Outline) -> list[str]:
    return [row.scope for row in outline if row.kind == "scope"]


def test_a_mean_of_samples_is_one_row_and_its_children_are_the_samples_in_the_order_of_the_code() -> None:
    outline = Outline(record(mean_of(16)))
    mean, *rows = outline
    flat = outline.sum_of(mean)

    assert flat
    assert flat.text("Σ") == "mean of 16 samples"
    assert [row.scope for row in rows] == [f"sample[{i}]" for i in range(16)]
    assert {row.depth for row in rows} == {mean.depth + 1}


def test_a_folded_or_open_sample_leaves_the_order_as_it_is() -> None:
    outline = Outline(record(mean_of(4)))
    for index in (1, 3, 0):
        outline.toggle(index)
        outline.reveal(0)

        assert scopes_of(outline) == [f"sample[{i}]" for i in range(4)]


def test_the_additions_of_a_sum_are_hidden_by_its_row_until_it_is_opened_further() -> None:
    recording = record(mean_of(16))
    outline = Outline(recording)
    additions = [n for n, op in enumerate(recording.ops) if op and op.name == "add"]

    assert len(additions) == 15
    assert all(outline.hidden_by(node) == outline[0] for node in additions)
    assert len(outline.hidden_in(outline[0])) == 15 + 1  # and the factor
    outline.toggle(0)
    assert [row.node for row in outline if row.depth == 1][16:31] == additions  # behind the samples
    assert {outline[i].depth for i in range(1, 16)} == {1}
    assert outline.hidden_by(additions[3]) is None
    outline.toggle(0)
    assert len(outline) == 1
    outline.toggle(0)
    assert len(outline) == 17


def test_the_zero_at_which_sum_starts_is_a_part_and_a_named_addition_is_a_term() -> None:
    a, b, c, d = (Value(2.0, label=name) for name in "abcd")
    named = a + b
    named.label = "named"
    total = sum([named, c, d, a])
    assert isinstance(total, Value)
    outline = Outline(record(total))

    assert [outline.recording.name(row.node) for row in outline][1:] == ["named", "a", "b", "c", "d", "a"]
    flat = outline.sum_of(outline[0])
    assert flat
    assert flat.text("sum of") == "sum of 4 terms"


def test_a_neurons_weighted_sum_is_flat_and_no_tree_of_the_demo_is_deep() -> None:
    outline = Outline(RECORDING)
    neuron = next(
        n for n, scope in enumerate(RECORDING.scopes) if scope == "sample[0]/layer[0]/neuron[0]"
    )
    top = max(n for n in outline.tree.sums if RECORDING.scopes[n] == RECORDING.scopes[neuron])

    assert outline.tree.sums[top].text("Σ") == "Σ 4 terms"
    assert max(outline.tree.depths) < 25


def test_scopes_have_headings_that_start_folded() -> None:
    outline = Outline(RECORDING)
    headings = [row.scope for row in outline if row.kind == "scope"]

    assert headings == ["sample[0]", "sample[1]", "sample[2]", "sample[3]"]
    assert outline.sizes["sample[0]"] == 88


def test_a_folded_scope_is_one_box_and_opening_all_shows_every_node() -> None:
    graph = FoldedGraph(RECORDING)
    items, edges = graph.draw()

    assert sum(item.scope.startswith("sample") for item in items) == 4
    assert all(source != target for source, target in edges)
    graph.open_all()
    items, edges = graph.draw()
    assert len(items) == RECORDING.node_count
    assert len(edges) == len(RECORDING.parent_ids)


def test_a_scope_whose_folding_would_make_a_circle_is_opened() -> None:
    from micrograd_tui.engine import Value, scope

    a = Value(1.0)
    with scope("x"):
        b = a * 2
    c = b + 1
    with scope("x"):
        d = c * b
    items, _ = FoldedGraph(record(d)).draw()

    assert not any(item.scope for item in items)


@given(program=programs(), data=st.data())
def test_a_ledger_adds_up_to_the_gradient(program: Program, data: st.DataObject) -> None:
    recording = record(values_of(program)[0])
    node = data.draw(st.integers(0, recording.node_count - 1))
    position = data.draw(st.integers(recording.phases[1].start, len(recording)))
    ledger = Ledger(recording, node, position)
    total = 0.0
    for entry in ledger.entries(0, len(ledger)):
        if entry.received:
            total += entry.amount or 0.0

    assert repr(total) == repr(recording.value(node, "grad", position)) or total == 0
    assert ledger.waiting == sum(not entry.received for entry in ledger.entries(0, len(ledger)))


def test_a_long_ledger_is_windowed_around_what_came_last() -> None:
    recording = record(EXAMPLES["lecture"].build(())[0])
    node = max(range(recording.node_count), key=lambda n: len(recording.cell_history(n, "grad")))
    position = recording.step_of_write(recording.cell_history(node, "grad")[2]) + 1
    ledger = Ledger(recording, node, position)
    first, last = ledger.window(2)

    assert last - first == 2
    assert first <= ledger.received <= last
