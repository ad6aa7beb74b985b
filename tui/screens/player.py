"""The player of a screen that steps: one step after another at a chosen speed, until there is news."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from textual.timer import Timer

from ..keys import Do
from ..panes.bars import Noted
from .base import BaseScreen

SPEEDS = (0.5, 1, 2, 4, 8, 16, 32)
"""Steps a second."""


class Steps(Protocol):
    """What takes a step and returns a sentence about it."""

    def next_step(self) -> str:
        """Take one step."""


class Stepped(Noted, Protocol):
    """A session that can be played."""

    @property
    def moving(self) -> Steps:
        """What takes its steps."""

    @property
    def has_news(self) -> bool:
        """Whether what the last step said ends the playing."""


P = TypeVar("P", bound=Stepped)


class Player:
    """Takes steps by a timer of the screen. What changes it returns a sentence about it."""

    def __init__(
        self, screen: BaseScreen[Any], step: Callable[[], None], has_news: Callable[[], bool]
    ) -> None:
        """`has_news` says whether what the last step said ends the playing."""
        self._screen = screen
        self._step, self._has_news = step, has_news
        self.speed = 2
        self.timer: Timer | None = None

    def toggle(self) -> str:
        """Start or stop playing."""
        if self.timer:
            self._stop()
            return "paused"
        self._start()
        return self._pace

    def faster(self) -> str:
        """Play faster."""
        return self._set_speed(self.speed + 1)

    def slower(self) -> str:
        """Play slower."""
        return self._set_speed(self.speed - 1)

    def _set_speed(self, speed: int) -> str:
        self.speed = max(0, min(speed, len(SPEEDS) - 1))
        if self.timer:
            self._stop()
            self._start()
        return self._pace

    @property
    def _pace(self) -> str:
        pace = f"{SPEEDS[self.speed]} steps a second"
        return f"playing, {pace}; Space pauses" if self.timer else pace

    def _start(self) -> None:
        self.timer = self._screen.set_interval(1 / SPEEDS[self.speed], self._tick)

    def _stop(self) -> None:
        if self.timer:
            self.timer.stop()
        self.timer = None

    def _tick(self) -> None:
        """Take a step; one that has something to say ends the playing."""
        self._step()
        session = self._screen.session
        if session.note and self._has_news():
            self._stop()
        elif self.timer:
            session.note = session.note or self._pace
            self._screen.sync_bars()


class PlayingScreen(BaseScreen[P]):
    """Plays what a key steps through."""

    def __init__(self, session: P) -> None:
        super().__init__(session)
        step: Do[P] = Do(lambda s: s.moving.next_step())
        self.player = Player(self, lambda: self.do(step), lambda: session.has_news)

    def action_play(self) -> None:
        """Start or stop playing."""
        self.show_note(self.player.toggle())

    def action_faster(self) -> None:
        """Play faster."""
        self.show_note(self.player.faster())

    def action_slower(self) -> None:
        """Play slower."""
        self.show_note(self.player.slower())
