"""The watching screen: what it shows in which room, and what it bears."""

import threading
from array import array
from pathlib import Path

import pytest
from frozen_runs import frozen, tell, train_on, until, watched
from screens import pane_lines
from small_runs import config, stored
from textual.color import Color

from micrograd_tui.engine.learning import predict_batch as evaluate
from micrograd_tui.engine.learning.state import State
from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.palette import GROUNDS, palette
from micrograd_tui.tui.screens import watching
from micrograd_tui.tui.screens.moment import MomentScreen
from micrograd_tui.tui.screens.watching import WatchingScreen
from micrograd_tui.tui.sessions.run.series import RunSeries

HOSTILE = "\x1b[2J[red]\x07‮evil[/red]"


def shown(screen: WatchingScreen) -> str:
    panes = [pane for pane in screen.query(Painted) if pane.display and pane.region]
    return "\n".join(line for pane in panes for line in pane_lines(pane))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (160, 45), (60, 15), (20, 5)])
async def test_state_step_and_loss_are_seen_in_any_room(tmp_path: Path, size: tuple[int, int]) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=size) as (_, screen, session):
            assert session.headline[: size[0] - 3] in pane_lines(screen.query_one("#title", Painted))[0]
            assert screen.query_one("#loss").region
            assert all(len(line) <= size[0] for line in shown(screen).split("\n"))


@pytest.mark.parametrize(
    ("size", "seen", "unseen"),
    [
        ((40, 12), {"plot"}, {"boundary", "events", "numbers", "histogram", "parameters"}),
        ((80, 24), {"plot", "boundary", "events", "numbers"}, {"histogram", "parameters", "confusion"}),
        ((120, 40), {"plot", "boundary", "events", "numbers", "parameters"}, {"histogram", "confusion"}),
        ((160, 45), {"plot", "boundary", "events", "numbers", "parameters", "histogram"}, {"confusion"}),
    ],
)
async def test_a_pane_shows_where_there_is_room(
    tmp_path: Path, size: tuple[int, int], seen: set[str], unseen: set[str]
) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=size) as (_, screen, _session):
            there = {name for name in seen | unseen if screen.query_one(f"#{name}").region}

            assert there == seen


async def test_in_the_smallest_room_v_goes_round_with_the_plot(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(40, 12)) as (pilot, screen, _):
            seen = []
            for _ in range(5):
                await pilot.press("v")
                await pilot.pause()
                names = ("plot", "boundary", "confusion", "parameters", "histogram")
                seen.append([name for name in names if screen.query_one(f"#{name}").region])

            assert seen == [["boundary"], ["confusion"], ["parameters"], ["histogram"], ["plot"]]


async def test_nothing_is_repainted_while_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (pilot, screen, session):
            # A thread works them out once the screen has begun to tick.
            await until(pilot, lambda: bool(session.model.gradients))
            screen.sync_panes()
            await pilot.pause()
            painted: list[object] = []
            monkeypatch.setattr(
                Painted, "refresh", lambda pane, *regions, **_: painted.append((pane, regions))
            )
            for _ in range(5):
                assert not session.poll()
                screen.sync_panes()
            await pilot.pause(0.5)  # the screen's own ticks

            assert painted == []


async def test_a_live_tick_shows_what_was_written(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, screen, _):
            train_on(store, 20)
            screen.scheduler.pace.ready = lambda: True
            screen.tick()
            await pilot.pause(0.2)

            assert "running 139/200" in shown(screen)


async def test_a_dead_trainer_and_a_vanished_store_are_said_in_the_title(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, screen, _):
            screen.scheduler.pace.ready = lambda: True
            store.path.unlink()
            screen.tick()
            await pilot.pause()

            assert "gone 119" in shown(screen)
    with frozen(tmp_path) as store:
        pass
    async with watched(store) as (pilot, screen, _):
        assert "died 119" in shown(screen)
        await pilot.press("q")

        assert screen.app.return_code == 0


async def test_hostile_names_and_texts_are_only_text(tmp_path: Path) -> None:
    settings = {
        "inputs": (HOSTILE, "y"),
        "target": HOSTILE,
        "classes": (HOSTILE, "b"),
        "dataset": HOSTILE,
    }
    made = config("fine").to_json() | {"name": HOSTILE} | settings
    store = Store.create(
        tmp_path / "run.sqlite", type(config()).from_json(made), [((0.0, 0.0), 0.0), ((1.0, 1.0), 1.0)]
    )
    tell(store, (0, "health", HOSTILE), (1, HOSTILE, HOSTILE * 50))
    async with watched(store, size=(120, 40)) as (pilot, screen, _):
        for _ in range(3):
            await pilot.press("v", "n")
            await pilot.pause()
            text = shown(screen)

            assert "evil" in text
            assert not {"\x1b", "\x07", "‮"} & set(text)
            titles = " ".join(str(pane.border_title) for pane in screen.query(Painted))
            assert not {"\x1b", "\x07", "‮"} & set(titles)


