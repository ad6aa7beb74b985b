"""The app under every screen: it has the scheduler, takes the keys, asks the terminal what it shows."""

import os
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.timer import Timer

from .durations import FRAME_HERE, FRAME_LOST
from .pacing import Answered, Link, pace
from .scheduler import Scheduler


@runtime_checkable
class AnsweringDriver(Protocol):
    """A driver that can ask the terminal whether it shows what was sent, and counts what that was."""

    bytes: int

    def ask(self, answered: Answered) -> None:
        """Call `answered` once the terminal shows all that was sent."""


@runtime_checkable
class SuspendingDriver(Protocol):
    """A driver that stops and continues by itself."""

    def suspend(self, *, job: bool = False) -> None:
        """Give the terminal to the shell until it is continued."""


class LiveApp(App[str]):
    """Keys go through the scheduler; live frames wait for the terminal."""

    def __init__(self, fps: int | None = None, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        frames = pace(os.environ, fps, self._ask, self._guess)
        self.scheduler = Scheduler(self, super().on_event, frames)
        self._link = Link()
        self._carried: Timer | None = None
        if frames.remote:
            self.animation_level = "none"

    async def on_event(self, event: events.Event) -> None:
        """Take one key after the other."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.scheduler.keys.take(event)
        else:
            await super().on_event(event)

    def on_flooded(self) -> None:
        """Forget what waits of more keys than anybody types."""
        self.scheduler.keys.abandon()

    def action_suspend_process(self) -> None:
        """Suspend to the shell, with all of the job in the foreground."""
        if isinstance(self._driver, SuspendingDriver):
            self._suspend_signal()
            self._driver.suspend(job=True)
        else:
            super().action_suspend_process()

    def on_ready(self) -> None:
        """Have the garbage collected while nobody types."""
        self.scheduler.collect_while_nobody_types()

    def _ask(self, answered: Answered) -> None:
        """Have `answered` called once the terminal shows what is being drawn."""
        if isinstance(self._driver, AnsweringDriver):
            self.call_after_refresh(self._driver.ask, answered)
        else:
            answered()

    def _guess(self, answered: Answered) -> None:
        """Have `answered` called once even a poor link has carried what is being drawn."""
        self.call_after_refresh(self._when_carried, answered)

    def _when_carried(self, answered: Answered) -> None:
        sent = 0
        if isinstance(self._driver, AnsweringDriver):
            sent, self._driver.bytes = self._driver.bytes, 0
        if self._carried:
            self._carried.stop()
        most = FRAME_HERE if self.scheduler.pace.room is None else FRAME_LOST
        self._carried = self.set_timer(min(max(0.001, self._link.carry(sent)), most), answered)


def scheduler_of(app: App[Any]) -> Scheduler:
    """Return the app's scheduler; a screen knows its app as Textual's."""
    assert isinstance(app, LiveApp)
    return app.scheduler
