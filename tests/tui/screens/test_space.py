"""What each size of terminal shows: nodes whole, the drawing whole, one pane alone, numbers beside names."""

import pytest
from screens import opened, pane_lines

from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.graph.drawn import GraphPane
from micrograd_tui.tui.panes.graph.selected import SelectedPane
from micrograd_tui.tui.panes.graph.step import StepPane
from micrograd_tui.tui.panes.graph.table import TablePane
from micrograd_tui.tui.panes.graph.tree import TreePane
from micrograd_tui.tui.screens.stepping import SteppingScreen

NEURON = ["loss", "error", "out", "sum", "w1x1", "w1", "x1", "w2x2", "w2", "x2", "b", "y"]


def graph_lines(screen: SteppingScreen) -> list[str]:
    return pane_lines(screen.query_one(GraphPane))


def drawn_whole(screen: SteppingScreen) -> bool:
    pane = screen.query_one(GraphPane)
    return not pane.max_scroll_x and not pane.max_scroll_y and bool(pane.items)


async def test_at_80x24_all_twelve_nodes_of_the_neuron_are_in_sight() -> None:
    async with opened(size=(80, 24)) as (pilot, screen, _):
        for _step in range(13):
            await pilot.press("n")
            tree = "\n".join(pane_lines(screen.query_one(TreePane)))
            table = "\n".join(pane_lines(screen.query_one(TablePane)))

            assert all(f" {name} " in tree for name in NEURON)
            assert all(f" {name} " in table for name in NEURON)


async def test_at_120x40_the_table_takes_what_its_nodes_need_and_the_step_the_rest() -> None:
    async with opened(size=(120, 40)) as (pilot, screen, _):
        assert screen.query_one(TablePane).region.height == 12 + 2
        assert screen.query_one("#wide-step").region.height == 21
        await pilot.press("v", "v")
        await pilot.pause()
        assert screen.query_one(TablePane).region.height == 12 + 2


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45), (200, 60)])
async def test_the_neuron_is_drawn_whole_at_every_step(size: tuple[int, int]) -> None:
    async with opened(size=size) as (pilot, screen, _):
        await pilot.press("v")
        for _step in range(13):
            await pilot.press("n")
            text = "\n".join(graph_lines(screen))

            assert drawn_whole(screen)
            assert all(name in text for name in NEURON)


async def test_from_160x45_on_the_drawing_stands_beside_the_tree_with_all_its_numbers() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, _):
        await pilot.press("f")
        text = "\n".join(graph_lines(screen))

        assert screen.query_one(TreePane).region.right <= screen.query_one(GraphPane).region.x
        assert drawn_whole(screen)
        for number in ("3.062", "1.75", "2.75", "-1.5", "0.25", "-5.25", "+7"):
            assert number in text


async def test_going_backward_edges_carry_the_contribution_and_point_to_the_parent() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, _):
        await pilot.press("N")
        assert not any("◂" in line for line in graph_lines(screen))
        await pilot.press("n", "n", "n", "n")
        lines = graph_lines(screen)

        assert sum("+1.75─" in line for line in lines) == 2  # error*error uses one node twice
        assert any("◂" in line and "+3.5─" in line for line in lines)
        assert any("-3.5─" in line for line in lines)


async def test_a_node_that_is_used_twice_by_one_has_two_edges_to_it() -> None:
    async with opened("accumulate", size=(160, 45)) as (_pilot, screen, __):
        drawing = screen.query_one(GraphPane).drawing

        assert drawing
        ends = [wire[-1] for wire in drawing.wires]
        assert len(set(ends)) == len(ends) == 4


async def test_0_makes_boxes_large_and_fits_them_again() -> None:
    async with opened(size=(80, 24)) as (pilot, screen, _):
        await pilot.press("v", "0")
        assert not drawn_whole(screen)
        await pilot.press("0")
        assert drawn_whole(screen)


async def test_w_fills_the_screen_with_any_pane_and_brings_all_back() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, _):
        before = {pane.id: pane.region for pane in screen.query(Painted)}
        for name in ("tree", "graph", "table", "wide-step", "selected"):
            screen.query_one(f"#{name}").focus()
            await pilot.press("w")
            await pilot.pause()
            assert screen.query_one(f"#{name}").size.width == 160
            assert screen.query_one(f"#{name}").region.height == 40
            await pilot.press("n", "N", "w")
            await pilot.pause()
            assert {pane.id: pane.region for pane in screen.query(Painted)} == before


async def test_w_shows_the_tree_where_there_is_room_for_the_step_only() -> None:
    async with opened(size=(40, 12)) as (pilot, screen, _):
        await pilot.press("w")
        await pilot.pause()
        assert "loss" in pane_lines(screen.query_one(TreePane))[0]
        await pilot.press("w")
        await pilot.pause()
        assert screen.query_one("#step").region.height == 8


async def test_w_fills_the_screen_with_the_step_below_the_other_panes() -> None:
    async with opened(size=(80, 24)) as (pilot, screen, _):
        screen.query_one("#step").focus()
        await pilot.press("n", "w")
        await pilot.pause()
        assert screen.query_one("#step").region.height == 19
        assert not screen.query_one("#panes").display
        await pilot.press("w")
        await pilot.pause()
        assert screen.query_one("#step").region.height == 5
        assert screen.query_one("#panes").display


async def test_gradients_stand_near_the_names() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, _):
        await pilot.press("f")
        line = pane_lines(screen.query_one(TreePane))[1]

        assert line.index("+3.5") - line.index("error = out-y") < 50


async def test_every_other_row_of_a_wide_list_is_shaded() -> None:
    async with opened(size=(160, 45)) as (_pilot, screen, _):
        tree = screen.query_one(TreePane)
        shaded = [any("shaded" in style for _, style in tree.line(y)) for y in range(4)]

        assert shaded == [False, True, False, True]


async def test_the_selected_nodes_ledger_stands_apart_from_the_steps() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, session):
        await pilot.press("n", "n", "n", "G", "up")
        assert session.recording.name(session.selected) == "y"
        await pilot.press("f", "g", "down")
        selected = "\n".join(pane_lines(screen.query_one(SelectedPane)))
        step = "\n".join(pane_lines(screen.query_one("#wide-step", StepPane)))

        assert selected.startswith("error = out-y")
        assert "2 of 2 contributions to its gradient" in selected
        assert "error" not in step


async def test_the_demo_draws_its_scopes() -> None:
    async with opened("demo", size=(160, 45)) as (pilot, screen, _):
        await pilot.press("n", "n")
        text = "\n".join(graph_lines(screen))

        assert drawn_whole(screen)
        for box in ("layer[0]", "100 samples", "mean of 100 samples", "L2", "loss"):
            assert box in text


async def test_what_is_opened_beyond_the_pane_is_told_and_0_folds_it_to_fit() -> None:
    async with opened("lecture", size=(80, 40)) as (pilot, screen, _):
        await pilot.press("v", "w", "2")
        pane = screen.query_one(GraphPane)
        opened_wide = not pane.in_sight
        title = str(pane.border_title)
        await pilot.press("0")
        await pilot.pause()

        assert opened_wide
        assert title == "graph, larger than the pane; 0 folds it to fit"
        assert pane.in_sight
        assert drawn_whole(screen)


async def test_at_80x24_the_contributions_of_a_step_stand_on_its_wires() -> None:
    async with opened(size=(80, 24)) as (pilot, screen, _):
        await pilot.press("v", "n", "n")
        wires = "\n".join(graph_lines(screen))

        assert wires.count("+1.75") == 2  # error*error: an edge for each factor