async def test_a_click_on_the_plot_moves_the_cursor(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, _, session):
            await pilot.click("#plot", offset=(8, 5))

            assert session.cursor == 0


async def test_typed_answers_reach_the_session(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, _, session):
            await pilot.press("colon", *"30", "enter")
            await pilot.press("L", *"0.25", "enter")
            await pilot.pause()

            assert session.cursor == 30
            assert [(o.kind, o.value) for o in store.orders()] == [("lr", 0.25)]


@pytest.mark.parametrize(("keys", "step"), [("", 119), ("left", 117), ("home", 0), ("end", 119)])
async def test_the_moment_that_opens_is_the_step_named_while_the_history_is_read(
    tmp_path: Path, keys: str, step: int
) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, _, session):
            session.frozen = True  # no more is read
            session.series = RunSeries(store, chunk=20)
            session.series.read(120)
            assert session.reading == "reading 17%"
            await pilot.press(*keys.split(), "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, MomentScreen))

            assert f"training step {step}" in pane_lines(pilot.app.screen.query_one("#title", Painted))[0]


async def test_the_titles_say_which_step_the_model_is_of_until_it_is_exact(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (pilot, screen, session):
            titled = ("boundary", "parameters", "histogram")
            await pilot.press("colon", *"47", "enter")
            await pilot.pause()
            titles = [str(screen.query_one(f"#{name}", Painted).border_title) for name in titled]
            assert all(", as of step 40" in title for title in titles)
            await until(pilot, lambda: bool(session.model.gradients))
            screen.sync_panes()
            titles = [str(screen.query_one(f"#{name}", Painted).border_title) for name in titled]
            assert not any("as of" in title for title in titles)


async def test_a_moment_opens_on_its_first_sample_and_u_applies_the_update(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(120, 40)) as (pilot, screen, _):
            await pilot.press("colon", *"47", "enter", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, MomentScreen))
            moment = pilot.app.screen
            assert isinstance(moment, MomentScreen)
            tree = "\n".join(pane_lines(moment.query_one("#tree", Painted)))

            assert "training step 47" in pane_lines(moment.query_one("#title", Painted))[0]
            assert moment.sample in tree
            assert tree.count("▸ sample[") == 3
            await pilot.press("u")
            assert "backward pass must come first" in moment.session.note
            await pilot.press("f", "u")
            assert moment.session.playback.status == "update 1 of 17"
            await pilot.press("u")
            await pilot.pause()
            assert "parameters moved" in pane_lines(moment.query_one("#note", Painted))[0]
            moved = [line for line in pane_lines(moment.query_one("#table", Painted)) if "✱" in line]
            assert moved
            assert all("layer[" in line for line in moved)
            await pilot.press("escape")
            assert pilot.app.screen is screen


async def test_a_run_that_has_not_begun_is_an_empty_screen(tmp_path: Path) -> None:
    async with watched(stored(tmp_path)) as (pilot, screen, _):
        await pilot.press("enter", "n", "z", "y")
        await screen.workers.wait_for_complete()

        assert "stopped 0/200" in shown(screen)


@pytest.mark.parametrize("signs", ["ascii", "unicode"])
async def test_without_utf_8_all_signs_are_ascii(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signs: str
) -> None:
    monkeypatch.setenv("MICROGRAD_TUI_GLYPHS", signs)
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (_, screen, _session):
            assert shown(screen).isascii() == (signs == "ascii")


async def test_few_colours_show_the_boundary_in_shades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROGRAD_TUI_GLYPHS", "unicode")
    with frozen(tmp_path) as store:
        async with watched(store, theme="micrograd-ansi-dark") as (pilot, screen, _):
            await pilot.pause()
            screen.sync_panes()
            text = "\n".join(pane_lines(screen.query_one("#boundary", Painted)))

            assert "▀" not in text
            assert "▒" in text or "░" in text
            assert "o" in text
            assert "x" in text


async def test_what_a_script_never_logs_is_not_shown(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(20):
            run.log(step=i, loss=1 / (i + 1), acc=i / 20)
    async with watched(run.store) as (_, screen, _session):
        numbers = pane_lines(screen.query_one("#numbers", Painted))

        assert [line.split() for line in numbers[1:] if line] == [
            ["loss", "0.05", "0.05", "19"],
            ["acc", "0.95", "0.95", "19"],
        ]
        assert "nan" not in shown(screen)


def luminance(colour: Color) -> float:
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour.rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", ["micrograd-dark", "micrograd-light"])
async def test_a_point_can_be_read_on_every_ground(tmp_path: Path, theme: str) -> None:
    async with watched(stored(tmp_path), theme=theme) as (pilot, _, _session):
        styles = palette(pilot.app)
        for name in GROUNDS:
            if name.startswith("point"):
                style = styles[name]
                assert style.color
                assert style.bgcolor
                a, b = sorted(luminance(Color.from_rich_color(c)) for c in (style.color, style.bgcolor))

                assert (b + 0.05) / (a + 0.05) >= 4.5, name


async def test_the_help_begins_with_the_keys_of_a_run(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(120, 40)) as (pilot, _, _session):
            await pilot.press("question_mark")
            await pilot.pause()
            text = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())

        assert text.index("Steer the run") < text.index("In the event log")
        assert "pause the run, or let it go" in text


@pytest.mark.requires("numpy")
async def test_the_first_frame_does_not_wait_for_numpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = threading.Event()
    real = evaluate.prepare
    monkeypatch.setattr(evaluate, "ready", there.is_set)
    monkeypatch.setattr(watching, "ready", there.is_set)
    monkeypatch.setattr(watching, "prepare", lambda: there.wait(10) and real())
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, screen, _):
            boundary = screen.query_one("#boundary", Painted)
            before = pane_lines(boundary)
            there.set()
            await screen.workers.wait_for_complete()
            await pilot.pause()

            assert not any(line.strip() for line in before)
            assert any(line.strip() for line in pane_lines(boundary))


