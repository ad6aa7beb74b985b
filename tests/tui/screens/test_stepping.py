"""Every key of the stepping screen, pressed."""

import math
from pathlib import Path

import pytest
from screens import opened, pane_lines, shown
from textual.widgets import Input, Static

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.keys import KEYS
from micrograd_tui.tui.panes.bars import LossPane, TitleBar
from micrograd_tui.tui.panes.graph.drawn import GraphPane
from micrograd_tui.tui.panes.graph.step import StepPane
from micrograd_tui.tui.panes.graph.table import TablePane
from micrograd_tui.tui.panes.graph.tree import TreePane
from micrograd_tui.tui.screens.glossary import GlossaryScreen
from micrograd_tui.tui.screens.help import HelpScreen

SIZES = [(80, 24), (160, 45)]


@pytest.mark.parametrize("size", SIZES)
async def test_n_walks_to_the_leaves_and_N_back_to_the_screen_as_it_was(size: tuple[int, int]) -> None:
    async with opened(size=size) as (pilot, screen, session):
        seen = [shown(screen)]
        for step in range(1, 14):
            await pilot.press("n")
            assert session.playback.status == f"backward {step} of 13"
            seen.append(shown(screen))
        assert len(set(seen)) == 14
        for before in reversed(seen[:-1]):
            await pilot.press("N")
            assert shown(screen) == before
        assert all(session.playback.value(node, "grad") == 0 for node in range(12))


async def test_a_phase_mark_is_a_stop_with_a_note_and_the_next_press_crosses_it() -> None:
    async with opened() as (pilot, _, session):
        await pilot.press("N")
        assert session.playback.status == "forward 11 of 12"
        await pilot.press("n")
        assert session.playback.status == "backward 0 of 13"
        assert "press n again" in session.note
        await pilot.press("n")
        assert session.playback.status == "backward 1 of 13"
        assert session.note == ""
        await pilot.press("N")
        assert "N to go back into forward" in session.note


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ("f", "backward 13 of 13"),
        ("n n F", "backward 0 of 13"),
        ("F", "forward 0 of 12"),
        ("p", "backward 13 of 13"),
        ("P", "forward 0 of 12"),
        ("P p", "backward 0 of 13"),
        ("c", "backward 13 of 13"),
        ("c C", "forward 0 of 12"),
        ("home", "forward 0 of 12"),
        ("end", "backward 13 of 13"),
        ("colon 7 enter", "backward 7 of 13"),
        ("colon 9 9 enter", "backward 0 of 13"),
        ("colon n o d e space w 1 enter", "backward 11 of 13"),
        ("colon 7 escape", "backward 0 of 13"),
    ],
)
async def test_movement_keys(keys: str, status: str) -> None:
    async with opened() as (pilot, _, session):
        await pilot.press(*keys.split())

        assert session.playback.status == status


async def test_breakpoints_stop_finish_and_continue_in_both_directions() -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press("n", "n", "n", "b", "P")
        await pilot.press("f")
        assert session.playback.status == "backward 3 of 13"
        assert "stopped" in session.note
        await pilot.press("c", "C")
        assert session.playback.status == "backward 3 of 13"
        assert any("●" in line for line in pane_lines(screen.query_one(TablePane)))
        await pilot.press("b")
        assert session.breakpoints.stops == []


async def test_conditions_are_asked_for_and_an_unreadable_one_is_refused_in_a_note() -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press("B", *"|grad|", "greater_than_sign", "5", "enter")
        assert [stop.text for stop in session.breakpoints.stops] == ["|grad| > 5"]
        await pilot.press("c")
        assert session.playback.status == "backward 7 of 13"
        await pilot.press("B", *"what", "enter")
        assert "nothing here is called" in session.note
        assert screen.query_one("#note").display
        await pilot.press("B", "enter")
        assert session.breakpoints.stops == []


async def test_t_runs_to_the_selected_node() -> None:
    async with opened() as (pilot, screen, session):
        screen.query_one(TablePane).focus()
        await pilot.press("G", "t")

        assert session.recording.name(session.selected) == "x1"
        assert session.playback.status == "backward 13 of 13"


async def test_space_plays_and_pauses_plus_and_minus_set_the_pace() -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press(*["plus"] * 5, "space")
        await pilot.pause(0.4)
        await pilot.press("space")
        reached = session.playback.position
        assert reached > 12
        await pilot.pause(0.2)
        assert session.playback.position == reached
        speed = screen.player.speed
        await pilot.press("minus")
        assert screen.player.speed == speed - 1


async def test_playing_stops_at_the_end() -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press(*["plus"] * 5, "f", "N", "space")
        await pilot.pause(0.5)

        assert session.playback.status == "backward 13 of 13"
        assert screen.player.timer is None


