"""The player of the stepping screen: one step after another at a chosen speed, until there is news."""

from collections.abc import Callable

from textual.timer import Timer

from ..keys import Do
from ..sessions.stepping import SteppingSession
from .base import BaseScreen

SPEEDS = (0.5, 1, 2, 4, 8, 16, 32)
"""Steps a second."""


class Player:
    """Takes steps by a timer of the screen. What changes it returns a sentence about it."""

    def __init__(self, screen: BaseScreen[SteppingSession], step: Callable[[], None]) -> None:
        self._screen = screen
        self._step = step
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
        news = session.playback.at_mark or session.breakpoints.reached or not session.passed
        if session.note and news:
            self._stop()
        elif self.timer:
            session.note = session.note or self._pace
            self._screen.sync_bars()


class PlayingScreen(BaseScreen[SteppingSession]):
    """Plays what a key steps through."""

    def __init__(self, session: SteppingSession) -> None:
        super().__init__(session)
        self.player = Player(self, lambda: self.do(Do(lambda s: s.moving.next_step())))

    def action_play(self) -> None:
        """Start or stop playing."""
        self.show_note(self.player.toggle())

    def action_faster(self) -> None:
        """Play faster."""
        self.show_note(self.player.faster())

    def action_slower(self) -> None:
        """Play slower."""
        self.show_note(self.player.slower())
