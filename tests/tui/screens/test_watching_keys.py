"""Every key of the watching screen makes something true that was not true before."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from frozen_runs import frozen, tell, watched
from textual.command import CommandPalette

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.keys import KEYS
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.panes.run.events import EventsPane
from micrograd_tui.tui.panes.run.numbers import NumbersPane
from micrograd_tui.tui.panes.run.parameters import ParametersPane
from micrograd_tui.tui.screens.folding import FoldingScreen
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.screens.leaving import LeavingScreen
from micrograd_tui.tui.screens.menu import MenuScreen
from micrograd_tui.tui.screens.moment import MomentScreen
from micrograd_tui.tui.screens.watching import WatchingScreen
from micrograd_tui.tui.sessions.moment import MomentSession

Test = Callable[[WatchingScreen], bool]


@dataclass(frozen=True)
class Case:
    """What is true after the key and was not before, and how to get to where it means something."""

    then: Test
    before: str = ""


def ordered(*kinds: str) -> Test:
    return lambda screen: [order.kind for order in screen.session.store.orders()] == list(kinds)


def at(step: int | None) -> Test:
    return lambda screen: screen.session.cursor == step


def asks(question: str) -> Test:
    return lambda screen: (
        screen.query_one(Prompt).display and screen.query_one(Prompt).question.startswith(question)
    )


def shows(kind: type) -> Test:
    return lambda screen: isinstance(screen.app.screen, kind)


def chosen(text: str | None) -> Test:
    def then(screen: WatchingScreen) -> bool:
        event = screen.session.happened.chosen
        return (event.text if event else None) == text

    return then


def opened_at(step: int) -> Test:
    return lambda screen: (
        isinstance(screen.app.screen, MomentScreen)
        and isinstance(screen.app.screen.session, MomentSession)
        and screen.app.screen.session.moment.step == step
    )


def focused(screen: WatchingScreen) -> bool:
    return screen.focused is not None


RUN = {
    "space": Case(ordered("pause")),
    "s": Case(ordered("step")),
    "enter": Case(shows(MomentScreen)),
    "m": Case(lambda screen: isinstance(screen.app.screen, MomentScreen | FoldingScreen)),
    "left_square_bracket": Case(at(117)),
    "left": Case(at(117)),
    "right_square_bracket": Case(at(117), "left left"),
    "right": Case(at(117), "left left"),
    "left_curly_bracket": Case(at(118)),
    "right_curly_bracket": Case(at(118), "left"),
    "home": Case(at(0)),
    "end": Case(at(None), "home"),
    "colon": Case(asks("training step")),
    "v": Case(lambda screen: screen.query_one("#confusion").display),
    "w": Case(lambda screen: screen.query_one(EventsPane).size.width == 80),
    "f": Case(lambda screen: screen.session.frozen),
    "y": Case(lambda screen: screen.session.display.log),
    "z": Case(lambda screen: screen.session.display.zoom == 1),
    "a": Case(lambda screen: screen.session.display.smoothing == 1),
    "n": Case(lambda screen: screen.session.display.plotted_name == "accuracy"),
    "N": Case(lambda screen: screen.session.display.plotted_name == "lr"),
    "slash": Case(asks("search numbers")),
    "c": Case(asks("run to lay over this one")),
    "L": Case(asks("learning rate")),
    "plus": Case(lambda screen: screen.session.orders.pace is None, "minus"),
    "minus": Case(lambda screen: screen.session.orders.pace is not None),
    "tab": Case(focused, "tab"),
    "shift+tab": Case(focused, "tab"),
    "ctrl+p": Case(shows(CommandPalette)),
    "ctrl+z": Case(lambda screen: getattr(screen.app, "asked_to_suspend", False)),
    "ctrl+o": Case(shows(MenuScreen)),
    "question_mark": Case(shows(HelpScreen)),
    "f1": Case(shows(HelpScreen)),
    "q": Case(shows(LeavingScreen)),
}
# There are a start, a dead neuron, and twenty events of which six are in sight.
EVENTS = {
    "up": Case(chosen("event 19")),
    "k": Case(chosen("event 19")),
    "pageup": Case(chosen("event 15")),
    "g": Case(chosen("training from step 0 to 200")),
    "down": Case(chosen(None), "up"),
    "j": Case(chosen(None), "up"),
    "pagedown": Case(chosen(None), "pageup"),
    "G": Case(chosen(None), "g"),
    "enter": Case(opened_at(117), "up up up"),
}


def number(name: str) -> Test:
    return lambda screen: screen.session.numbers.chosen == name


NUMBERS = {
    "up": Case(number("loss"), "down down up"),
    "k": Case(number("loss"), "down down up"),
    "down": Case(number("validation_loss")),
    "j": Case(number("validation_loss")),
    "pagedown": Case(number("lr"), "pageup"),
    "pageup": Case(number("loss"), "G"),
    "g": Case(number("loss"), "G"),
    "G": Case(number("lr")),
    "enter": Case(lambda screen: screen.session.display.plotted_name == "accuracy", "down down"),
}


def open_rows(count: int) -> Test:
    return lambda screen: screen.query_one(ParametersPane).count() == count


# At first there are: all, two layers, the last one's neuron, and its four weights and bias.
PARAMETERS = {"h": Case(open_rows(1)), "l": Case(open_rows(9), "h")}
MOMENT = {"escape": Case(shows(WatchingScreen), "enter")}


def gone(kinds: tuple[str, ...], code: int | None) -> Test:
    return lambda screen: ordered(*kinds)(screen) and screen.app.return_code == code


LEAVING = {
    "enter": Case(gone((), 0), "q"),
    "q": Case(gone((), 0), "q"),
    "s": Case(gone(("stop",), 0), "q"),
    "escape": Case(shows(WatchingScreen), "q"),
}
CASES = {
    (context, key): case
    for context, cases in {
        "run": RUN,
        "events": EVENTS,
        "numbers": NUMBERS,
        "parameters": PARAMETERS,
        "moment": MOMENT,
        "leaving": LEAVING,
    }.items()
    for key, case in cases.items()
}


def test_every_key_of_a_run_is_pressed_here() -> None:
    ours = {context for context, _ in CASES}

    assert set(CASES) == {(key.context, name) for key in KEYS if key.context in ours for name in key.keys}


@pytest.mark.parametrize(("context", "key"), CASES)
async def test_a_key_makes_true_what_was_not(
    tmp_path: Path, context: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        MicrogradApp, "action_suspend_process", lambda app: setattr(app, "asked_to_suspend", True)
    )
    case = CASES[context, key]
    with frozen(tmp_path) as store:
        tell(store, *[(100 + i, "checkpoint", f"event {i}") for i in range(20)])
        size = (120, 40) if context == "parameters" else (80, 24)
        async with watched(store, size=size) as (pilot, screen, _):
            if context == "parameters":
                screen.set_focus(screen.query_one(ParametersPane))
            if context == "numbers":
                screen.set_focus(screen.query_one(NumbersPane))
            if context == "run" and "tab" in key:
                screen.set_focus(None)
            for press in case.before.replace("tab", "").split():
                await pilot.press(press)
                await settled(screen)
            await pilot.pause()
            assert not case.then(screen)
            await pilot.press(key)
            await settled(screen)
            await pilot.pause()

            assert case.then(screen)


async def settled(screen: WatchingScreen) -> None:
    """Wait for what is worked out in threads."""
    await screen.workers.wait_for_complete()


async def test_no_key_harms_a_run_that_only_logs_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from micrograd_tui.engine.runs.script.run import Run

    monkeypatch.setattr(MicrogradApp, "action_suspend_process", lambda app: None)
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=0, reward=1.0)
    async with watched(run.store) as (pilot, screen, _):
        for key in RUN.keys() - {"q"}:
            await pilot.press(key)
            await settled(screen)
            await pilot.press("escape")

            assert pilot.app.screen is screen
        await pilot.press("L")
        assert "cannot be controlled" in screen.session.note
        await pilot.press("q")
        await pilot.pause()

        assert pilot.app.return_code == 0  # for it has ended