async def test_u_descends_and_the_sparkline_gains_a_point() -> None:
    async with opened() as (pilot, screen, session):
        for _ in range(4):
            await pilot.press("end", "u")
        await pilot.press("end")

        assert session.descent.losses == sorted(session.descent.losses, reverse=True)
        assert len(session.descent.losses) == 5
        (line,) = pane_lines(screen.query_one(LossPane))
        assert sum(ch in "▁▂▃▄▅▆▇█" for ch in line) == 5
        (title,) = pane_lines(screen.query_one(TitleBar))
        assert "training step 5 of 5" in title


async def test_n_passes_over_the_folded_box_of_the_drawing_and_s_opens_it() -> None:
    async with opened("lecture", size=(120, 40)) as (pilot, screen, session):
        await pilot.press("v", *"nnnn")
        assert "passed over sample[3], 88 nodes" in session.note
        text = "\n".join(pane_lines(screen.query_one("#wide-step", StepPane)))
        assert "backward through sample[3], 88 nodes" in text
        await pilot.press("s")
        await pilot.pause()

        assert "sample[2]" in screen.graph.open
        assert session.playback.status == "backward 95 of 399"
        await pilot.press("N", "v", "N")
        assert session.playback.status == "backward 6 of 399"  # in the tree it is folded still


async def test_s_opens_the_folded_row_it_goes_into() -> None:
    async with opened("lecture") as (pilot, screen, session):
        await pilot.press(*"nnns")
        await pilot.pause()

        assert [r for r in screen.outline if r.kind == "node" and r.node == session.selected]
        assert session.note.startswith("into sample[3]")


async def test_playing_goes_on_over_what_is_folded() -> None:
    async with opened("lecture") as (pilot, _, session):
        await pilot.press(*["plus"] * 5, *"nnn", "space")
        await pilot.pause(0.5)

        assert session.playback.position >= 399 + 398 - 16
        await pilot.press("space")


async def test_the_learning_rate_can_be_set_and_nonsense_is_refused() -> None:
    async with opened() as (pilot, _, session):
        await pilot.press("L", "0", ".", "2", "enter")
        assert session.descent.learning_rate == 0.2
        await pilot.press("L", "n", "a", "n", "enter")
        assert session.descent.learning_rate == 0.2
        assert "finite number" in session.note


async def test_a_graph_without_parameters_says_so() -> None:
    async with opened("diamond") as (pilot, _, session):
        await pilot.press("u")

        assert "no parameters" in session.note


async def test_inputs_and_consumers_are_jumped_to() -> None:
    async with opened() as (pilot, _, session):
        await pilot.press("i")
        assert session.recording.name(session.selected) == "error"
        await pilot.press("i")
        assert session.recording.name(session.selected) == "out"
        await pilot.press("o")
        assert session.recording.name(session.selected) == "error"


async def test_search_finds_names_ops_and_scopes_and_goes_on() -> None:
    async with opened("lecture") as (pilot, screen, session):
        await pilot.press("slash", *"tanh", "enter")
        first = session.selected
        assert session.recording.name(first).startswith("tanh")
        await pilot.press("full_stop")
        second = session.selected
        assert second < first
        await pilot.press("comma")
        assert session.selected == first
        row = screen.query_one(TreePane).outline[screen.query_one(TreePane).cursor]
        assert row.node == first
        await pilot.press("slash", *"nowhere", "enter")
        assert "no node matches" in session.note


async def test_folding_keys() -> None:
    async with opened("lecture") as (pilot, screen, _):
        outline = screen.outline
        folded = len(outline)
        await pilot.press("e")
        everything = len(outline)
        await pilot.press("E")
        assert len(outline) == folded < everything
        await pilot.press("2")
        assert folded < len(outline) < everything
        await pilot.press("g", "left")
        assert len(outline) == 1
        await pilot.press("right")
        assert len(outline) > 1
        terms = len(outline)
        await pilot.press("enter")  # the root is a sum: then its additions
        assert len(outline) > terms
        await pilot.press("enter")
        assert len(outline) == 1


async def test_enter_on_a_reference_jumps_to_the_node_itself() -> None:
    async with opened() as (pilot, screen, _):
        tree = screen.query_one(TreePane)
        await pilot.press("G")
        assert tree.outline[tree.cursor].kind == "reference"
        await pilot.press("enter")

        row = tree.outline[tree.cursor]
        assert (row.kind, screen.session.recording.name(row.node)) == ("node", "error")


async def test_rows_are_moved_through_and_the_ledger_is_the_selected_nodes() -> None:
    async with opened(size=(120, 40)) as (pilot, screen, session):
        await pilot.press("f", "g", "j", "down", "k", "pagedown", "pageup", "g")
        await pilot.press("down")
        assert session.recording.name(session.selected) == "error"
        text = "\n".join(pane_lines(screen.query_one("#wide-step", StepPane)))
        assert "error.grad +3.5  complete, 2 of 2" in text


