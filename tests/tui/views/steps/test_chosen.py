"""What a select chose, in words: the row of a table, or the entry."""

from small_gpts import graph

from micrograd_tui.engine.learning.select import select
from micrograd_tui.engine.recording.playback import Playback
from micrograd_tui.engine.recording.record import record
from micrograd_tui.engine.value import Value
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.steps.chosen import chosen
from micrograd_tui.tui.views.steps.selected import selected_lines
from micrograd_tui.tui.views.steps.step import step_lines


def test_the_step_pane_says_which_row_of_which_table() -> None:
    table = [[Value(1.0 * i, label=f"wte[{i},{j}]") for j in range(2)] for i in range(13)]
    recording = record(select(table, 12, "token")[1] * 3)
    node = next(i for i, op in enumerate(recording.ops) if op and op.name == "select")
    playback = Playback(recording)
    playback.jump(
        next(s for s in range(playback.position, len(recording)) if recording.step_node[s] == node) + 1
    )

    sentence = "row 12 of wte, number 1 of it: token is 12"
    assert chosen(recording, node, playback.position) == sentence
    for lines in (
        step_lines(playback, None, node, 80, 8, UNICODE),
        selected_lines(playback, node, 8, UNICODE),
    ):
        assert sentence in ["".join(piece for piece, _ in line) for line in lines]


def test_an_entry_without_a_name_is_told_by_its_place() -> None:
    recording = record(select([Value(1.0), Value(2.0)], 1, "target") * 3)
    node = next(i for i, op in enumerate(recording.ops) if op and op.name == "select")

    assert chosen(recording, node, len(recording)) == "entry 1 of its table: target is 1"


def test_other_nodes_chose_nothing() -> None:
    recording = record(graph())

    told = [i for i in range(recording.node_count) if chosen(recording, i, len(recording))]
    assert all((op := recording.ops[i]) and op.name == "select" for i in told)
    assert not chosen(recording, told[0], 0)
