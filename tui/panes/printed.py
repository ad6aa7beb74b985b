"""The lines that a program printed, to be scrolled through: there may be a hundred thousand."""

from ..text.format import cells, plain, shortened
from ..text.lines import Line
from .rows import RowsPane


class PrintedPane(RowsPane):
    """One row a line of what was printed; begins at the end."""

    def __init__(self, printed: str, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self._lines = printed.split("\n")
        if not self._lines[-1]:
            self._lines.pop()
        self.cursor = max(0, len(self._lines) - 1)
        count = len(self._lines)
        self.border_title = f"printed: {count:,} line{'s'[: count != 1]} (Esc closes)"

    def count(self) -> int:
        """The number of lines."""
        return len(self._lines)

    def row(self, index: int, width: int) -> Line:
        """Draw one line."""
        text = plain(self._lines[index][: 4 * width].expandtabs(8))
        text = shortened(text, width, self.glyphs.ellipsis)
        return ((text + " " * (width - cells(text)), ""),)
