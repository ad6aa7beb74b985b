"""The numbers a run logs, as a table: at the cursor, and the best so far."""

import math

from ...sessions.run.quantities import split
from ...sessions.watching import WatchSession
from ...text.format import fitted, number, plain
from ...text.lines import Line
from ...views.run.compared import compared_lines
from .base import RunPane

NUMBER = 10


class NumbersPane(RunPane):
    """A row a number: the name, the value at the cursor, the best one and its training step.

    Where other runs are laid over this one, all of them come first, with what tells them apart.
    """

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self.entitle("numbers")

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the table, or the two."""
        return [*self._compared(width), *self._table(width)]

    def _compared(self, width: int) -> list[Line]:
        display, others = self.session.display, self.session.comparison.others
        self.entitle(f"{plain(display.quantity.name)} of {len(others) + 1} runs" if others else "numbers")
        if not others:
            return []
        differing = self.session.comparison.differing
        return compared_lines(display.compared(), differing, width, self.glyphs)

    def _table(self, width: int) -> list[Line]:
        words = max(4, min(20, width - 3 * (NUMBER + 1)))
        wide = width >= words + 3 * (NUMBER + 1)
        head = f"{'':{words}} {'now':>{NUMBER}} " + f"{'best':>{NUMBER}} {'at step':>{NUMBER}}" * wide
        lines: list[Line] = [((fitted(head, width, ""), "header"),)]
        series = self.session.series.by_name
        for name in sorted(series, key=_rank):
            # A script that logs a loss only has no learning rate.
            if len(series[name]) or (name == "loss" and series[name].broken):
                lines.append(self._row(name, words, width if wide else 0))
        return lines

    def _row(self, name: str, words: int, width: int) -> Line:
        session = self.session
        shown = fitted(plain(name.replace("_", " ")), words, self.glyphs.ellipsis)
        now, _ = session.value_at(session.at, name)
        style = "strong" if now is None or math.isfinite(now) else "warning"
        line: Line = ((shown, ""), (f" {'' if now is None else number(now):>{NUMBER}}", style))
        grows = "acc" in name or split(name)[0] == "r2"
        falls = any(word in name for word in ("loss", "err", "rmse"))
        if not width or not (grows or falls):
            return line
        return (*line, (self._best(name, grows, words, width), "dim"))

    def _best(self, name: str, grows: bool, words: int, width: int) -> str:
        """The best and its step; of a mini-batch's loss it is the mean of an epoch."""
        session = self.session
        found = session.best(name, greatest=grows)
        if found is None:
            return f" {session.reading:>{NUMBER}}" if session.reading else ""
        best, step = found
        mean = f" {session.mean_of(name)}"
        mean *= width >= words + 3 * (NUMBER + 1) + len(mean)
        return f" {number(best):>{NUMBER}} {step:>{NUMBER},}{mean}"


def _rank(name: str) -> tuple[int, str, str]:
    """Loss and accuracy first, each with its validation; at the end what tells of the training."""
    quantity, part = split(name)
    first, last = ("loss", "accuracy"), ("grad_norm", "lr")
    place = first.index(quantity) if quantity in first else 9 if name in last else 5
    return place, quantity, part if part != "training" else ""
