"""The key table: one meaning a key a context, and it is what the bindings, the help and docs/keys.md say."""

from collections import Counter
from pathlib import Path

from rich.console import Console
from textual.binding import Binding

from micrograd_tui.tui.bindings import bindings
from micrograd_tui.tui.keys import CONTEXTS, KEYS, markdown_table
from micrograd_tui.tui.screens.base import BaseScreen
from micrograd_tui.tui.screens.folding import FoldingScreen
from micrograd_tui.tui.screens.help import key_table
from micrograd_tui.tui.screens.leaving import LeavingScreen
from micrograd_tui.tui.screens.moment import MomentScreen
from micrograd_tui.tui.screens.stepping import SteppingScreen
from micrograd_tui.tui.screens.watching import WatchingScreen

PAGE = Path(__file__).parents[2] / "docs" / "keys.md"
# What may hold together with what: the screen with any one pane, rows with the tree.
TOGETHER = [("graph", "rows", "tree"), ("graph", "rows"), ("graph", "drawing"), ("graph", "timeline")]
TOGETHER += [("graph", "moment"), ("run", "events"), ("run", "rows", "parameters"), ("leaving",)]
TOGETHER += [("folding", "rows", "tree"), ("folding", "rows", "statements")]


def test_a_key_has_one_meaning_in_a_context() -> None:
    for contexts in TOGETHER:
        used = Counter(name for key in KEYS if key.context in contexts for name in key.keys)

        # With an event chosen Enter opens its step, else the one at the cursor, as everywhere on a run.
        twice = ["enter"] if "events" in contexts else []
        assert [name for name, count in used.items() if count > 1] == twice


def test_every_context_of_the_table_is_bound_as_it_stands() -> None:
    for context in CONTEXTS:
        bound = {b.key for b in bindings(context) if isinstance(b, Binding)}

        assert bound == {name for key in KEYS if key.context == context for name in key.keys}


def test_no_action_of_the_screen_is_without_a_key() -> None:
    screens = BaseScreen, SteppingScreen, WatchingScreen, MomentScreen, LeavingScreen, FoldingScreen
    actions = {
        name.removeprefix("action_")
        for screen in screens
        for name in vars(screen)
        if name.startswith("action_")
    }
    called = {
        action.removeprefix("screen.").partition("(")[0] for key in KEYS for _, action in key.actions
    }

    assert actions <= called


def test_the_keys_of_the_design_are_there() -> None:
    wanted = (
        "n N f F p P c C b B t home end colon space plus minus u L i o v 1 9 e E slash comma full_stop x"
    )
    wanted += " question_mark f1 ctrl+p ctrl+z q tab"
    have = {name for key in KEYS if key.context == "graph" for name in key.keys}

    assert set(wanted.split()) <= have


def test_the_page_of_keys_and_the_help_say_what_the_table_says() -> None:
    console = Console(width=200)
    with console.capture() as shown:
        console.print(key_table())

    assert markdown_table() in PAGE.read_text(encoding="utf-8")
    for key in KEYS:
        assert key.help in shown.get()
