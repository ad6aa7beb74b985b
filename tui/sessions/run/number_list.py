"""The numbers a run has logged as a list: one of them chosen, searched by name, plotted with Enter."""

from ...text.format import plain
from .display import Display
from .quantities import split
from .reader import RunReader

MANY = 16
"""Quantities from which on one is chosen from a list, and not gone through."""


class NumberList:
    """The names in the order of the table; what is chosen is a name, for others may come before it."""

    def __init__(self, reader: RunReader, display: Display) -> None:
        self._reader = reader
        self._display = display
        self.chosen = ""
        """The name with the cursor; "" as long as nobody has moved it."""
        self.sought = ""
        """What was searched for last."""

    @property
    def names(self) -> list[str]:
        """Every name under which anything was logged, what is plotted first of all at the top."""
        series = self._reader.series
        # A script that logs a loss only has no learning rate.
        filled = [name for name, each in series.by_name.items() if len(each) or len(each.broken)]
        lead = series.names[0] if series.names else ""
        return sorted(filled, key=lambda name: (name != lead, _rank(name)))

    @property
    def many(self) -> bool:
        """Whether there are so many that one is chosen from the list."""
        return len(self._reader.series.names) > MANY

    @property
    def several(self) -> bool:
        """Whether there is ever one to be chosen: of a live run others may come."""
        return self._reader.live or len(self.names) > 1

    @property
    def at(self) -> int:
        """The place of the chosen one, or of what is plotted."""
        names = self.names
        for name in (self.chosen, self._display.plotted_name):
            if name in names:
                return names.index(name)
        return 0

    def choose(self, index: int) -> str:
        """Choose a name by its place."""
        if names := self.names:
            self.chosen = names[max(0, min(index, len(names) - 1))]
        return f"{plain(self.chosen)}; Enter plots it"

    def search(self, text: str) -> str:
        """Choose the next name, from the chosen one on, that holds all the words of a text.

        The same text again goes on to the one after.
        """
        again, self.sought = text == self.sought, text
        return self._match(1 if again else 0)

    def _match(self, by: int) -> str:
        words = self.sought.lower().split()
        if not words:
            return "nothing is searched for; / searches the numbers"
        names, at = self.names, self.at
        found = [i for i, name in enumerate(names) if all(word in name.lower() for word in words)]
        if not found:
            return f"no number is called {plain(self.sought)}"
        later = [i for i in found if i >= at + by]
        index = (later or found)[0]
        self.chosen = names[index]
        return f"{found.index(index) + 1} of {len(found)}: {plain(names[index])}; Enter plots it"

    def plot(self) -> str:
        """Plot the chosen one."""
        names = self.names
        return self._display.plot(names[self.at]) if names else "no numbers yet"


def _rank(name: str) -> tuple[int, str, str]:
    """Loss and accuracy first, each with its validation; at the end what tells of the training."""
    quantity, part = split(name)
    first, last = ("loss", "accuracy"), ("grad_norm", "lr")
    place = first.index(quantity) if quantity in first else 9 if name in last else 5
    return place, quantity, part if part != "training" else ""
