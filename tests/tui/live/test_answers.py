"""What answers a key comes first; what takes longer waits for it, and follows."""

import gc
import math
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from frozen_runs import frozen, watched
from textual.app import App
from textual.events import Key

from micrograd_tui.tui.charts.series import BLOCK, Series, Window
from micrograd_tui.tui.keys import Do
from micrograd_tui.tui.live.background import Cancelled, Task
from micrograd_tui.tui.live.durations import KEY_ANSWER
from micrograd_tui.tui.live.gc_policy import FULL, PASSES, collect_due, settle
from micrograd_tui.tui.live.type_ahead import TypeAhead
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.run.boundary import BoundaryPane
from micrograd_tui.tui.panes.run.plot import PlotPane
from micrograd_tui.tui.sessions.replay import Moments

pytestmark = pytest.mark.requires("numpy")


async def test_the_plot_answers_a_bracket_and_the_boundary_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(120, 40)) as (pilot, _, session):
            painted: list[type] = []
            own = Painted.repaint

            def noted(pane: Painted, lines: Any) -> None:
                painted.extend([type(pane)] if lines else [])
                own(pane, lines)

            monkeypatch.setattr(Painted, "repaint", noted)
            await pilot.press("home")
            await pilot.pause(0.2)

            assert session.cursor == 0
            assert painted.index(PlotPane) < painted.index(BoundaryPane)


async def test_the_boundary_follows_again_after_a_moment_was_opened_at_once(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(120, 40)) as (pilot, screen, session):
            screen.do(Do(lambda s: s.scrubbing.go_start()))
            screen.action_open_moment()
            await pilot.pause(2.0)
            await pilot.press("escape")
            await pilot.pause(0.2)
            boundary = screen.query_one(BoundaryPane)
            screen.do(Do(lambda s: s.scrubbing.scrub_steps(100)))
            await pilot.pause(0.2)

            assert session.model.state is not None
            assert session.model.state.step > 0
            assert boundary.stale() == []


async def never(key: Key) -> None:
    raise AssertionError(key)


def test_what_computes_waits_while_a_key_is_answered_and_a_frame_made() -> None:
    drawing = [True]
    keys = TypeAhead(App(), never)
    waits = threading.Thread(target=Task(keys, lambda: drawing[0]).checkpoint)
    waits.start()
    time.sleep(2 * KEY_ANSWER)
    assert waits.is_alive()

    keys._last = time.monotonic()
    drawing[0] = False
    time.sleep(KEY_ANSWER / 3)
    assert waits.is_alive() or not keys.fresh

    waits.join(5)
    assert not waits.is_alive()
    assert not keys.fresh


def test_what_computes_is_cancelled_when_nobody_looks_any_more(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        task = Task(TypeAhead(App(), never), lambda: True)
        moments = Moments(store)
        found: list[object] = []

        def work() -> None:
            try:
                found.append(moments.details(47, task.checkpoint))
            except Cancelled:
                found.append(None)

        works = threading.Thread(target=work)
        works.start()
        time.sleep(0.1)
        assert found == []

        task.cancel()
        works.join(20)
        assert found == [None]


def test_a_full_collection_waits_until_nobody_types() -> None:
    gc.collect()
    before = gc.get_stats()[2]["collections"]
    try:
        settle()
        for _ in range((PASSES + 1) * (FULL + 2)):
            kept: list[list[int]] = [[] for _ in range(1100)]
            collect_due(quiet=0.1)
            del kept
        assert gc.get_stats()[2]["collections"] == before + 1  # that of `settle`

        collect_due(quiet=5.0)
        assert gc.get_stats()[2]["collections"] == before + 2
    finally:
        gc.unfreeze()
        gc.set_threshold(700, 10, 10)


@pytest.mark.parametrize("window", [(0, 9_999, 72), (130, 4_321, 7), (9_990, 30_000, 60), (64, 127, 1)])
def test_a_bucket_of_many_blocks_is_what_its_values_are(window: tuple[int, int, int]) -> None:
    values = [random.Random(i).gauss(0, 1) for i in range(150 * BLOCK)]
    series, seen = Series(), Window(*window)
    for step, value in enumerate(values):
        series.add(step, value)
        if step % 1000 == 999:
            series.buckets(seen)  # blocks are made as the series grows

    parts = [values[seen.start(i) : seen.start(i + 1)] for i in range(seen.count)]
    found = series.buckets(seen)
    wanted = [(min(part), math.fsum(part) / len(part), max(part)) for part in parts if part]
    assert [bucket.low for bucket in found] == [low for low, _, _ in wanted]
    assert [bucket.mean for bucket in found] == pytest.approx([mean for _, mean, _ in wanted])
    assert [bucket.high for bucket in found] == [high for _, _, high in wanted]
