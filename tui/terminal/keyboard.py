"""The keyboard's reader: bytes of the terminal become keys; a flood, which nobody types, does not.

Textual's own reader ends with a traceback at a byte that is no UTF-8 and at an escape sequence with a
number that is no character, and lets in as many keys as there are, however long they take. Where the end
of a paste comes in two pieces, as over a slow link, it takes every key after it for pasted.
"""

import os
import select
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from functools import partial
from threading import Event

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

MOST_AT_ONCE = 250
"""Keys that may come at once; a pasted path or expression has fewer."""
TYPED = 60.0
"""Keys a second that may follow for as long as one likes: a held key repeats 30 times a second."""
QUIET = 0.05
"""Seconds without a byte that end a flood: a terminal sends what is pasted as fast as it is read."""
MOST_PASTED = 4096
"""Characters of a bracketed paste: as many as a path has at most."""
PASTE_LOST = 2.0
"""Seconds without a byte after which the end of a paste will not come any more."""
PASTE, PASTED = "\x1b[200~", "\x1b[201~"
"""What a terminal sends before and after what is pasted."""
ABANDON = ("escape", "ctrl+c")
"""Keys that are let in during a flood too."""


class Flooded(Message):
    """More came at once than anybody types: it was left out, and what waits of it is to be abandoned."""


class Gate:
    """Lets keys in as fast as they can be typed; after a flood has begun none until it is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._room = float(MOST_AT_ONCE)
        self._last = clock()
        self.closed = False

    def arrived(self) -> None:
        """Bytes have come."""
        now = self._clock()
        self._room = min(MOST_AT_ONCE, self._room + (now - self._last) * TYPED)
        self._last = now

    def quiet(self) -> None:
        """Nothing has come for a while: a flood, if there was one, is over."""
        if self.closed:
            self.closed, self._room = False, MOST_AT_ONCE

    def let_in(self, key: str) -> bool:
        """Whether a key is let in."""
        if key in ABANDON:
            return True
        self._room -= 1
        self.closed = self.closed or self._room < 0
        return not self.closed


class Keyboard:
    """Reads a terminal until `ended` is set, in a thread of its own, and hands on what came."""

    def __init__(self, fileno: int, ended: Event, hand_on: Callable[[Message], None]) -> None:
        self._fileno = fileno
        self._ended = ended
        self._hand_on = hand_on
        self._gate = Gate()
        self._parser = XTermParser()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._typed = ""
        """The last characters."""
        self._pasted: str | None = None
        """What has come of a paste that is not over, its beginning and its end."""
        self._came = 0.0

    def run(self) -> bool:
        """Read; whether the terminal was there to the end."""
        while not self._ended.is_set():
            if not self._read(QUIET):
                return False
        self._read(0)
        return True

    def _read(self, seconds: float) -> bool:
        """Read what there is; whether the terminal is still there."""
        try:
            if select.select([self._fileno], [], [], seconds)[0]:
                data = os.read(self._fileno, 4096)
                if not data:
                    return False
                self._take(self._decode(data))
            else:
                self._gate.quiet()
                if self._pasted is not None and time.monotonic() - self._came > PASTE_LOST:
                    self._pasted = None
                    self._hand_on(Flooded())
        except OSError:
            return False
        self._hand_on_all(self._parsed(self._parser.tick))
        return True

    def _take(self, text: str) -> None:
        self._gate.arrived()
        self._came = time.monotonic()
        while text:
            text = self._type(text) if self._pasted is None else self._paste(text)

    def _type(self, text: str) -> str:
        """Parse what is typed; return what comes after the beginning of a paste."""
        if self._gate.closed and not {"\x1b", "\x03"} & {*self._typed, *text}:
            return ""  # of a flood; nothing in it is let in
        for i, character in enumerate(text, 1):
            self._typed = (self._typed + character)[-len(PASTE) :]
            messages = self._parsed(partial(self._parser.feed, character))
            if self._typed == PASTE:
                self._parsed(partial(self._parser.feed, PASTED))
                self._typed, self._pasted = "", ""
                return text[i:]
            self._hand_on_all(messages)
        return ""

    def _paste(self, text: str) -> str:
        """Keep what is pasted, not all if it is too much; return what comes after its end."""
        pasted = f"{self._pasted}{text}"
        end = pasted.find(PASTED)
        if end < 0:
            short = len(pasted) <= 2 * MOST_PASTED
            self._pasted = pasted if short else pasted[: MOST_PASTED + 1] + pasted[-len(PASTED) :]
            return ""
        self._pasted = None
        self._hand_on_all([events.Paste(pasted[:end].replace("\x00", ""))])
        return pasted[end + len(PASTED) :]

    def _parsed(self, parse: Callable[[], Iterable[Message]]) -> list[Message]:
        """What was parsed; where Textual's parser fails at a sequence, a new one begins after it."""
        found: list[Message] = []
        try:
            found.extend(parse())
        except (ValueError, OverflowError, StopIteration, RuntimeError):
            self._parser = XTermParser()
        return found

    def _hand_on_all(self, messages: Iterable[Message]) -> None:
        flooded = self._gate.closed
        for message in messages:
            if self._let_in(message):
                self._hand_on(message)
            elif not flooded:
                flooded = True
                self._hand_on(Flooded())

    def _let_in(self, message: Message) -> bool:
        if isinstance(message, events.Paste):
            return len(message.text) <= MOST_PASTED
        return not isinstance(message, events.Key) or self._gate.let_in(message.key)
