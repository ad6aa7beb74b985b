"""What flows along the edges of the drawing, and the numbers in its smallest boxes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.engine.recording.playback import Playback
from micrograd_tui.tui.charts.dag import draw
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.graph.box_text import SIZES, BoxText, short
from micrograd_tui.tui.views.graph.boxes import FoldedGraph
from micrograd_tui.tui.views.graph.flow import Flow, Flows


def flows_of(target: str) -> tuple[FoldedGraph, Flows, Playback]:
    graph = FoldedGraph(Target(target).open().recording)
    graph.draw()
    return graph, Flows(graph.uses), Playback(graph.recording)


def test_going_backward_an_edge_has_carried_what_its_node_contributed() -> None:
    graph, flows, playback = flows_of("accumulate")  # out = square + a, square = a * a
    assert [flows.of(playback, edge) for edge in range(4)] == [None] * 4
    playback.jump(playback.position + 2)  # the seed, then out
    assert [flows.of(playback, edge) for edge in range(4)] == [
        None,
        None,
        Flow(True, True, 1.0),
        Flow(True, True, 1.0),
    ]
    playback.next()
    assert [flows.of(playback, edge) for edge in range(4)] == [
        Flow(True, True, 3.0),
        Flow(True, True, 3.0),
        Flow(True, False, 1.0),
        Flow(True, False, 1.0),
    ]
    assert graph.uses == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_going_forward_the_edges_into_the_node_just_made_flow_to_it() -> None:
    _, flows, playback = flows_of("accumulate")

    assert [flows.of(playback, edge) for edge in range(4)] == [None] * 4  # at the mark before backward
    playback.back()
    playback.next()
    playback.jump(2)
    assert flows.of(playback, 0) == Flow(False, True, None)
    assert flows.of(playback, 2) is None


def test_the_edges_of_a_folded_sum_carry_what_its_additions_contributed() -> None:
    graph, flows, playback = flows_of("a+b+c+d")
    playback.jump(len(graph.recording))

    assert [flow.amount for edge in range(4) if (flow := flows.of(playback, edge))] == [1.0] * 4


@given(x=st.floats(), digits=st.integers(5, 10), signed=st.booleans())
def test_a_short_number_is_near_the_number(x: float, digits: int, signed: bool) -> None:
    text = short(x, digits, signed)

    if not math.isfinite(x):
        assert text == (f"{x:+}" if signed and not math.isnan(x) else str(x))
    elif len(text) <= digits:
        assert float(text) == pytest.approx(x, rel=0.5)
    assert len(text) <= 10


@pytest.mark.parametrize("size", SIZES)
def test_what_stands_in_a_box_fits_into_it_at_every_size(size: object) -> None:
    graph = FoldedGraph(Target("lecture").open().recording)
    graph.fold_to(2)
    items, edges = graph.draw()
    for text in (BoxText(graph, UNICODE, each) for each in SIZES if each == size):
        specs = [text.spec(i, item) for i, item in enumerate(items)]
        drawing = draw(specs, edges, tail=text.size.tail)
        for spec, item in zip(specs, items, strict=True):
            lines = text.lines(item, spec.width - 2, Playback(graph.recording), frozenset(), False)
            assert all(sum(len(piece) for piece, _ in line) == spec.width - 2 for line in lines)
            assert len(lines) <= drawing.boxes[spec.key].height
