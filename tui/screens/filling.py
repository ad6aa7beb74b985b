"""One pane fills the screen: which, and the classes by which the stylesheet hides the others."""

from __future__ import annotations

from collections.abc import Sequence

from textual.screen import Screen
from textual.widget import Widget


class Filling:
    """Of a screen: the pane that fills it, if one does."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self.pane: Widget | None = None

    def toggle(self, panes: Sequence[Widget], otherwise: Widget) -> str:
        """Let the pane with the focus fill the screen, or bring all back; return a sentence about it."""
        if self.pane:
            self._empty()
            return "all panes are back"
        focused = self._screen.focused
        self.fill(focused if focused and focused in panes else otherwise)
        return "w brings all panes back"

    def fill(self, pane: Widget) -> None:
        """Let a pane fill the screen, in place of the one that does."""
        if self.pane:
            self._empty()
        self.pane = pane
        pane.add_class("-fills")
        if isinstance(pane.parent, Widget):
            pane.parent.add_class("-holds")
        self._screen.add_class("-filled")
        pane.focus()

    def _empty(self) -> None:
        self._screen.remove_class("-filled")
        if self.pane:
            self.pane.remove_class("-fills")
            if isinstance(self.pane.parent, Widget):
                self.pane.parent.remove_class("-holds")
        self.pane = None
