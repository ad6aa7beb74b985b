"""Keys that come in faster than they are handled: each is given to whoever has the focus by then.

A slow link brings what was typed in one packet: a question, its answer, Enter. Textual would hand all
of it to the pane that had the focus before the question was there.
"""

import time
from asyncio import get_running_loop
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from textual._time import get_time as monotonic  # by which an event says when it came
from textual.app import App
from textual.events import Key
from textual.message_pump import MessagePump

from .durations import KEY_ANSWER, KEY_DRAWN, KEY_LOST, KEY_PATIENCE

ABANDON = ("escape", "ctrl+c")
Handle = Callable[[Key], Awaitable[None]]


class TypeAhead:
    """A queue of keys, of which the first is under way."""

    def __init__(self, app: App[Any], handle: Handle) -> None:
        self._app = app
        self._handle = handle
        self._waiting: deque[Key] = deque()
        self._since: float | None = None
        """Since when a key is under way."""
        self._held = False
        self._turn = 0
        """How many keys were handled, or begun to be."""
        self._last = float("-inf")

    @property
    def fresh(self) -> bool:
        """Whether a key came a moment ago: its answer goes before all else."""
        return self.quiet < KEY_ANSWER

    @property
    def quiet(self) -> float:
        """The seconds since the last key."""
        return time.monotonic() - self._last

    async def take(self, key: Key) -> None:
        """Handle a key once those before it are done; Esc and Ctrl+C need not wait for what is late."""
        if key.key in ABANDON and self._late():
            self.abandon()
        self._waiting.append(key)
        self._last = time.monotonic()
        if self._since is None or time.monotonic() - self._since > KEY_LOST:
            await self._next()
        else:
            get_running_loop().call_later(KEY_LOST, self._app.call_later, self._unstick)

    async def _unstick(self) -> None:
        """Go on after a key that was never done, though no other may come to notice."""
        if self._since is not None and time.monotonic() - self._since > KEY_LOST:
            await self._next()

    def abandon(self) -> None:
        """Forget the keys that wait."""
        self._waiting.clear()

    def _late(self) -> bool:
        return bool(self._waiting) and monotonic() - self._waiting[0].time > KEY_PATIENCE

    def hold(self) -> None:
        """Take the key under way for done only at `release`: what it opens is to have those after it."""
        self._held = True

    def release(self) -> None:
        """Have the keys after the one that was held handled."""
        if self._held:
            self._held = False
            self._app.call_later(self._next)

    async def _next(self) -> None:
        if self._held and self._since is not None and time.monotonic() - self._since <= KEY_LOST:
            return
        self._since, self._held = None, False
        if self._waiting:
            self._since = time.monotonic()
            self._turn += 1
            pumps, turn = self._concerned(), self._turn
            await self._handle(self._waiting.popleft())
            if self._waiting:
                self._when_idle(pumps, turn)
            else:  # what the key has changed is drawn first
                get_running_loop().call_later(KEY_DRAWN, self._when_idle, pumps, turn)

    async def _done(self, turn: int) -> None:
        """Let the next key come, unless it came when this one was released, or given up."""
        if turn == self._turn:
            await self._next()

    def _concerned(self) -> list[MessagePump]:
        """Through whose hands a key goes on its way up, and then what comes of it.

        A key that is nobody's own letter rises to the app, which looks up its binding and acts. That may
        have anyone on the way send himself a message and, having read it, another one upwards.
        """
        first = self._app.focused or self._app.screen
        ways = list(first.ancestors_with_self)  # the last is the app
        return [*ways, *(pump for pump in ways[:-1] for _ in range(2))]

    def _when_idle(self, pumps: list[MessagePump], turn: int) -> None:
        """Wait until each of them has done what it had to do, then let the next key come."""
        for i, pump in enumerate(pumps):
            if pump.call_later(partial(self._when_idle, pumps[i + 1 :], turn)):
                return
        self._app.call_later(self._done, turn)