async def test_the_fit_curve_shows_beyond_the_points_it_goes_through(tmp_path: Path) -> None:
    made = config("line", hidden=(), loss="mse").to_json() | {"inputs": ("x",), "classes": ()}
    rows = [((x / 8 - 1,), x / 8 - 1) for x in range(17)]
    store = Store.create(tmp_path / "line.sqlite", type(config()).from_json(made), rows)
    writer = Writer(store.path, 1_000_000, journal="delete")
    writer.checkpoint(State(0, array("d", [1.0, 0.0]), []), None)
    writer.commit("stopped", 0, 200, 0.0)
    writer.close()
    async with watched(store, size=(80, 24)) as (_, screen, _session):
        drawn = "".join(pane_lines(screen.query_one("#fit", Painted)))

        assert "o" in drawn
        assert any(0x2800 < ord(ch) <= 0x28FF for ch in drawn)


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_the_question_of_q_has_all_its_answers_in_sight(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with frozen(tmp_path) as store:
        asked = await question(store, size)

    assert all(answer in asked for answer in ("leave it running", "stop it and leave", "stay"))


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_the_question_of_q_offers_no_stop_that_a_script_would_not_take(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        asked = await question(run.store, size)

    assert all(words in asked for words in ("leave it running", "stay", "takes no such order"))
    assert "stop it and leave" not in asked


async def question(store: Store, size: tuple[int, int]) -> str:
    """What `q` asks, all of it in sight."""
    async with watched(store, size=size) as (pilot, _, _session):
        await pilot.press("q")
        await pilot.pause()
        screen = pilot.app.screen

        assert screen.region.contains_region(screen.query_one("#leaving").region)
        return "\n".join(strip.text for strip in screen._compositor.render_strips())


async def test_w_fills_the_screen_with_any_pane_of_a_run_and_brings_all_back(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (pilot, screen, _):
            before = {pane.id: pane.region for pane in screen.query(Painted)}
            for name in ("plot", "numbers", "boundary", "parameters", "histogram", "events"):
                screen.query_one(f"#{name}").focus()
                await pilot.press("w")
                await pilot.pause()
                filled = {pane.id for pane in screen.query("#run-panes Painted") if pane.region.area}
                assert filled == {name}
                assert screen.query_one(f"#{name}").region.size == (160, 41)
                await pilot.press("w")
                await pilot.pause()
                assert {pane.id: pane.region for pane in screen.query(Painted)} == before


async def test_v_goes_through_the_views_while_one_fills_the_screen(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(80, 24)) as (pilot, screen, _):
            screen.query_one("#boundary").focus()
            await pilot.press("w", "v")
            await pilot.pause()

            assert screen.query_one("#confusion").region.width == 80
            assert not screen.query_one("#boundary").region.area


async def test_the_drawing_of_a_moment_keeps_its_sample_apart_from_the_others(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (pilot, _, __):
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, MomentScreen))
            moment = pilot.app.screen
            assert isinstance(moment, MomentScreen)
            boxes = [item.scope for item in moment.graph.draw()[0]]

            assert boxes.count(moment.sample) == 1  # a box of its own; opened it fits no screen
