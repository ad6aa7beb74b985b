"""The one-line panes of a run: its state, its loss as a sparkline, the note, the keys."""

import math

from ....engine.runs.store.configs import RunConfig, ScriptConfig
from ...charts.series import Series
from ...charts.sparkline import sparkline
from ...text.format import cells, cut_in_middle, fitted, number, plain, shortened
from ...text.lines import Line
from .base import RunPane

NAMED = 26
"""Cells for the number before the sparkline, with its name, where there is room."""


class RunTitle(RunPane):
    """State, training step and loss, then what is trained: a narrow terminal keeps the former."""

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the line."""
        session, signs = self.session, self.glyphs
        style = "strong warning" if session.shown_state in ("died", "gone") else "strong selected"
        status = shortened(f" {session.headline} ", width, signs.ellipsis)
        marks = "  FROZEN" * session.frozen
        about = f"  {plain(session.store.name)}{_made_of(session.store.config)}"
        left = width - cells(status) - len(marks)
        return [((status, style), (marks, "lit"), (fitted(about, left, signs.ellipsis), ""))]


def _made_of(config: RunConfig) -> str:
    """What is trained on what; nothing of a script's own run."""
    if isinstance(config, ScriptConfig):
        return ""
    broken = f"  BROKEN: {', '.join(config.broken)}" if config.broken else ""
    return f"{broken}  {plain(config.dataset)}  {config.summary}"


class Sparkline(RunPane):
    """The whole history of the loss in one line, and the learning rate."""

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the line."""
        session = self.session
        name = session.headed
        value, _ = session.value(name)
        series = session.series.by_name[name]
        known = "" if value is None else f" {number(value)}"
        room = NAMED if width >= 100 else 20 if width >= 60 else 15
        called = cut_in_middle(plain(session.called), room - len(known), self.glyphs.ellipsis)
        shown = called + known if known or not session.reading else session.reading
        text = f" {fitted(shown, room, self.glyphs.ellipsis)}"  # never a number cut short
        rate, _ = session.value("lr")
        after = "" if rate is None or width < 40 else f"  lr {number(rate)}"
        curve = sparkline(
            self._values(series, width - len(text) - len(after) - 2), width, self.glyphs.bars
        )
        return [((text, "strong"), (f" {curve}", "positive"), (after, "dim"))]

    def _values(self, series: Series, count: int) -> list[float]:
        """One value a column: the mean of a bucket, or its end that sticks out; nan where it broke."""
        window = self.session.display.history(count)
        found = [(bucket.step, bucket.mean) for bucket in series.buckets(window)]
        broken = [(float(window.start(index)), math.nan) for index in series.broken_in(window)]
        return [value for _, value in sorted(found + broken, key=lambda pair: pair[0])]


class RunNote(RunPane):
    """What there is to say: of the last key, else of a run that came to an end."""

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the line."""
        return [((fitted(f" {self.session.sentence}", width, self.glyphs.ellipsis), ""),)]
