"""The numbers a run logs, as a table: at the cursor, and the best of all that were logged."""

from dataclasses import replace

from ...sessions.run.quantities import split
from ...sessions.watching import WatchSession
from ...text.format import plain
from ...text.lines import Line
from ...views.run.compared import compared_lines
from ...views.run.numbers import Row, table_lines
from .base import RunPane


class NumbersPane(RunPane):
    """A row a number: the name, the value at the cursor, of which step it is, the best one and its step.

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
        return compared_lines(display.compared(), self.session.at, differing, width, self.glyphs)

    def _table(self, width: int) -> list[Line]:
        session = self.session
        series = session.series.by_name
        rows: list[Row] = []
        for name in sorted(series, key=_rank):
            # A script that logs a loss only has no learning rate.
            if len(series[name]) or (name == "loss" and series[name].broken):
                rows += self._rows(name)
        return table_lines(rows, session.cursor, width, self.glyphs)

    def _rows(self, name: str) -> list[Row]:
        """A number's row; for the loss of mini-batches the best mean of an epoch has a row of its own."""
        session = self.session
        value, step = session.value(name)
        of = None if step == session.at else step
        mean_of_many = step is not None and session.series.by_name[name].spans(step)
        row = Row(plain(name.replace("_", " ")) + " (mean)" * mean_of_many, value, of)
        grows = "acc" in name or split(name)[0] == "r2"
        falls = any(word in name for word in ("loss", "err", "rmse"))
        if not (grows or falls):
            return [row]
        best, at = session.best(name, greatest=grows) or (None, None)
        mean = session.mean_of(name)
        of_best = Row(f" {mean}", None) if mean else row
        of_best = replace(of_best, best=best, best_at=at, instead=session.reading)
        return [row, of_best] if mean else [of_best]


def _rank(name: str) -> tuple[int, str, str]:
    """Loss and accuracy first, each with its validation; at the end what tells of the training."""
    quantity, part = split(name)
    first, last = ("loss", "accuracy"), ("grad_norm", "lr")
    place = first.index(quantity) if quantity in first else 9 if name in last else 5
    return place, quantity, part if part != "training" else ""