async def test_v_swaps_the_tree_and_the_drawing_and_the_drawing_follows() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, session):
        await pilot.press("v", "n", "n")
        graph = screen.query_one(GraphPane)
        assert graph.display
        assert not screen.query_one(TreePane).display
        assert any("┏" in line for line in pane_lines(graph))
        await pilot.press("left")
        assert session.recording.name(session.selected) == "error"
        await pilot.press("h", "l", "j", "k", "up", "down", "right")
        await pilot.press("v")
        assert screen.query_one(TreePane).display


@pytest.mark.parametrize("size", SIZES)
async def test_the_drawing_scrolls_back_to_what_was_there_before(size: tuple[int, int]) -> None:
    async with opened(size=size) as (pilot, screen, _):
        await pilot.press("v")
        await pilot.pause()
        graph, seen = screen.query_one(GraphPane), []
        for _step in range(13):
            seen.append(pane_lines(graph))
            await pilot.press("n")
        for before in reversed(seen):
            await pilot.press("N")
            assert pane_lines(graph) == before


async def test_on_a_narrow_screen_the_drawing_has_the_whole_width() -> None:
    async with opened(size=(80, 24)) as (pilot, screen, _):
        await pilot.press("v")
        await pilot.pause()
        assert screen.query_one(GraphPane).size.width == 80
        await pilot.press("v")
        await pilot.pause()
        assert screen.query_one(TablePane).size.width > 30


async def test_scopes_fold_in_the_drawing() -> None:
    async with opened("lecture", size=(160, 45)) as (pilot, screen, _):
        await pilot.press("v")
        graph = screen.query_one(GraphPane)
        folded = len(graph.items)
        await pilot.press("2")
        assert len(graph.items) > folded
        await pilot.press("E")
        assert len(graph.items) == folded
        scope = next(item for item in graph.items if item.scope.startswith("sample"))
        graph._select(scope)
        await pilot.pause()
        await pilot.press("enter")
        assert len(graph.items) > folded
        await pilot.press("enter")
        assert len(graph.items) == folded


async def test_too_many_boxes_are_told_not_drawn() -> None:
    async with opened("chain") as (pilot, screen, _):
        await pilot.press("v", "n")
        await pilot.pause()

        assert "at most 500" in pane_lines(screen.query_one(GraphPane))[0]


async def test_the_timeline_takes_the_arrow_keys_and_the_mouse() -> None:
    async with opened() as (pilot, screen, session):
        timeline = screen.query_one("#timeline")
        timeline.focus()
        await pilot.press("right", "right")
        assert session.playback.status == "backward 2 of 13"
        await pilot.press("left")
        assert session.playback.status == "backward 1 of 13"
        await pilot.click("#timeline", offset=(79, 0))
        assert session.playback.status == "backward 13 of 13"
        await pilot.click("#timeline", offset=(0, 0))
        assert session.playback.status == "forward 0 of 12"


async def test_the_mouse_selects_rows() -> None:
    async with opened() as (pilot, _, session):
        await pilot.click("#tree", offset=(5, 2))
        assert session.recording.name(session.selected) == "error"
        await pilot.click("#table", offset=(5, 4))
        assert session.recording.name(session.selected) == "y"


async def test_tab_goes_round_the_panes() -> None:
    async with opened() as (pilot, _, __):
        went = []
        for _i in range(5):
            went.append(pilot.app.focused.id if pilot.app.focused else None)
            await pilot.press("tab")
        await pilot.press("shift+tab")

        assert went == ["tree", "table", "step", "timeline", "tree"]


async def test_help_lists_the_keys_and_closes() -> None:
    async with opened() as (pilot, screen, _):
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape")
        assert pilot.app.screen is screen
        await pilot.press("f1")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("q")
        assert pilot.app.screen is screen


