"""The session behind the watching screen: it follows a store, and orders go through it."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from frozen_runs import frozen, tell, train_on
from small_runs import stored

from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.sessions.replay import Moments
from micrograd_tui.tui.sessions.run.kept import kept_at
from micrograd_tui.tui.sessions.run.orders import PACES, Orders
from micrograd_tui.tui.sessions.run.series import RunSeries
from micrograd_tui.tui.sessions.watching import WatchSession


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with frozen(tmp_path) as made:
        yield made


@pytest.fixture
def session(store: Store) -> WatchSession:
    return WatchSession(store, clock=lambda: 0.0, wall=lambda: 0.0)


def orders(store: Store) -> list[tuple[str, float | None]]:
    return [(order.kind, order.value) for order in store.orders()]


# Following


def test_the_headline_says_state_step_and_loss(session: WatchSession, store: Store) -> None:
    loss = store.metrics(119).loss[0]

    assert session.headline == f"running 119/200 last loss {loss:.4g}"


def test_what_the_trainer_writes_is_there_at_the_next_look(session: WatchSession, store: Store) -> None:
    assert not session.poll()
    train_on(store, 20)

    assert session.poll()
    assert session.last == 139
    assert not session.poll()


def test_the_numbers_are_those_of_the_store(session: WatchSession, store: Store) -> None:
    assert list(session.series.by_name["loss"].means) == list(store.metrics().loss)
    assert session.series.names == ["loss", "accuracy", "grad_norm", "lr"]
    assert [c.name for c in session.display.curves(session.display.window(40))] == [
        "training",
        "validation",
    ]


def test_a_long_run_comes_in_piece_by_piece(store: Store) -> None:
    series = RunSeries(store, chunk=50)
    looks = 0
    while series.behind:
        assert series.read(120)
        looks += 1

    assert looks == 3
    assert list(series.by_name["loss"].steps) == list(range(120))


def test_frozen_nothing_changes_and_then_all_of_it_is_there(session: WatchSession, store: Store) -> None:
    session.note = session.toggle_freeze()
    train_on(store, 20)

    assert not session.poll()
    assert session.last == 119
    session.note = session.toggle_freeze()
    assert session.poll()
    assert session.last == 139


def test_a_dead_trainer_is_said_to_have_died(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        session = WatchSession(store)

    assert session.poll()
    assert session.headline.startswith("died")
    assert not session.live


def test_a_store_that_vanishes_leaves_what_was_read_of_it(session: WatchSession, store: Store) -> None:
    store.path.rename(store.path.with_suffix(".away"))

    assert session.poll()
    assert session.headline.startswith("gone 119")
    assert session.sentence
    assert not session.poll()
    session.note = session.scrubbing.go_start()
    assert session.at == 0
    store.path.with_suffix(".away").rename(store.path)
    assert session.poll()
    assert session.headline.startswith("running")


# The cursor


def test_home_goes_to_the_first_step_and_end_follows_again(session: WatchSession, store: Store) -> None:
    session.note = session.scrubbing.go_start()
    assert (session.at, session.model.state.step if session.model.state else None) == (0, 0)
    train_on(store, 20)
    session.poll()

    assert session.at == 0
    session.note = session.scrubbing.go_end()
    assert session.at == 139
    assert session.model.state
    assert session.model.state.step == 140


def test_brackets_go_by_columns_and_braces_by_steps(session: WatchSession) -> None:
    session.note = session.scrubbing.scrub(-1)
    assert session.at == 117
    session.note = session.scrubbing.scrub_steps(-1)
    assert session.at == 116
    session.note = session.scrubbing.scrub(1)
    assert session.at == 118
    session.note = session.scrubbing.scrub(9)
    assert session.at == 119


@pytest.mark.parametrize("text", ["50", " 50 ", "5_0"])
def test_a_jump_goes_to_the_step_typed(session: WatchSession, text: str) -> None:
    session.note = session.scrubbing.jump(text)

    assert session.at == 50


@pytest.mark.parametrize("text", ["-5", "120", "99999999999999999999", "9" * 5000])
@pytest.mark.parametrize("cursor", [None, 50])
def test_a_jump_out_of_the_history_is_told_and_nothing_moves(
    session: WatchSession, text: str, cursor: int | None
) -> None:
    session.cursor = cursor
    session.note = session.scrubbing.jump(text)

    assert session.cursor == cursor
    assert session.note == f"there is no training step {text[:20]}: there are 0 to 119"


@pytest.mark.parametrize("text", ["", "x", "1.5", "\x1b[2J"])
def test_what_is_no_step_is_refused_in_words(session: WatchSession, text: str) -> None:
    session.note = session.scrubbing.jump(text)

    assert session.cursor is None
    assert "whole number" in session.note
    assert "\x1b" not in session.note


def test_the_parameters_follow_the_cursor_at_once_and_then_exactly(
    session: WatchSession, store: Store
) -> None:
    session.note = session.scrubbing.jump("47")
    assert session.model.state
    assert session.model.state.step == 40
    state, gradients = Moments(store).details(47) or (None, ())

    assert state
    assert session.model.take(state, gradients)
    assert session.model.state.step == 47
    assert len(session.model.gradients) == len(session.model.state.parameters)
    assert [layer.name for layer in session.model.layers] == ["layer[0]", "layer[1]"]


def test_what_comes_too_late_for_the_cursor_is_left(session: WatchSession, store: Store) -> None:
    session.note = session.scrubbing.jump("47")
    state, gradients = Moments(store).details(46) or (None, ())

    assert state
    assert not session.model.take(state, gradients)


def test_events_are_shown_up_to_the_cursor(session: WatchSession) -> None:
    assert [event.step for event in session.shown_events()] == [0, 40]
    session.note = session.scrubbing.jump("39")

    assert [event.step for event in session.shown_events()] == [0]


def test_an_order_given_every_frame_is_one_line(session: WatchSession, store: Store) -> None:
    tell(store, *[(120 + i, "order", "1 training step (by me)") for i in range(5)])
    session.poll()

    assert [event.step for event in session.shown_events()] == [0, 40, 124]


# Looking


def test_zoom_looks_at_the_last_steps_and_then_at_all(session: WatchSession) -> None:
    sizes = []
    for _ in range(4):
        session.note = session.display.next_zoom()
        window = session.display.window(40)
        sizes.append(window.last - window.first)

        assert window.first <= session.at <= window.last
    assert sizes == [1000, 200, 50, 128]


def test_the_axis_of_the_history_seldom_moves(session: WatchSession, store: Store) -> None:
    ends = [session.display.window(40).last]
    for _ in range(8):
        train_on(store, 10)
        session.poll()
        ends.append(session.display.window(40).last)

    assert ends == [128] + [199] * 8


def test_two_inputs_have_a_boundary_and_a_matrix(session: WatchSession) -> None:
    assert session.display.views == ("boundary", "confusion", "parameters", "histogram")


def test_the_views_come_round_with_the_plot_where_it_is_one_of_them(session: WatchSession) -> None:
    seen = []
    for _ in range(5):
        session.note = session.display.next_view(with_plot=True)
        seen.append(session.display.viewed)

    assert seen == [0, 1, 2, 3, -1]


@pytest.mark.parametrize(
    ("inputs", "classes", "views"),
    [
        (("x",), (), ("fit", "parameters", "histogram")),
        (("x", "y"), (), ("boundary", "parameters", "histogram")),
        (("x", "y", "z"), ("a", "b"), ("confusion", "parameters", "histogram")),
        (("x", "y", "z"), (), ("parameters", "histogram")),
    ],
)
def test_what_there_is_to_see_depends_on_the_data(
    tmp_path: Path, inputs: tuple[str, ...], classes: tuple[str, ...], views: tuple[str, ...]
) -> None:
    from micrograd_tui.engine.learning.config import Config

    settings = Config("n", "d", inputs, classes=classes, loss="bce" if classes else "mse")
    store = Store.create(tmp_path / "n.sqlite", settings, [((0.0,) * len(inputs), 0.0)])

    assert WatchSession(store).display.views == views


def test_another_run_is_laid_over_and_taken_away(session: WatchSession, tmp_path: Path) -> None:
    with frozen(tmp_path, "other"):
        session.note = session.comparison.toggle("other")
    names = [(curve.name, curve.sign) for curve in session.display.curves(session.display.window(40))]

    assert names == [("training", ""), ("validation", "o"), ("other", "a")]
    session.note = session.comparison.toggle("other")
    assert not session.comparison.others
    session.note = session.comparison.toggle("no-such-run\x1b[2J")
    assert "not a valid name for a run" in session.note
    assert "\x1b" not in session.note


# Orders


def test_space_pauses_and_resumes(session: WatchSession, store: Store) -> None:
    session.note = session.orders.toggle_pause()
    train_on(store, 10, "paused")
    session.poll()
    session.note = session.orders.toggle_pause()

    assert orders(store) == [("pause", None), ("resume", None)]


def test_the_press_shows_at_once_before_the_trainer_has_answered(
    session: WatchSession, store: Store
) -> None:
    assert session.headline.startswith("running ")
    session.note = session.orders.toggle_pause()
    assert session.headline.startswith("pausing ")
    session.poll()
    assert session.headline.startswith("pausing ")

    train_on(store, 10, "paused")
    assert session.poll()
    assert session.headline.startswith("paused ")
    session.note = session.orders.toggle_pause()
    assert session.headline.startswith("resuming ")


def test_space_again_takes_a_pause_back_that_is_under_way(session: WatchSession, store: Store) -> None:
    session.note = session.orders.toggle_pause()
    session.note = session.orders.toggle_pause()

    assert orders(store) == [("pause", None), ("resume", None)]
    assert session.headline.startswith("running ")


def test_a_run_that_another_watcher_has_resumed_is_not_pausing_any_more(
    session: WatchSession, store: Store
) -> None:
    session.note = session.orders.toggle_pause()
    writer = Writer(store.path, 1_000_000, journal="delete")
    for order in writer.new_orders():
        writer.answer(order, "done")
    writer.commit("running", 120, 200, 1.0)
    writer.close()
    assert session.poll()

    assert session.headline.startswith("running ")


@pytest.mark.parametrize(
    "order",
    [
        lambda orders: orders.toggle_pause() and orders.toggle_pause(),
        lambda orders: orders.one_step(),
        lambda orders: orders.set_learning_rate("0.5"),
        lambda orders: orders.leave(stop=True),
    ],
)
def test_that_an_order_was_sent_is_said_until_it_is_answered(
    order: Callable[[Orders], str], session: WatchSession, store: Store
) -> None:
    session.do(lambda s: order(s.orders))
    session.poll()
    assert session.note.endswith("sent to the trainer")

    writer = Writer(store.path, 1_000_000, journal="delete")
    for each in writer.new_orders():
        writer.answer(each, "done")
    writer.commit("running", 120, 200, 1.0)
    writer.close()
    session.poll()
    assert not session.note


def test_space_pauses_a_run_that_goes_by_steps_a_frame(session: WatchSession, store: Store) -> None:
    session.note = session.orders.slower()
    train_on(store, 10)
    session.poll()
    session.note = session.orders.toggle_pause()

    assert orders(store)[1:] == [("pause", None)]


def test_one_step_and_a_learning_rate_are_ordered(session: WatchSession, store: Store) -> None:
    session.note = session.orders.one_step()
    session.note = session.orders.set_learning_rate("0.5")
    session.note = session.orders.set_learning_rate("nan")

    assert orders(store) == [("step", 1.0), ("lr", 0.5)]
    assert "finite" in session.note


def test_training_steps_a_frame_are_one_order_that_the_trainer_keeps(
    session: WatchSession, store: Store
) -> None:
    session.orders.frames = 5
    for _ in range(len(PACES)):
        session.note = session.orders.slower()
    session.note = session.orders.faster()
    train_on(store, 10)
    session.poll()

    paces = [PACES[-1 - i] for i in range(len(PACES))] + [PACES[1]]
    assert orders(store) == [("pace", 5.0 * pace) for pace in paces]
    assert session.headline.startswith("3 a frame, 129/200")


def test_above_the_last_pace_is_full_speed(session: WatchSession, store: Store) -> None:
    session.note = session.orders.slower()
    session.note = session.orders.faster()

    assert (session.orders.pace, orders(store)[1:]) == (None, [("pace", 0.0)])


def test_a_run_left_at_a_pace_goes_on_at_full_speed(session: WatchSession, store: Store) -> None:
    session.note = session.orders.slower()
    session.orders.leave(stop=False)

    assert orders(store)[1:] == [("pace", 0.0)]


def test_left_to_stop_it_is_stopped(session: WatchSession, store: Store) -> None:
    session.orders.leave(stop=True)

    assert orders(store) == [("stop", None)]


def test_a_run_without_a_trainer_takes_no_orders(tmp_path: Path) -> None:
    session = WatchSession(stored(tmp_path))
    for order in (
        session.orders.toggle_pause,
        session.orders.one_step,
        session.orders.slower,
        lambda: session.orders.leave(True),
    ):
        session.note = order()

        assert "there is no trainer" in session.note
    assert orders(session.store) == []


# Runs of other programs


def test_a_script_that_logs_what_it_likes_is_shown_by_what_there_is(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(30):
            run.log(step=i * 10, reward=i, **{"\x1b[31mred": 1.0})
    session = WatchSession(Store.open(run.store.path))

    assert session.series.names == ["\x1b[31mred", "reward"]
    session.note = session.display.next_number()
    assert session.display.plotted_name == "reward"
    assert session.display.views == ()
    assert session.headline.startswith("finished at step 290")
    assert "\x1b" not in session.headline + session.display.curves(session.display.window(40))[0].name
    session.note = session.orders.one_step()
    assert "cannot be controlled" in session.note


def test_a_broken_loss_is_said_where_it_is(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(10):
            run.log(step=i, loss=math.nan if i == 5 else 1.0)
    session = WatchSession(Store.open(run.store.path))

    assert session.display.curves(session.display.window(10))[0].broken
    session.note = session.scrubbing.jump("5")
    assert "loss nan" in session.headline


# What broke, and what is under the cursor


def test_a_loss_that_broke_is_shown_as_it_is_stored(tmp_path: Path) -> None:
    with frozen(tmp_path, state="stopped", lr=1e200) as store:
        session = WatchSession(store)
        step = next(i for i, loss in enumerate(store.metrics().loss) if not math.isfinite(loss))
        session.note = session.scrubbing.jump(str(step))

        assert f"loss {store.metrics(step).loss[0]}" in session.headline


def test_at_the_end_of_a_run_the_step_whose_loss_is_shown_is_the_one_that_opens(store: Store) -> None:
    writer = Writer(store.path, 1_000_000, journal="delete")
    writer.pending.scores.append(("validation_loss", 120, 0.5))  # taken after the last training step
    writer.commit("finished", 120, 120, 0.1)
    writer.close()
    session = WatchSession(store)

    assert session.at == 119
    assert store.metrics(session.at).loss[0] == session.value("loss")[0]
    assert session.value("validation_loss") == (0.5, 120)
    assert session.headline.startswith("finished 120/120 last loss ")
    for key in (lambda: session.scrubbing.scrub(5), lambda: session.scrubbing.jump("119")):
        session.note = key()
        assert session.note.startswith("training step 119: Enter opens it")
    session.note = session.scrubbing.jump("120")
    assert session.note == "there is no training step 120: there are 0 to 119"
    assert session.headline.startswith("finished 119/120 step loss ")


def test_what_two_events_say_at_one_step_is_said_once(store: Store) -> None:
    tell(store, (50, "nonfinite", "it broke"), (50, "finish", "it broke"), (51, "health", "it broke"))
    session = WatchSession(store)

    assert [event.step for event in session.shown_events() if event.text == "it broke"] == [50, 51]


def test_a_run_that_only_logs_has_no_graph_to_open(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=0, loss=1.0)

    assert "no graph to open" in str(kept_at(WatchSession(run.store)))
