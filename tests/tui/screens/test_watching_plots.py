"""The plots of the watching screen: its axis by itself, many numbers of a script, many runs."""

import math
from pathlib import Path

from frozen_runs import frozen, watched
from screens import pane_lines

from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.screens.watching import WatchingScreen


def plot_title(screen: WatchingScreen) -> str:
    return str(screen.query_one("#plot", Painted).border_title)


def text_of(screen: WatchingScreen, name: str) -> str:
    return "\n".join(pane_lines(screen.query_one(f"#{name}", Painted)))


async def test_a_range_of_decades_has_a_log_axis_by_itself_until_y_says_otherwise(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(200):
            run.log(step=step, loss=math.exp(-step / 20))
    async with watched(run.store) as (pilot, screen, _):
        assert plot_title(screen) == "loss, log axis (y: linear), 5 steps a column"
        await pilot.press("y")
        await pilot.pause()
        assert plot_title(screen) == "loss, 5 steps a column"
        await pilot.press("y")
        await pilot.pause()
        assert plot_title(screen) == "loss, log axis, 5 steps a column"


async def test_the_numbers_of_a_script_are_small_multiples_with_their_validation(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(50):
            numbers = {f"metric{i}": step * i for i in range(1, 9)}
            run.log(step=step, train_loss=1.0, val_loss=2.0, train_acc=0.5, val_acc=0.25, **numbers)
    async with watched(run.store, size=(160, 45)) as (pilot, screen, session):
        shown = text_of(screen, "multiples")

        assert [session.display.quantity.name, session.display.plotted_name] == ["loss", "train_loss"]
        assert "training 1" in text_of(screen, "plot")
        assert "o validation 2" in text_of(screen, "plot")
        assert "acc 0.5  o validation 0.25" in shown
        assert all(f"metric{i}" in shown for i in range(1, 9))
        await pilot.press("n")
        await pilot.pause()
        assert "loss 1  o validation 2" in text_of(screen, "multiples")


async def test_what_has_no_room_among_them_is_counted(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(50):
            run.log(step=step, loss=1.0, **{f"metric{i}": step * i for i in range(12)})
    async with watched(run.store, size=(80, 24)) as (_, screen, _session):
        assert "10 more: n plots the next" in str(screen.query_one("#multiples", Painted).border_title)


async def test_runs_that_are_compared_have_a_legend_and_a_table_of_what_differs(tmp_path: Path) -> None:
    for i in range(10):
        with frozen(tmp_path, f"run-{i}", lr=0.01 * (i + 1)):
            pass
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (pilot, screen, session):
            await pilot.press("c", *"run-*", "enter")
            await pilot.pause()
            numbers, plot = text_of(screen, "numbers"), text_of(screen, "plot")
            table = [line.split() for line in numbers.split("\n")]

            assert len(session.comparison.others) == 10
            assert session.comparison.differing == ["lr"]
            assert table[0] == ["at", "119", "run's", "best", "val", "lr"]
            assert [row[-1] for row in table[2:12]] == [f"{0.01 * (i + 1):.4g}" for i in range(10)]
            for sign, other in zip("abcdefghij", session.comparison.others, strict=True):
                loss = other.by_name["loss"].at(119)
                assert f"{sign} {other.store.name} {loss:.4g}" in plot
            await pilot.press("c", "enter")
            await pilot.pause()
            assert not session.comparison.others
            assert text_of(screen, "numbers").split()[:2] == ["last", "best"]


async def test_a_pattern_that_no_run_matches_is_said(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, _, session):
            await pilot.press("c", *"zz*", "enter")
            await pilot.pause()

            assert session.note == "no run matches that"


async def test_the_best_loss_is_said_to_be_the_mean_of_an_epoch(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (_, screen, session):
            best = session.best("loss")
            losses = list(store.metrics().loss)
            means = [sum(losses[i : i + 21]) / 21 for i in range(0, 105, 21)]

            assert best
            assert math.isclose(best[0], min(means))
            assert "epoch mean" in text_of(screen, "numbers")
