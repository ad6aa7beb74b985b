"""Screens that are left at any moment, also before their panes are there.

Textual takes a screen off its stack first and its panes away later, and lays none out where it was left
before: a size, its own coming, a callback would then ask for panes that are not there.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual._callback import invoke
from textual.await_complete import AwaitComplete
from textual.events import Event, Resize
from textual.message_pump import MessagePump
from textual.screen import Screen

if TYPE_CHECKING:
    Base = Screen[Any]
else:
    Base = MessagePump  # of several screens Textual would have the style of the first alone


class Leavable(Base):
    """What a screen of ours, or of Textual's, is besides: once it has been left it fails no more."""

    ALLOW_SELECT = False
    """Textual fails at a click on what is gone by the next event; painted lines cannot be selected."""

    @property
    def open(self) -> bool:
        """Whether it has not been left."""
        return self in self.app.screen_stack

    async def on_event(self, event: Event) -> None:
        """Take an event; a screen that failed at its own coming would never be taken away.

        A size that is over by now is none: of two that wait, Textual sends itself each after the other,
        for ever.
        """
        if isinstance(event, Resize) and event.size != self.app.size:
            return
        try:
            await super().on_event(event)
        except Exception:
            if self.open:
                raise

    def call_after_refresh(self, callback: Callable[..., Any], *args: Any, **named: Any) -> bool:
        """Call it once all has been drawn, if the screen has not been left by then."""
        return super().call_after_refresh(self._call_if_open, partial(callback, *args, **named))

    async def _call_if_open(self, callback: Callable[[], Any]) -> None:
        if self.open:
            await invoke(callback)

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Leave, once: what leaves by itself may have been left already, for another screen."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)
