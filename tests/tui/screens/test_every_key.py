"""Every key of the table makes something true that was not true before; a new key needs a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from screens import opened
from small_gpts import graph_file
from textual.command import CommandPalette
from textual.widgets import Input

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.keys import KEYS
from micrograd_tui.tui.panes.graph.drawn import GraphPane
from micrograd_tui.tui.panes.graph.tree import TreePane
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.screens.experiments.checking import CheckScreen
from micrograd_tui.tui.screens.experiments.nudging import NudgeScreen
from micrograd_tui.tui.screens.experiments.switches import SwitchesScreen
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.screens.menu import MenuScreen
from micrograd_tui.tui.screens.stepping import SteppingScreen


@dataclass(frozen=True)
class Case:
    """What is true after the key and was not before, and how to get to where it means something."""

    then: Callable[[SteppingScreen], bool]
    before: str = ""
    target: str = "neuron"


def at(status: str) -> Callable[[SteppingScreen], bool]:
    return lambda screen: screen.session.playback.status == status


def on(name: str) -> Callable[[SteppingScreen], bool]:
    return lambda screen: screen.session.recording.name(screen.session.selected) == name


def asks(question: str) -> Callable[[SteppingScreen], bool]:
    return lambda screen: (
        screen.query_one(Prompt).display and screen.query_one(Prompt).question.startswith(question)
    )


def holds(name: str, value: float) -> Callable[[SteppingScreen], bool]:
    """Whether a cell holds a number here."""

    def is_there(screen: SteppingScreen) -> bool:
        log = screen.session.recording
        node = next(node for node in range(log.node_count) if log.name(node) == name)
        return screen.session.playback.value(node, "data") == value

    return is_there


def noted(sentence: str) -> Callable[[SteppingScreen], bool]:
    return lambda screen: screen.session.note.startswith(sentence)


def focus(name: str) -> Callable[[SteppingScreen], bool]:
    return lambda screen: screen.focused is not None and screen.focused.id == name


def row(name: str, kind: str = "node") -> Callable[[SteppingScreen], bool]:
    def stands(screen: SteppingScreen) -> bool:
        tree = screen.query_one(TreePane)
        here = screen.outline[tree.cursor]
        return (screen.session.recording.name(here.node), here.kind) == (name, kind)

    return stands


def rows(count: int) -> Callable[[SteppingScreen], bool]:
    return lambda screen: len(screen.outline) == count


def levels(depth: int) -> Callable[[SteppingScreen], bool]:
    """Whether the headings that show go so many scopes deep."""
    return lambda screen: (
        max(row.scope.count("/") + 1 for row in screen.outline if row.kind == "scope") == depth
    )


def boxes(count: int) -> Callable[[SteppingScreen], bool]:
    return lambda screen: len(screen.query_one(GraphPane).items) == count


def weight(head: int, query: int, key: int) -> Callable[[SteppingScreen], bool]:
    return lambda screen: (
        screen.session.attention is not None
        and screen.session.selected == screen.session.attention.heads[head].rows[query][key]
    )


def drawn(screen: SteppingScreen) -> GraphPane:
    return screen.query_one(GraphPane)


GRAPH = {
    "n": Case(at("backward 1 of 13")),
    "N": Case(at("forward 11 of 12")),
    "f": Case(at("backward 13 of 13"), "n"),
    "F": Case(at("backward 0 of 13"), "n n"),
    "p": Case(at("backward 13 of 13"), "n"),
    "P": Case(at("backward 0 of 13"), "n n"),
    "c": Case(at("backward 3 of 13"), "n n n b F"),
    "C": Case(at("backward 3 of 13"), "n n n b f f"),
    "b": Case(lambda screen: screen.session.breakpoints.on(screen.session.selected), "n n n"),
    "B": Case(asks("stop at")),
    "t": Case(at("backward 13 of 13"), "tab G"),
    "home": Case(at("forward 0 of 12"), "n"),
    "end": Case(at("backward 13 of 13"), "N"),
    "colon": Case(asks("go to step")),
    "space": Case(lambda screen: screen.player.timer is not None),
    "plus": Case(lambda screen: screen.player.speed == 3),
    "minus": Case(lambda screen: screen.player.speed == 1),
    "equals_sign": Case(asks("its number")),
    "z": Case(holds("w1", 0.5), "slash w 1 enter full_stop equals_sign 3 enter"),
    "Z": Case(holds("w1", 3), "slash w 1 enter full_stop equals_sign 3 enter z"),
    "d": Case(lambda screen: isinstance(screen.app.screen, NudgeScreen)),
    "D": Case(lambda screen: isinstance(screen.app.screen, CheckScreen)),
    "y": Case(lambda screen: screen.session.predicting.on),
    "X": Case(lambda screen: isinstance(screen.app.screen, SwitchesScreen)),
    "T": Case(lambda screen: len(screen.session.opened.parameters) == 4, "slash x 1 enter full_stop"),
    "u": Case(at("update 1 of 3"), "f"),
    "s": Case(at("backward 7 of 399"), "n n n", "lecture"),
    "S": Case(at("backward 93 of 399"), "n n n n", "lecture"),
    "r": Case(at("backward 94 of 399"), "n n n s", "lecture"),
    "R": Case(at("backward 6 of 399"), "n n n s", "lecture"),
    "L": Case(asks("learning rate")),
    "a": Case(lambda screen: screen.session.digits > 4),
    "i": Case(on("error")),
    "o": Case(on("error"), "i i"),
    "v": Case(lambda screen: screen.query_one("#graph").display),
    "w": Case(lambda screen: screen.query_one(TreePane).size.width == 80),
    "m": Case(lambda screen: screen.folder is not None),  # and what comes of it: test_fold_screen.py
    "e": Case(lambda screen: not screen.outline.closed, target="lecture"),
    "E": Case(levels(1), "e", "lecture"),
    "at": Case(noted("no lines of a program")),  # and what comes of it: test_source.py
    "exclamation_mark": Case(noted("no program was run")),  # as above
    "slash": Case(asks("search")),
    "comma": Case(on("w2x2"), "slash w enter full_stop"),
    "full_stop": Case(on("w1x1"), "slash w 2 x 2 enter slash w enter comma"),
    "x": Case(asks("export to")),
    "ctrl+o": Case(lambda screen: isinstance(screen.app.screen, MenuScreen)),
    "question_mark": Case(lambda screen: isinstance(screen.app.screen, HelpScreen)),
    "f1": Case(lambda screen: isinstance(screen.app.screen, HelpScreen)),
    "ctrl+p": Case(lambda screen: isinstance(screen.app.screen, CommandPalette)),
    "ctrl+z": Case(lambda screen: getattr(screen.app, "asked_to_suspend", False)),
    "tab": Case(focus("table")),
    "shift+tab": Case(focus("timeline")),
    "q": Case(lambda screen: screen.app.return_code == 0),
    "1": Case(levels(1), "e", "lecture"),
} | {str(depth): Case(levels(min(depth, 3)), "E", "lecture") for depth in range(2, 10)}
ROWS = {
    "up": Case(row("loss"), "down"),
    "k": Case(row("loss"), "down"),
    "down": Case(row("error")),
    "j": Case(row("error")),
    "pageup": Case(row("loss"), "down down"),
    "pagedown": Case(row("error", "reference")),
    "g": Case(row("loss"), "down down"),
    "G": Case(row("error", "reference")),
}
TREE = {
    "enter": Case(rows(1)),
    "left": Case(rows(1)),
    "h": Case(rows(1)),
    "right": Case(rows(13), "left"),
    "l": Case(rows(13), "left"),
}
DRAWING = {
    "left": Case(on("error"), "v"),
    "h": Case(on("error"), "v"),
    "right": Case(on("loss"), "v left"),
    "l": Case(on("loss"), "v left"),
    "up": Case(on("w1"), "v slash x 1 enter full_stop"),
    "k": Case(on("w1"), "v slash x 1 enter full_stop"),
    "down": Case(on("x1"), "v slash w 1 enter full_stop"),
    "j": Case(on("x1"), "v slash w 1 enter full_stop"),
    "enter": Case(lambda screen: bool(screen.graph.open), "v slash s a m p l e enter E", "lecture"),
    "shift+left": Case(lambda screen: drawn(screen).scroll_offset.x < drawn(screen).max_scroll_x, "v 0"),
    "H": Case(lambda screen: drawn(screen).scroll_offset.x < drawn(screen).max_scroll_x, "v 0"),
    "shift+right": Case(
        lambda screen: drawn(screen).scroll_offset.x == drawn(screen).max_scroll_x, "v 0 H"
    ),
    "shift+up": Case(lambda screen: drawn(screen).scroll_offset.y == 0, "v 0 J"),
    "K": Case(lambda screen: drawn(screen).scroll_offset.y == 0, "v 0 J"),
    "shift+down": Case(lambda screen: drawn(screen).scroll_offset.y > 0, "v 0"),
    "J": Case(lambda screen: drawn(screen).scroll_offset.y > 0, "v 0"),
    "0": Case(lambda screen: drawn(screen).virtual_size.width > 80, "v"),
}
# Four queries of two heads; v and v again show them, and a key selects a weight.
ATTENTION = {
    "up": Case(weight(0, 2, 0), "v v down down down"),
    "k": Case(weight(0, 2, 0), "v v down down down"),
    "down": Case(weight(0, 1, 0), "v v"),
    "j": Case(weight(0, 1, 0), "v v"),
    "left": Case(weight(0, 3, 1), "v v down down down right right"),
    "h": Case(weight(0, 3, 1), "v v down down down right right"),
    "right": Case(weight(0, 3, 1), "v v down down down"),
    "l": Case(weight(0, 3, 1), "v v down down down"),
    "pageup": Case(weight(0, 1, 0), "v v down pagedown"),
    "pagedown": Case(weight(1, 1, 0), "v v down"),
}
TIMELINE = {
    "left": Case(at("forward 11 of 12"), "shift+tab"),
    "right": Case(at("backward 1 of 13"), "shift+tab"),
}
PROMPT = {
    "escape": Case(lambda screen: not screen.query_one(Prompt).display, "colon"),
    "tab": Case(lambda screen: screen.query_one(Input).value == "w1x1", "colon w 1 tab"),
    "up": Case(lambda screen: screen.query_one(Input).value == "3", "colon 3 enter colon"),
    "down": Case(lambda screen: screen.query_one(Input).value == "w", "colon 3 enter colon w up"),
}
CASES = {
    (context, key): case
    for context, cases in {
        "graph": GRAPH,
        "rows": ROWS,
        "tree": TREE,
        "drawing": DRAWING,
        "attention": ATTENTION,
        "timeline": TIMELINE,
        "prompt": PROMPT,
    }.items()
    for key, case in cases.items()
}


def test_every_key_of_the_table_is_pressed_here() -> None:
    ours = {context for context, _ in CASES}  # the keys of a run: test_watching_keys.py

    assert set(CASES) == {(key.context, name) for key in KEYS if key.context in ours for name in key.keys}


@pytest.mark.parametrize(("context", "key"), CASES)
async def test_a_key_makes_true_what_was_not(
    context: str, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Textual suspends real terminals only; that it does is tested in test_terminal.py.
    monkeypatch.setattr(
        MicrogradApp, "action_suspend_process", lambda app: setattr(app, "asked_to_suspend", True)
    )
    case = CASES[context, key]
    target = str(graph_file(tmp_path)) if context == "attention" else case.target
    async with opened(target) as (pilot, screen, _):
        await pilot.press(*case.before.split())
        await pilot.pause()
        assert not case.then(screen)
        await pilot.press(key)
        await pilot.pause()

        assert case.then(screen)


@pytest.mark.parametrize("target", ["diamond", "chain", "a"])
async def test_no_key_harms_a_graph_without_parameters_or_scopes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(MicrogradApp, "action_suspend_process", lambda app: None)
    async with opened(target) as (pilot, screen, session):
        for key in GRAPH.keys() - {"q", "m", "ctrl+o"}:
            await pilot.press(key, "escape", "n", "N")

            assert 0 <= session.playback.position <= len(session.recording)
            assert pilot.app.screen is screen