@pytest.mark.parametrize("size", SIZES)
async def test_a_second_question_mark_tells_twelve_words_with_their_signs(size: tuple[int, int]) -> None:
    async with opened(size=size) as (pilot, screen, _):
        await pilot.press("question_mark", "question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, GlossaryScreen)
        box = pilot.app.screen.query_one("#glossary")
        text = str(pilot.app.screen.query_one("#glossary-text", Static).content)
        for sign in "▶✱●↗○✓":
            assert sign in text
        for word in ("local derivative", "incoming gradient", "chain rule", "topological order"):
            assert word in text
        assert box.max_scroll_y == 0
        await pilot.press("question_mark")
        assert pilot.app.screen is screen


async def test_a_shows_all_digits_of_the_step_and_again_those_that_matter() -> None:
    async with opened("(a/b).tanh()", "a=1", "b=3", size=(120, 40)) as (pilot, screen, _):
        pane = screen.query_one("#wide-step", StepPane)
        await pilot.press("N", "a")
        assert any(repr(1 / 3) in line for line in pane_lines(pane))
        await pilot.press("a")
        assert not any(repr(1 / 3) in line for line in pane_lines(pane))
        assert any("0.3333" in line for line in pane_lines(pane))


async def test_the_title_of_the_step_says_in_which_order_a_phase_goes() -> None:
    async with opened(size=(80, 24)) as (pilot, screen, _):
        pane = screen.query_one("#step", StepPane)
        assert pane.border_title == "step: in topological order, inputs first"
        await pilot.press("n")
        assert pane.border_title == "step: the chain rule, in reverse topological order"


async def test_the_tree_grows_while_forward_computes() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, _):
        tree = screen.query_one(TreePane)
        await pilot.press("home")
        heights = []
        for _ in range(13):
            heights.append(sum(bool(line.strip()) and "○" not in line for line in pane_lines(tree)))
            await pilot.press("n")
        assert heights[0] == 0
        assert heights == sorted(heights)
        assert heights[-1] == len(screen.outline)


async def test_the_palette_finds_every_action_by_name() -> None:
    async with opened() as (pilot, screen, session):
        assert isinstance(pilot.app, MicrogradApp)
        for view in ("tree", "drawing"):
            offered = [command.title for command in pilot.app.get_system_commands(screen)]
            for key in KEYS:
                if key.context in ("graph", view, "timeline") and key.action != "command_palette":
                    assert any(title.startswith(key.label) for title in offered), key
            await pilot.press("v")
        await pilot.press("v", "ctrl+p", *"finish", "enter", "enter")
        await pilot.pause()
        assert session.playback.status == "backward 13 of 13"


async def test_export_writes_the_recording_and_the_trace_and_never_overwrites(tmp_path: Path) -> None:
    async with opened() as (pilot, screen, session):
        for name in ("run.json", "run.txt"):
            await pilot.press("x")
            screen.query_one(Input).value = str(tmp_path / name)
            await pilot.press("enter")
            assert session.note.startswith("wrote")
        await pilot.press("x")
        screen.query_one(Input).value = str(tmp_path / "run.json")
        await pilot.press("enter")
        assert "is there already" in session.note
        await pilot.press("x", *"a.png", "enter")
        assert "FILE.json or FILE.txt" in session.note

    assert (tmp_path / "run.txt").read_text().startswith("neuron: 12 nodes")
    async with opened(str(tmp_path / "run.json")) as (_, screen, session):
        assert session.recording.node_count == 12


@pytest.mark.parametrize("target", ["neuron", "lecture", "diamond"])
async def test_at_40x12_the_position_and_the_step_show_and_no_number_is_clipped(target: str) -> None:
    async with opened(target, size=(40, 12)) as (pilot, screen, session):
        for _ in range(min(40, len(session.recording) - session.playback.position)):
            await pilot.press("n")
            (title,) = pane_lines(screen.query_one(TitleBar))
            assert session.playback.status in title
            pane = screen.query_one("#step", StepPane)
            assert pane.region.height >= 6
            for line in pane_lines(pane):
                if " = " in line or "→" in line:
                    assert "…" not in line or "visit" in line


async def test_numbers_are_whole_at_every_width() -> None:
    async with opened("(a/3)*b", "a=-1.23456789e-200", "b=-9.87654321e+150", size=(80, 24)) as (
        pilot,
        screen,
        _,
    ):
        await pilot.press("f")
        lines = pane_lines(screen.query_one(TablePane))

        assert any("-1.235e-200" in line or "-1.23e-200" in line for line in lines)
        assert any("-9.877e150" in line for line in lines)


async def test_q_leaves() -> None:
    async with opened() as (pilot, _, __):
        await pilot.press("q")
        await pilot.pause()

        assert pilot.app.return_code == 0


async def test_loading_shows_progress_and_ends_in_the_stepping_screen() -> None:
    from micrograd_tui.tui.screens.opening import OpeningScreen
    from micrograd_tui.tui.screens.stepping import SteppingScreen
    from micrograd_tui.tui.sessions.target import Target

    app = MicrogradApp(Target("demo"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.screen, OpeningScreen)
        for _ in range(300):
            await pilot.pause(0.1)
            if isinstance(app.screen, SteppingScreen):
                break
        await pilot.press("n", "e", "n", "E", "n")

        assert isinstance(app.screen, SteppingScreen)
        assert app.screen.session.playback.status == "backward 679 of 65819"  # L2 is folded, then
        assert not math.isnan(app.screen.session.descent.losses[0])
