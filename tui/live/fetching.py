"""Fetching what a screen lacks: in a thread, one thing at a time, always what is wanted by then."""

from collections.abc import Callable

from .scheduler import Scheduler
from .screen import LiveScreen

Came = Callable[[], object]
Wanted = Callable[[], Callable[[], Came] | None]
"""What is lacking: a function that fetches it and returns what to do with it in the app's own thread."""


class Fetching:
    """One screen's. Keys are answered meanwhile, with what is there."""

    def __init__(self, screen: LiveScreen, wanted: Wanted) -> None:
        self._screen, self._wanted = screen, wanted
        self._under_way = False

    def look(self) -> None:
        """Fetch what is wanted; while something is under way, what is wanted after that comes next."""
        fetch = None if self._under_way else self._wanted()
        if fetch is not None:
            self._under_way = True
            self._scheduler.background.run(lambda task: fetch(), self._came)

    @property
    def _scheduler(self) -> Scheduler:
        return self._screen.scheduler

    def _came(self, came: Came | None, seconds: float) -> None:
        self._under_way = False
        if came is not None and self._screen.is_attached:
            came()
            self._screen.sync_panes()
            self.look()
