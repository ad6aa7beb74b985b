"""The numbers a run logs, as a table: at the cursor, and the best of all that were logged."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from textual.message import Message

from ...bindings import bindings
from ...sessions.run.number_list import NumberList
from ...sessions.run.quantities import split
from ...sessions.watching import WatchSession
from ...text.format import fitted, plain
from ...text.lines import Line
from ...views.run.compared import compared_lines
from ...views.run.numbers import Row, in_sight, table_lines, written
from .base import RunPane


class NumbersPane(RunPane, can_focus=True):
    """A row a number: the name, the value at the cursor, of which step it is, the best one and its step.

    Where other runs are laid over this one, all of them come first, with what tells them apart. With the
    focus it is a list: one number is chosen, and Enter plots it.
    """

    BINDINGS = bindings("numbers")

    @dataclass
    class Chosen(Message):
        """What is to be done about the number that is chosen."""

        act: Callable[[WatchSession], str]
        plots: bool = False

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self.entitle("numbers")
        self._page = 1
        """The rows in sight."""

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the table, or the two."""
        compared = self._compared(width)
        return [*compared, *self._table(width, height - len(compared))]

    def _choose(self, place: Callable[[NumberList], int]) -> None:
        self.post_message(self.Chosen(lambda session: session.numbers.choose(place(session.numbers))))

    def action_choose(self, by: int) -> None:
        """Choose another row."""
        self._choose(lambda numbers: numbers.at + by)

    def action_page(self, by: int) -> None:
        """Choose a row a page away."""
        self._choose(lambda numbers: numbers.at + by * self._page)

    def action_top(self) -> None:
        """Choose the first."""
        self._choose(lambda numbers: 0)

    def action_bottom(self) -> None:
        """Choose the last."""
        self._choose(lambda numbers: len(numbers.names) - 1)

    def action_plot(self) -> None:
        """Have the chosen one plotted."""
        self.post_message(self.Chosen(lambda session: session.numbers.plot(), plots=True))

    def on_focus(self) -> None:
        """Show which one is chosen."""
        self.sync()

    def on_blur(self) -> None:
        """Show the table as it was."""
        self.sync()

    def _compared(self, width: int) -> list[Line]:
        display, others = self.session.display, self.session.comparison.others
        self.entitle(f"{plain(display.quantity.name)} of {len(others) + 1} runs" if others else "numbers")
        if not others:
            return []
        differing = self.session.comparison.differing
        return compared_lines(display.compared(), self.session.at, differing, width, self.glyphs)

    def _table(self, width: int, height: int) -> list[Line]:
        session, numbers = self.session, self.session.numbers
        names, at = numbers.names, numbers.at
        chosen = self.has_focus or bool(numbers.chosen)
        called, step = written(tuple(names)), session.at
        rows = cache(lambda index: self._rows(names[index], called[names[index]], step))
        shown = in_sight(
            lambda index: len(rows(index)), len(names), at if chosen else 0, max(1, height - 1)
        )
        self._page = max(1, len(shown))
        above = f"{shown.start + 1}-{shown.stop} of {len(names)}" if len(shown) < len(names) else ""
        told = [row for index in shown for row in rows(index)]
        lines = table_lines(told, session.cursor, width, self.glyphs, tuple(called.values()), above)
        if not chosen or at not in shown:
            return lines
        first = 1 + sum(len(rows(index)) for index in range(shown.start, at))
        lit = range(first, first + len(rows(at)))
        return [self._lit(line, width) if y in lit else line for y, line in enumerate(lines)]

    def _lit(self, line: Line, width: int) -> Line:
        """A row of the number that is chosen."""
        look = "selected" if self.has_focus else "blurred"
        return ((fitted("".join(text for text, _ in line), width, ""), look),)

    def _rows(self, name: str, called: str, looked_at: int) -> list[Row]:
        """A number's row; for the loss of mini-batches the best mean of an epoch has a row of its own."""
        session = self.session
        value, step = session.value(name)
        of = None if step == looked_at else step
        mean_of_many = step is not None and session.series.by_name[name].spans(step)
        row = Row(called, value, of, mean=mean_of_many)
        grows = "acc" in name or split(name)[0] == "r2"
        falls = any(word in name for word in ("loss", "err", "rmse"))
        if not (grows or falls):
            return [row]
        best, at = session.best(name, greatest=grows) or (None, None)
        mean = session.mean_of(name)
        of_best = Row(f" {mean}", None) if mean else row
        instead = "" if session.series.has_all(name) else session.reading
        of_best = replace(of_best, best=best, best_at=at, instead=instead)
        return [row, of_best] if mean else [of_best]
