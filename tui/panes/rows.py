"""A list of any length of which only the visible rows are ever made."""

from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message

from ..bindings import bindings
from ..text.lines import Line, restyled
from .base import Painted, page_start

SHADED = 48
"""The width from which every other row is shaded, to guide the eye from a name to its numbers."""


class RowsPane(Painted, can_focus=True):
    """A scrolling list with a cursor; subclasses say how many rows there are and draw one."""

    BINDINGS = bindings("rows")
    HEADER = False

    def __init__(self, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.cursor = 0

    # For subclasses

    def count(self) -> int:
        """The number of rows."""
        raise NotImplementedError

    def row(self, index: int, width: int) -> Line:
        """Draw one row in `width` cells."""
        raise NotImplementedError

    def header(self, width: int) -> Line:
        """Draw the line that stays above the rows, if HEADER is set."""
        return ()

    # Drawing

    def line(self, y: int) -> Line:
        """Return line y: the header, a row, or nothing."""
        width = self.inner.width
        if self.HEADER and y == 0:
            return self.header(width)
        index = y - self.HEADER + self.scroll_offset.y
        if index >= self.count():
            return ()
        cursor = "selected" if self.has_focus else "blurred"
        guide = "shaded" if index % 2 and width >= SHADED else ""
        return restyled(self.row(index, width), cursor if index == self.cursor else guide)

    def sync(self) -> None:
        """Adjust to the number of rows, then repaint what differs."""
        size = Size(0, self.count() + self.HEADER)
        if size != self.virtual_size:
            self.virtual_size = size
        super().sync()

    def on_mount(self) -> None:
        """Take the size of the list."""
        self.sync()

    def show(self, index: int) -> None:
        """Move the cursor to a row and scroll just enough to see it."""
        self.cursor = max(0, min(index, self.count() - 1))
        top, height = self.scroll_offset.y, self.inner.height - self.HEADER
        if height > 0 and not top <= self.cursor < top + height:
            self._scroll(self.cursor - height // 3)

    def follow_to(self, index: int) -> None:
        """Move the cursor to a row and scroll by pages, so that back shows what was there before."""
        self.cursor = max(0, min(index, self.count() - 1))
        height = self.inner.height - self.HEADER
        if height > 0:
            self._scroll(page_start(self.cursor, 1, height))

    def _scroll(self, top: int) -> None:
        top = max(0, min(top, self.count() + self.HEADER - self.inner.height))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.show(self.cursor)

    def on_focus(self) -> None:
        """Show the cursor as active."""
        self.sync()

    def on_blur(self) -> None:
        """Show the cursor as resting."""
        self.sync()

    # Moving the cursor

    def move(self, index: int) -> None:
        """Move the cursor."""
        self.show(index)
        self.sync()

    def on_click(self, event: events.Click) -> None:
        """Select the row under the mouse."""
        place = event.get_content_offset(self)
        index = place.y - self.HEADER + self.scroll_offset.y if place else -1
        if 0 <= index < self.count():
            self.move(index)

    def action_cursor(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.move(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by a screenful."""
        self.move(self.cursor + pages * max(1, self.inner.height - 1 - self.HEADER))

    def action_top(self) -> None:
        """Move the cursor to the first row."""
        self.move(0)

    def action_bottom(self) -> None:
        """Move the cursor to the last row."""
        self.move(self.count() - 1)


class NodesPane(RowsPane):
    """A list whose rows are about nodes of a graph: to move the cursor is to select a node."""

    @dataclass
    class Selected(Message):
        """The cursor moved to the row of this node."""

        node: int

    def node_at(self, index: int) -> int:
        """The node a row is about."""
        raise NotImplementedError

    def move(self, index: int) -> None:
        """Move the cursor and select the node it is on."""
        super().move(index)
        self.post_message(self.Selected(self.node_at(self.cursor)))
