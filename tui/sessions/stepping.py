"""A session on one graph: the playback, the selection, the breakpoints, descent by hand.

Free of Textual, so `trace --follow` and the tests drive the same object as the app. Every action is a
method of one of the parts and returns a sentence when there is something to say; `do` keeps it.
"""

from collections.abc import Callable
from typing import Self

from ..text.format import ALL_DIGITS, DIGITS
from ..views.graph.attention import find_attention
from ..views.steps.source import has_source
from .graph.beside import Beside
from .graph.breaking import Breaking
from .graph.breakpoints import Breakpoints
from .graph.commands import Commands
from .graph.cursor import GraphCursor
from .graph.descent import Descent
from .graph.editing import Editing
from .graph.moving import Moving
from .graph.nudging import Nudging
from .graph.places import Places
from .graph.predicting import Predicting
from .graph.selection import Selection
from .target import Opened


class SteppingSession(GraphCursor):
    """The state behind the stepping screen and `trace --follow`."""

    of_run = False
    """Whether there is a run to go back to."""
    of_break = False
    """Whether the pass is broken on purpose."""
    of_quiz = False
    """Whether it is a question of the quiz."""
    is_over = False
    """Whether another graph is open below, to go back to."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened.recording)
        self.opened = opened
        self.attention = find_attention(opened.recording)
        """The heads of a graph that has attention."""
        self.places = Places(self)
        self.breakpoints = Breakpoints(self, self.places)
        self.moving = Moving(self, self.breakpoints, self.places)
        self.selection = Selection(self)
        self.predicting = Predicting(self, self.moving)
        self.editing = Editing(self)
        self.moving.append_more, self.moving.owes = self.editing.append_backward, self._owes
        self.nudging = Nudging(self, self.editing)
        self.breaking = Breaking(self, self.nudging)
        self.commands = Commands(
            self, self.moving, self.places, self.editing, self.nudging, self.breaking
        )
        self.descent = Descent(self, opened, self.editing)
        self.editing.on_edit = self.descent.remember_loss
        self.beside = Beside(self, opened.right, opened.parts_at) if opened.right else None
        self.note = f"{opened.look_at or 'forward is done'}; n steps backward"
        """The sentence about the last action."""
        if self.beside and opened.parts_at is None and self.beside.parts_at >= 0:
            self.moving.go_to(self.beside.parts_at)
            self.note = opened.look_at
        self.digits = DIGITS
        """The significant digits that the step's numbers have at least."""

    def do(self, act: Callable[[Self], str]) -> None:
        """Act, and keep the sentence that came of it."""
        self.note = act(self)

    @property
    def has_news(self) -> bool:
        """Whether what the last step said ends the playing: a mark, a stop."""
        at_mark, reached = self.playback.at_mark, self.breakpoints.reached
        return at_mark or reached is not None or not self.passed

    @property
    def has_source(self) -> bool:
        """Whether lines of the program are known that the graph is of."""
        return has_source(self.recording)

    def _owes(self) -> bool:
        return self.editing.owes

    def toggle_digits(self) -> str:
        """Show the step's numbers in all their digits, or in those that matter again."""
        if self.digits == ALL_DIGITS:
            self.digits = DIGITS
            return "four digits, more where a change would not show"
        self.digits = ALL_DIGITS
        return "the step shows all digits; a: four again"

    def export(self, name: str) -> str:
        """Write the recording to a file; return a sentence about it."""
        from .export import export  # brings the file formats, which most sessions never write

        return export(self.opened.title, self.recording, name)
