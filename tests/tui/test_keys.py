"""The key table: one meaning a key a context, and it is what the bindings, the help and docs/keys.md say."""

from collections import Counter
from pathlib import Path

import pytest
from textual.binding import Binding

from micrograd_tui.tui.bindings import bindings
from micrograd_tui.tui.keys import CONTEXTS, KEYS, keys_of, markdown_table
from micrograd_tui.tui.screens.base import BaseScreen
from micrograd_tui.tui.screens.folding import FoldingScreen
from micrograd_tui.tui.screens.help import ARROWS, PANES, TASKS, help_lines
from micrograd_tui.tui.screens.leaving import LeavingScreen
from micrograd_tui.tui.screens.menu import MenuScreen
from micrograd_tui.tui.screens.moment import MomentScreen
from micrograd_tui.tui.screens.stepping import SteppingScreen
from micrograd_tui.tui.screens.tensors import TensorScreen
from micrograd_tui.tui.screens.watching import WatchingScreen
from micrograd_tui.tui.text.glyphs import UNICODE

PAGE = Path(__file__).parents[2] / "docs" / "keys.md"
# What may hold together with what: the screen with any one pane, rows with the tree.
TOGETHER = [("graph", "rows", "tree"), ("graph", "rows"), ("graph", "drawing"), ("graph", "timeline")]
TOGETHER += [("graph", "moment"), ("run", "events"), ("run", "rows", "parameters"), ("leaving",)]
TOGETHER += [("tensors", "tensor rows", "modules"), ("tensors", "tensor rows", "profile")]
TOGETHER += [("menu", "rows"), ("folding", "rows", "tree"), ("folding", "rows", "statements")]


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
    screens = (
        BaseScreen, SteppingScreen, WatchingScreen, MomentScreen, LeavingScreen, FoldingScreen, MenuScreen,
        TensorScreen,
    )  # fmt: skip
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


def test_the_page_of_keys_says_what_the_table_says() -> None:
    assert markdown_table() in PAGE.read_text(encoding="utf-8")


def helped(context: str, width: int, height: int) -> list[str]:
    lines = help_lines(context, width, height, UNICODE)
    return ["".join(text for text, _ in line) for line in lines]


@pytest.mark.parametrize("context", TASKS)
def test_the_help_of_a_screen_says_what_the_table_says(context: str) -> None:
    shown = " ".join(" ".join(helped(context, 90, 1000)).split())
    one_column = " ".join(" ".join(helped(context, 35, 1000)).split())

    for key in (key for at in (context, *PANES[context]) for key in keys_of(at)):
        if not any(key.keys[0] in group.split() and key.context == "drawing" for group in ARROWS):
            assert key.shown.split()[0] in shown or "1-9" in shown
            assert key.help in one_column


def test_every_context_is_in_the_help_of_a_screen() -> None:
    told = {*TASKS, *(pane for panes in PANES.values() for pane in panes)}
    for context in set(CONTEXTS) - told:  # a screen without tasks: its help is its part of the table
        shown = " ".join(" ".join(helped(context, 35, 1000)).split())

        assert all(key.help in shown for key in keys_of(context))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)])
@pytest.mark.parametrize("context", TASKS)
def test_the_help_fits_and_no_word_is_cut(context: str, size: tuple[int, int]) -> None:
    width, height = size[0] - 5, size[1] - 2  # the box around it, and its scrollbar
    lines = helped(context, width, height)

    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_the_help_is_by_task_and_has_a_legend_of_the_signs() -> None:
    shown = "\n".join(helped("graph", 115, 38))

    for title in ("Step through the pass", "Stop where it matters", "Train by hand", "Signs"):
        assert title in shown
    for sign in (UNICODE.current, UNICODE.changed, UNICODE.breakpoint, UNICODE.reference, UNICODE.done,
                 UNICODE.waiting, UNICODE.opened, UNICODE.folded):  # fmt: skip
        assert sign in shown
