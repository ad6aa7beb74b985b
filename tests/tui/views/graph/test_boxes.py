"""The graph with folded scopes is the graph with each folded scope drawn together, at any fold."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, apply_value, programs

from micrograd_tui.engine import Value, record, scope
from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.views.graph.boxes import MAX_BOXES, FoldedGraph, Item, TooMany

SCOPES = ["", "a", "a/b", "a/c", "d", "d/b"]


@st.composite
def scoped(draw: st.DrawFn) -> Recording:
    """A random program whose values stand in random scopes."""
    program: Program = draw(programs())

    def apply(name: str, *operands: Value) -> Value:
        with scope(draw(st.sampled_from(SCOPES))):
            return apply_value(name, *operands)

    return record(program.run(Value, apply)[0])


def folds(graph: FoldedGraph, data: st.DataObject) -> None:
    """Fold and open at random."""
    graph.fold_to(data.draw(st.integers(1, 3)))
    for _ in range(data.draw(st.integers(0, 4))):
        node = data.draw(st.integers(0, graph.recording.node_count - 1))
        graph.toggle(graph.item_of(node))


@given(recording=scoped(), data=st.data())
@settings(max_examples=60)
def test_every_node_is_in_one_box_and_every_edge_between_boxes_is_drawn(
    recording: Recording, data: st.DataObject
) -> None:
    graph = FoldedGraph(recording)
    folds(graph, data)
    items, edges = graph.draw()
    box = [items.index(graph.item_of(node)) for node in range(recording.node_count)]
    crossing = {
        (box[parent], box[node])
        for node in range(recording.node_count)
        for parent in recording.parents(node)
        if box[parent] != box[node]
    }

    assert len(set(items)) == len(items)
    assert set(box) == set(range(len(items)))
    assert set(edges) == crossing


@given(recording=scoped(), data=st.data())
@settings(max_examples=60)
def test_an_open_node_keeps_an_edge_for_each_argument(recording: Recording, data: st.DataObject) -> None:
    graph = FoldedGraph(recording)
    folds(graph, data)
    items, edges = graph.draw()
    for i, item in enumerate(items):
        if not item.scope:
            into = [source for source, target in edges if target == i]
            assert into == [items.index(graph.item_of(parent)) for parent in inputs_of(graph, item)]


def inputs_of(graph: FoldedGraph, item: Item) -> list[int]:
    """The arguments of a node; of a folded sum its terms, those in one folded scope counted once."""
    flat, ids = graph.folded_sum(item), graph.recording.parent_ids
    if flat is None:
        return list(graph.recording.parents(item.node))
    boxes: dict[Item | tuple[Item, int], int] = {}
    for edge in flat.terms:
        box = graph.item_of(ids[edge])
        boxes.setdefault(box if box.scope else (box, edge), ids[edge])
    return list(boxes.values())


@given(recording=scoped(), data=st.data())
@settings(max_examples=60)
def test_what_is_drawn_has_no_circle(recording: Recording, data: st.DataObject) -> None:
    graph = FoldedGraph(recording)
    folds(graph, data)
    items, edges = graph.draw()
    left = set(range(len(items)))
    while ready := {
        i for i in left if not any(target == i and source in left for source, target in edges)
    }:
        left -= ready

    assert not left


def test_toggling_a_scope_opens_it_and_toggling_a_node_in_it_folds_it() -> None:
    recording = Target("lecture").open().recording
    graph = FoldedGraph(recording)
    folded = graph.draw()
    node = next(n for n in range(recording.node_count) if recording.scopes[n].startswith("sample[2]/"))
    assert graph.item_of(node) == Item(-1, "sample[2]")
    seen = [graph.item_of(node)]
    while seen[-1].scope:
        graph.toggle(seen[-1])
        seen.append(graph.item_of(node))

    assert seen[-1] == Item(node)
    assert all(inner.scope.startswith(f"{outer.scope}/") for outer, inner in pairwise(seen[:-1]))
    graph.fold_to(1)
    assert graph.draw() == folded


def test_more_than_five_hundred_boxes_are_refused_by_their_number() -> None:
    graph = FoldedGraph(Target("moons").open().recording)
    graph.open_all()

    with pytest.raises(TooMany, match="1,662 boxes; at most 500"):
        graph.draw()
    assert MAX_BOXES == 500


def test_the_largest_demo_is_drawn_folded() -> None:
    graph = FoldedGraph(Target("demo").open().recording)
    items, edges = graph.draw()
    scopes = [item.scope for item in items if item.scope]

    assert scopes == ["layer[0]", "layer[1]", "layer[2]", "100 samples", "L2"]
    assert max(Counter(target for _, target in edges).values()) <= 4


def test_however_deep_the_demo_is_opened_no_box_has_more_than_a_hundred_wires() -> None:
    graph = FoldedGraph(Target("demo").open().recording)
    widest = 0
    for opened in ("L2", "100 samples", "100 samples/sample[3]", "100 samples/sample[3]/layer[1]"):
        graph.open.add(opened)
        _, edges = graph.draw()
        widest = max(widest, *Counter(target for _, target in edges).values())

    assert widest == 100  # the mean of 100 samples, which somebody has asked to see one by one


def test_a_sum_is_one_box_until_it_is_opened() -> None:
    graph = FoldedGraph(Target("a+b+c+d").open().recording)
    items, edges = graph.draw()
    assert len(items) == 5
    assert len(edges) == 4
    (total,) = (item for item in items if graph.folded_sum(item))
    graph.toggle(total)
    items, edges = graph.draw()
    assert len(items) == 7
    assert len(edges) == 6
    graph.toggle(graph.item_of(total.node))
    assert len(graph.draw()[0]) == 5


def test_a_use_of_a_node_is_known_of_each_edge_that_stands_for_one() -> None:
    recording = Target("accumulate").open().recording
    graph = FoldedGraph(recording)
    _, edges = graph.draw()

    assert edges == [(0, 1), (0, 1), (1, 2), (0, 2)]
    assert graph.uses == [(1, 0), (1, 1), (2, 0), (2, 1)]
