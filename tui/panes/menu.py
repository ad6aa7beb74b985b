"""The list of the start screen: titles of sections, and below each what there is to open."""

from textual.message import Message

from ..bindings import bindings
from ..sessions.menu import Entry, MenuSession
from ..text.lines import Line
from ..views.menu import column_widths, empty_line, entry_line, title_line
from .base import Painted
from .rows import RowsPane


class MenuPane(RowsPane):
    """The cursor is the session's; it never stands on a title."""

    BINDINGS = bindings("rows")

    class Moved(Message):
        """The cursor moved: other keys may do something now."""

    def __init__(self, session: MenuSession, **names: str | None) -> None:
        super().__init__(**names)
        self.session = session
        self.cursor = session.at
        self._of: list[Entry] = []
        self._columns: dict[str, tuple[int, int]] = {}

    def count(self) -> int:
        """The number of rows."""
        return len(self.session.entries)

    def row(self, index: int, width: int) -> Line:
        """Draw one row."""
        entry, ellipsis = self.session.entries[index], self.glyphs.ellipsis
        if entry.role == "title":
            return title_line(entry.name, width, ellipsis)
        if entry.role == "none":
            return empty_line(entry.name, width, ellipsis)
        return entry_line((entry.name, entry.fact, entry.about), self._widths(entry), width, ellipsis)

    def _widths(self, entry: Entry) -> tuple[int, int]:
        """The columns of its section, worked out once for a list."""
        entries = self.session.entries
        if self._of is not entries:
            self._of, self._columns = entries, {}
        if entry.kind not in self._columns:
            rows = [(e.name, e.fact) for e in entries if e.kind == entry.kind and e.role == "entry"]
            self._columns[entry.kind] = column_widths(rows)
        return self._columns[entry.kind]

    def move(self, index: int) -> None:
        """Select what can be opened there, its title in sight."""
        self.session.select(index)
        self.follow()
        self.post_message(self.Moved())

    def follow(self) -> None:
        """Show the selected row, and the title above it where it is the first."""
        at = self.session.at
        if self.session.entries[at - 1].role == "title":
            self.show(at - 1)
        self.show(at)
        self.sync()


class MenuTitle(Painted):
    """What this is."""

    def line(self, y: int) -> Line:
        """Draw the line."""
        rest = "  a debugger for backpropagation"
        return ((" micrograd-tui ", "strong selected"), (rest, ""))
