"""The numbers a run logs, as a table: at the cursor, and the best so far."""

import math

from ...charts.series import Series
from ...sessions.watching import WatchSession
from ...text.format import fitted, number, plain
from ...text.lines import Line
from .base import RunPane

NUMBER = 10


class NumbersPane(RunPane):
    """A row a number: the name, the value at the cursor, the best one and its training step."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self.entitle("numbers")

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the table."""
        words = max(4, min(20, width - 3 * (NUMBER + 1)))
        wide = width >= words + 3 * (NUMBER + 1)
        head = f"{'':{words}} {'now':>{NUMBER}} " + f"{'best':>{NUMBER}} {'at step':>{NUMBER}}" * wide
        lines: list[Line] = [((fitted(head, width, ""), "header"),)]
        series = self.session.series.by_name
        for name in sorted(series, key=_rank):
            # A script that logs a loss only has a learning rate of nan at every step.
            if len(series[name]) or (name == "loss" and series[name].broken):
                lines.append(self._row(name, series[name], words, wide))
        return lines[:height]

    def _row(self, name: str, series: Series, words: int, wide: bool) -> Line:
        shown = f"{fitted(plain(name.replace('_', ' ')), words, self.glyphs.ellipsis)} "
        now = series.at(self.session.at)
        style = "strong" if now is None or math.isfinite(now) else "warning"
        line: Line = ((shown, ""), (f"{number(now):>{NUMBER}}", style))
        grows, falls = "acc" in name, "loss" in name or "err" in name
        if not wide or not (grows or falls) or not len(series):
            return line
        best, step = series.best(greatest=grows)
        return (*line, (f" {number(best):>{NUMBER}} {step:>{NUMBER},}", "dim"))


def _rank(name: str) -> tuple[int, str]:
    first = ("loss", "validation_loss", "accuracy", "validation_accuracy")
    last = ("grad_norm", "lr")
    return (first.index(name), "") if name in first else (9, name) if name in last else (5, name)
