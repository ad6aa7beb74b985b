"""The help screen: the key table by task, in as many columns as fit, and a legend of the signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..keys import CONTEXTS, Key, keys_of
from ..live.left import Leavable
from ..panes.palette import palette
from ..text.glyphs import Glyphs, chosen
from ..text.lines import Line
from ..views.columns import Block, Entry, fitted_columns

# By the screen's context: tasks, and the keys for each, as the key table calls them. Keys on one line
# share a row. A key that is in none stands under its context's own title.
TASKS: dict[str, dict[str, tuple[str, ...]]] = {
    "graph": {
        "Step through the pass": (
            "n N", "s S", "r R", "f F", "p P", "home end", "colon", "space", "plus minus",
        ),
        "Stop where it matters": ("b", "B", "c C", "t"),
        "Find a node": ("slash", "comma full_stop", "i o"),
        "Change, nudge, break, guess": ("equals_sign", "z Z", "T", "d D", "X", "y"),
        "Train by hand": ("u", "L"),
        "Look at it otherwise": ("v", "w", "m", "at exclamation_mark", "a", "1", "e E", "tab shift+tab"),
        "And": ("x", "ctrl+o", "question_mark", "ctrl+p", "ctrl+z", "q"),
    },
    "run": {
        "Steer the run": ("space", "s", "L", "plus minus"),
        "Go through its history": (
            "left_square_bracket right_square_bracket",
            "left_curly_bracket right_curly_bracket",
            "home end",
            "colon",
            "f",
        ),
        "Open a training step": ("enter", "m"),
        "Look at the curves": ("n N slash", "z", "y", "a", "c"),
        "Look at the model": ("v", "w", "tab shift+tab"),
        "And": ("ctrl+o", "question_mark", "ctrl+p", "ctrl+z", "q"),
    },
    "tensors": {
        "Step through the pass": (
            "n N", "s S", "r R", "f F", "home end", "colon", "space", "plus minus", "y",
        ),
        "Stop where it matters": ("b", "B", "c C", "t"),
        "Find a step": ("g", "slash", "comma full_stop", "i o"),
        "Look at it otherwise": ("v", "w", "at exclamation_mark", "1", "e E", "tab shift+tab"),
        "And": ("x", "ctrl+o", "question_mark", "ctrl+p", "ctrl+z", "q"),
    },
    "values": {
        "Choose what is shown": ("v V", "left_square_bracket", "a", "escape"),
        "Move in it": (
            "up down", "left right", "pageup pagedown", "shift+left shift+right", "home end", "colon",
        ),
        "Step through the pass": ("n N", "r R", "f F"),
        "And": ("tab shift+tab", "ctrl+o", "question_mark", "ctrl+p", "ctrl+z", "q"),
    },
    "folding": {"The fold": ("m", "tab shift+tab", "question_mark", "ctrl+p", "ctrl+z", "q")},
}  # fmt: skip
TIGHT: dict[str, dict[str, tuple[str, ...]]] = {
    "graph": {
        "Step through the pass": (
            "n N", "s S", "r R", "f F", "p P", "home end", "colon", "space plus minus",
        ),
        "Stop where it matters": ("b B", "c C", "t"),
        "Find a node": ("slash comma full_stop", "i o"),
        "Change, nudge, break": ("equals_sign z Z", "d D", "X y"),
        "Train by hand": ("u L T",),
        "Look at it otherwise": ("v w m", "at exclamation_mark a", "1 e E", "tab shift+tab"),
        "And": ("x ctrl+o", "question_mark q", "ctrl+p", "ctrl+z"),
    },
}  # fmt: skip
"""The same in fewer rows, where a small terminal has no room for so many."""
# The same in a word or two, for a small terminal, where the labels of the table are longer.
SHORT = {
    "at exclamation_mark": "source, printed",
    "at exclamation_mark a": "source, digits",
    "b B": "breakpoints",
    "equals_sign z Z": "edit, undo, redo",
    "slash comma full_stop": "search, matches",
    "space plus minus": "play, speed",
    "u L T": "update, rate",
    "v w m": "view, fill, fold",
    "1 e E": "fold to, all",
    "f F": "finish, restart",
    "p P": "by whole phases",
    "c C": "continue, back",
    "comma full_stop": "previous, next",
    "tab shift+tab": "pane",
    "1": "fold to a depth",
    "e E": "open, fold all",
    "left_square_bracket right_square_bracket": "move the cursor",
    "left_curly_bracket right_curly_bracket": "by one step",
    "n N": "next, back",
    "s S": "into the fold",
    "r R": "rest of scope",
    "pageup pagedown": "a page",
    "home end": "start, end",
}
NARROW = 60
"""Cells below which the help is scrolled through, with all it has."""
PANES = {
    "graph": ("rows", "tree", "drawing", "attention", "timeline", "moment", "over", "quiz", "prompt"),
    "run": ("events", "rows", "parameters", "leaving", "prompt"),
    "folding": ("statements", "rows", "tree"),
    "tensors": ("modules", "tensor rows", "profile", "moment", "prompt"),
    "values": ("prompt",),
}
"""Whose keys the help of a screen tells too."""
ROWS_OF = {"run": "parameters"}
"""The pane that is the list of rows of a screen, where it may be missing."""
WITH = {
    "up": "down",
    "pageup": "pagedown",
    "g": "G",
    "h": "l",
    "left": "right up down",
    "shift+left": "shift+right shift+up shift+down",
}
"""The keys of a pane that share a row with the first of them."""
ARROWS = {
    "left right up down": ("arrows", "to the box on that side", "to a box"),
    "shift+left shift+right shift+up shift+down": ("Shift+arrows", "look further that way", "look on"),
}
"""Where all four do the same."""
ELSEWHERE = {
    "attention": "heads: ",
    "timeline": "timeline: ",
    "moment": "moment: ",
    "over": "on top: ",
    "quiz": "quiz: ",
    "prompt": "asked: ",
}
"""Contexts of a key or two, which share a block."""
TITLES = {
    "rows": "In a list of rows",
    "parameters": "In the parameters",
    "leaving": "Leaving a live run",
    "modules": "In the tree of modules",
    "tensor rows": "In its rows",
    "profile": "In the profile",
    "statements": "In the lines of numpy",
}
"""Shorter than in the table of docs/keys.md, which says them beside the key."""


class HelpScreen(Leavable, ModalScreen[None]):
    """Every key that ever does something here; Esc and q close it, ? goes on to the glossary."""

    BINDINGS = [("escape,q,f1", "dismiss", "close"), ("question_mark", "more", "words")]

    def __init__(self, first: str = "graph", session: object = None) -> None:
        super().__init__()
        self.first = first
        """The screen's context, whose keys are told."""
        self.session = session
        """What they act on; without one all keys are told."""

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        with VerticalScroll(id="help"):
            yield Static(id="help-text")

    def on_mount(self) -> None:
        """Take the arrow keys."""
        self.query_one("#help").border_title = "keys (? the words, Esc closes)"
        self.query_one("#help").focus()
        self.call_after_refresh(self._fit)

    def on_resize(self) -> None:
        """Fit the new size."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        inner = self.query_one("#help").scrollable_content_region
        lines = help_lines(self.first, inner.width, inner.height, chosen(), self.session)
        text = palette(self.app).text(lines)
        text.right_crop(1)  # the last line's newline: what fits so is not to be scrolled through
        self.query_one("#help-text", Static).update(text)

    def action_more(self) -> None:
        """Show the words in place of the keys."""
        from .glossary import GlossaryScreen

        app = self.app
        self.dismiss()
        app.push_screen(GlossaryScreen())


def help_lines(
    context: str, width: int, height: int, signs: Glyphs, session: object = None
) -> list[Line]:
    """Return the help of a screen for a size: of a session, the keys that ever do something in it."""
    lines: list[Line] = []
    for tasks in (TASKS, TIGHT) if context in TIGHT else (TASKS,):
        blocks = [*_blocks(context, session, tasks.get(context, {})), _legend(context, signs)]
        lines = fitted_columns([block for block in blocks if block.entries], width, height)
        if len(lines) <= height or width < NARROW:
            break
    return lines


def _blocks(context: str, session: object, tasks: dict[str, tuple[str, ...]]) -> Iterator[Block]:
    told: list[Key[Any]] = []
    own = keys_of(context, session)
    for title, groups in tasks.items():
        rows = list(filter(None, (_row(own, group) for group in groups)))
        told += [key for row in rows for key in row]
        yield Block(title, tuple(map(_entry, rows)))
    if rest := [key for key in own if key not in told]:
        yield Block(CONTEXTS[context].capitalize(), tuple(_entry([key]) for key in rest))
    panes = _panes(context, session)
    for pane in panes:
        if pane not in ELSEWHERE:
            title = TITLES.get(pane, CONTEXTS[pane].capitalize())
            yield Block(title, tuple(map(_entry, _pairs(keys_of(pane, session)))))
    small = ((ELSEWHERE[pane], keys_of(pane, session)) for pane in panes if pane in ELSEWHERE)
    yield Block("Elsewhere", tuple(_entry(row, where) for where, keys in small for row in _pairs(keys)))


def _panes(context: str, session: object) -> list[str]:
    """The contexts whose keys are told too, of the panes that are there."""
    panes = [pane for pane in PANES.get(context, ()) if keys_of(pane, session)]
    has_rows = ROWS_OF.get(context, "rows") in panes
    return [pane for pane in panes if pane != "rows" or has_rows]


def _row(keys: Sequence[Key[Any]], group: str) -> list[Key[Any]]:
    """The rows of the table for some keys, of those that it has."""
    by_name = {name: key for key in keys for name in key.keys}
    return [by_name[name] for name in group.split() if name in by_name]


def _pairs(keys: Sequence[Key[Any]]) -> Iterator[list[Key[Any]]]:
    """Rows of keys: a movement and those that belong to it share one."""
    by_name = {key.keys[0]: key for key in keys}
    for first in list(by_name):
        if first in by_name:
            own = by_name.pop(first)
            yield [own, *(by_name.pop(name) for name in WITH.get(first, "").split() if name in by_name)]


def _entry(row: Sequence[Key[Any]], where: str = "") -> Entry:
    group = " ".join(key.keys[0] for key in row)
    if group in ARROWS:
        return Entry(*ARROWS[group])
    name = " ".join("1-9" if len(key.keys) == 9 else key.shown.split()[0] for key in row)
    labels = ", ".join(dict.fromkeys(key.label for key in row))
    short = labels if where else SHORT.get(group, labels)
    return Entry(name, where + "; ".join(key.help for key in row), where + short)


def _legend(context: str, signs: Glyphs) -> Block:
    """What the signs on the screen mean."""
    meanings: tuple[tuple[str, str, str], ...]
    if context == "run":
        meanings = (
            (signs.curve, "a number as it was logged", "as logged"),
            ("o", "the validation rows", "validation"),
            ("a b ...", "another run, laid over this one by c", "another run"),
            (signs.cursor_line, "the training step looked at", "step looked at"),
            ("o x + ...", "a point of the data; each class has its sign", "points"),
            (f"{signs.folded} {signs.opened}", "folded, open: Enter changes it", "folded, open"),
        )
    elif context == "tensors":
        meanings = (
            (signs.current, "the node that this step visits", "visited now"),
            (signs.breakpoint, "a breakpoint", "breakpoint"),
            (f"{signs.opened} {signs.folded}", "open, folded: Enter changes it", "open, folded"),
            (f"{signs.done} {signs.waiting}", "a node that was visited; one to come", "visited, to come"),
        )
    else:
        meanings = (
            (signs.current, "the node that this step visits", "visited now"),
            (signs.changed, "a number that this step has written", "written now"),
            (signs.breakpoint, "a breakpoint", "breakpoint"),
            (signs.reference, "shown in full elsewhere: Enter goes there", "shown elsewhere"),
            (f"{signs.opened} {signs.folded}", "open, folded: Enter changes it", "open, folded"),
            (
                f"{signs.done} {signs.waiting}",
                "a contribution that has come in; one to come",
                "came in, to come",
            ),
            (f"{signs.stale} {signs.override}", "a gradient of older numbers; typed", "stale, typed"),
            (f"{signs.played} {signs.mark}", "the steps taken; where a phase begins", "taken, phase"),
        )
    return Block("Signs", tuple(Entry(*meaning) for meaning in meanings))
