"""Events that can be chosen, what they are about, and which of them are good news."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from frozen_runs import frozen

from micrograd_tui.engine.runs.store.store import Event, Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.sessions.run.happened import style_of
from micrograd_tui.tui.sessions.watching import WatchSession

DEAD = "layer[0]/neuron[2]"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with frozen(tmp_path) as made:
        yield made


def report(store: Store, *events: tuple[int, str, str, str]) -> None:
    """Write events: step, kind, text, place."""
    writer, status = Writer(store.path, 1_000_000, journal="delete"), store.status()
    for event in events:
        writer.event(*event)
    writer.commit(status.state, status.step, status.steps, status.loss)
    writer.close()


def event(kind: str, text: str) -> Event:
    return Event(1, 10, 0.0, kind, text, "")


@pytest.mark.parametrize(
    ("kind", "text", "style"),
    [
        ("health", "the loss stands still at 0.6931: no change in 200 training steps", "negative"),
        ("converged", "the loss stands still at 0: converged, from 1.3 at the start", "positive"),
        ("recovered", f"{DEAD} is no longer dead", "positive"),
        # As earlier versions told it:
        ("health", "the loss stands still at 0.0000: no change in 200 training steps", "positive"),
        ("health", "the loss stands still at 3.2e-05: no change in 200 training steps", "positive"),
        ("health", "the loss moves again", "positive"),
        ("nonfinite", "the loss is nan", "warning"),
    ],
)
def test_good_news_has_not_the_colour_of_bad(kind: str, text: str, style: str) -> None:
    assert style_of(event(kind, text)) == style


def test_nothing_is_chosen_while_the_newest_is_followed(store: Store) -> None:
    happened = WatchSession(store).happened
    chosen = []
    for by in (0, -1, -1, -1, 1, 1):
        happened.move(by)
        chosen.append(happened.chosen.step if happened.chosen else None)

    assert chosen == [None, 40, 0, 0, 40, None]


def test_an_event_is_gone_to_at_its_own_step(store: Store) -> None:
    session = WatchSession(store)
    session.happened.move(-1)
    assert session.happened.chosen
    session.note = session.scrubbing.go_to_event(session.happened.chosen)

    assert session.cursor == 40
    assert session.note.startswith("training step 40: layer[0]/neuron[2] is dead")


def test_a_place_is_in_trouble_until_it_has_recovered(store: Store) -> None:
    report(store, (50, "health", f"{DEAD} is dead", DEAD), (90, "recovered", "no longer", DEAD))
    session = WatchSession(store)
    found = []
    for step in (49, 50, 89, 90):
        session.scrubbing.go_to(step)
        found.append(DEAD in session.happened.troubles)

    assert found == [False, True, True, False]


def test_the_plot_marks_what_happened_but_not_the_start(store: Store) -> None:
    session = WatchSession(store)
    window = session.display.window(40)

    assert [mark.step for mark in session.display.view(window).marks] == [40]
