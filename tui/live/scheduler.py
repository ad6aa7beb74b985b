"""The scheduler: what is drawn, read and computed when, while one interpreter does all of it.

First the answer to a key; then what follows that answer; then live frames and the readings for them, in
pieces between which a key is let through; then work in a thread beside the screen, which waits while any
of those is under way; the garbage collector while nobody types. The durations have a table of their own.
"""

from asyncio import get_running_loop
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump

from . import gc_policy
from .background import Background
from .durations import COLLECT, KEY_ANSWER, KEY_TURN
from .pacing import Pace
from .type_ahead import Handle, TypeAhead


class Scheduler:
    """One app's."""

    def __init__(self, app: App[Any], handle: Handle, pace: Pace) -> None:
        self.keys = TypeAhead(app, handle)
        self.pace = pace
        self._framing = False
        """Whether a live frame is on its way: what is new is being read, or about to be drawn."""
        self.background = Background(app, self.keys, lambda: self._framing)
        self._app = app
        self._following: MessagePump | None = None
        """The screen on which what takes long is still to follow what answers a key."""

    # What follows the answer to a key

    def follow(self, screen: MessagePump, work: Callable[[], object]) -> None:
        """Do what takes long once a key's answer has been drawn, once for all the keys until then."""
        if self._following is not screen:  # one that was left has none that follows
            self._following = screen
            screen.call_after_refresh(self._followed, work)

    def _followed(self, work: Callable[[], object]) -> None:
        self._following = None
        work()

    def resumed(self) -> None:
        """Another screen lay on top, and what was to follow below it did not."""
        self._following = None

    # Live frames and the readings for them

    def frame(self, pieces: Callable[[], Iterator[object]], after: Callable[[], object]) -> None:
        """Make a live frame, if it is time, piece by piece: between two, keys are answered.

        `after` is called at its end.
        """
        if self.pace.ready() and not self._framing:
            self._framing = True
            self._between_keys(partial(self._next_piece, pieces(), after))

    def _next_piece(self, pieces: Iterator[object], after: Callable[[], object]) -> None:
        for _ in pieces:
            self._between_keys(partial(self._next_piece, pieces, after))
            return
        self._framing = False
        after()

    def _between_keys(self, work: Callable[[], object]) -> None:
        """Do it soon, but let a key that has come meanwhile be answered first."""
        get_running_loop().call_later(KEY_TURN, self._unless_fresh, work)

    def _unless_fresh(self, work: Callable[[], object]) -> None:
        if self.keys.fresh:
            get_running_loop().call_later(KEY_ANSWER, self._app.call_later, work)
        else:
            self._app.call_later(work)

    # The garbage collector

    def collect_while_nobody_types(self) -> None:
        """Put the collector back and have it work between keys from now on."""
        gc_policy.settle()
        self._app.set_interval(COLLECT, self._collect)

    def _collect(self) -> None:
        if not self.keys.fresh:
            gc_policy.collect_due(self.keys.quiet)
