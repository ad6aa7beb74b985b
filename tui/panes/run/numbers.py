"""The numbers a run logs, as a table: at the cursor, and the best so far."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from ...bindings import bindings
from ...sessions.run.number_list import NumberList
from ...sessions.watching import WatchSession
from ...text.apart import told_apart
from ...text.format import cells, fitted, number, plain
from ...text.lines import Line
from ...views.run.compared import compared_lines
from .base import RunPane

NUMBER = 10


class NumbersPane(RunPane, can_focus=True):
    """A row a number: the name, the value at the cursor, the best one and its training step.

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
        return compared_lines(display.compared(), differing, width, self.glyphs)

    def _table(self, width: int, height: int) -> list[Line]:
        names, at = self.session.numbers.names, self.session.numbers.at
        room = self._page = max(1, height - 1)
        chosen = self.has_focus or bool(self.session.numbers.chosen)
        start = max(0, min(at - room // 2, len(names) - room)) if chosen else 0
        shown = names[start : start + room]
        longest = max(map(cells, map(_written, names)), default=0)
        words = max(4, min(max(20, longest), width - 3 * (NUMBER + 1)))
        wide = width >= words + 3 * (NUMBER + 1)
        above = f"{start + 1}-{start + len(shown)} of {len(names)}" if len(shown) < len(names) else ""
        head = (
            f"{above:{words}.{words}} {'now':>{NUMBER}} "
            + f"{'best':>{NUMBER}} {'at step':>{NUMBER}}" * wide
        )
        lines: list[Line] = [((fitted(head, width, ""), "header"),)]
        labels = told_apart([_written(name) for name in names], words, self.glyphs.ellipsis)
        for index, name in enumerate(shown, start):
            line = self._row(name, fitted(labels[_written(name)], words, ""), width if wide else 0)
            lines.append(self._lit(line, width) if chosen and index == at else line)
        return lines

    def _lit(self, line: Line, width: int) -> Line:
        """The row of the number that is chosen."""
        look = "selected" if self.has_focus else "blurred"
        return ((fitted("".join(text for text, _ in line), width, ""), look),)

    def _row(self, name: str, shown: str, width: int) -> Line:
        session, words = self.session, cells(shown)
        now, _ = session.value_at(session.at, name)
        style = "strong" if now is None or math.isfinite(now) else "warning"
        line: Line = ((shown, ""), (f" {'' if now is None else number(now):>{NUMBER}}", style))
        grows, falls = "acc" in name, "loss" in name or "err" in name
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


def _written(name: str) -> str:
    return plain(name.replace("_", " "))
