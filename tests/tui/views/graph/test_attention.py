"""Attention found in a graph by its scopes: heads, queries and keys, following the playback."""

import pytest
from small_gpts import graph, training

from micrograd_tui.engine.origin import scope
from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.engine.recording.playback import Playback
from micrograd_tui.engine.recording.record import record
from micrograd_tui.engine.value import Value
from micrograd_tui.tui.charts.attention import Spot
from micrograd_tui.tui.views.graph.attention import (
    FoundAttention,
    find_attention,
    fold_in_attention,
    heads_at,
    is_backward,
)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record(graph())


@pytest.fixture(scope="module")
def found(recording: Recording) -> FoundAttention:
    attention = find_attention(recording)
    assert attention
    return attention


def test_every_head_has_a_row_a_position_and_a_key_for_each_before(found: FoundAttention) -> None:
    assert [head.name for head in found.heads] == ["layer[0]/head[0]", "layer[0]/head[1]"]
    assert all([len(row) for row in head.rows] == [1, 2, 3, 4] for head in found.heads)
    assert found.heads[0].letters[0] == "begin"


def test_several_documents_have_heads_of_their_own() -> None:
    attention = find_attention(record(training(batch=2).loss_of(0)))

    assert attention
    assert [head.name.partition("[")[0] for head in attention.heads] == ["document", "document"]


def test_a_graph_without_such_scopes_has_none() -> None:
    with scope("layer[0]/head[0]/weights"):
        lone = Value(1.0, label="weight[0]")

    assert find_attention(record(lone * 2)) is None


def test_weights_forward_their_gradients_backward(recording: Recording, found: FoundAttention) -> None:
    playback = Playback(recording)
    weights = heads_at(found, playback, 0, 2)
    playback.jump(0)
    nothing = heads_at(found, playback, 0, 2)
    playback.jump(len(recording))
    gradients = heads_at(found, playback, 0, 2)

    assert all(sum(row) == pytest.approx(1) for head in weights for row in head.rows)  # type: ignore[arg-type]
    assert nothing[0].rows[3] == [None] * 4
    assert is_backward(playback)
    node = found.heads[1].rows[3][2]
    assert gradients[1].rows[3][2] == recording.value(node, "grad", len(recording)) != 0


def test_a_node_is_about_a_head_and_a_query(recording: Recording, found: FoundAttention) -> None:
    weight = found.heads[1].rows[2][1]
    score = next(i for i, own in enumerate(recording.scopes) if own.endswith("layer[0]/head[1]/scores"))

    assert found.place_of(recording, weight, 0) == (1, Spot(2, 1))
    assert found.place_of(recording, score, 0) == (1, Spot(0))
    assert found.place_of(recording, recording.root, 0) is None


def test_steps_go_head_by_head(recording: Recording) -> None:
    passed: list[str] = []
    backward = recording.phases[-1]
    for step in range(backward.start, backward.end):
        node = recording.step_node[step]
        fold = fold_in_attention(recording, node) if node >= 0 else None
        if fold and (not passed or passed[-1] != fold.title):
            passed.append(fold.title)

    heads = [title for title in passed if title.startswith("position[3]") and "head" in title]
    assert [title.rpartition("/")[2] for title in heads if "lm_head" not in title] == [
        "head[1]",
        "head[0]",
    ]
