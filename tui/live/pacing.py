"""When a live frame may be drawn: at a steady rate, and once the terminal has shown the last one."""

import time
from collections.abc import Callable, Mapping

from .durations import (
    FRAME_BYTES,
    FRAME_GUESSED,
    FRAME_LOST,
    FRAME_PROMPT,
    FRAMES_LEAST,
    FRAMES_MOST,
    FRAMES_NEAR,
    FRAMES_REMOTE,
    LINK_BYTES,
)

MULTIPLEXERS = ("screen", "tmux")  # how TERM begins inside one

Answered = Callable[[], None]


class Pace:
    """Backpressure for live frames; keys do not ask and are never kept waiting."""

    def __init__(
        self,
        fps: int = FRAMES_NEAR,
        *,
        remote: bool = False,
        ask: Callable[[Answered], None] | None = None,
        measures: bool = True,
        slow: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fps = min(max(fps, FRAMES_LEAST), FRAMES_MOST)
        self.remote = remote
        """Whether the screen is, or may be, far away: animations are left out then."""
        self._ask = ask
        self._measures = measures  # whether the answers show how good the link is
        self._clock = clock
        self._asked = self._due = float("-inf")
        self._waiting = False
        self._slow = remote if slow is None else slow  # until an answer shows better

    @property
    def seconds(self) -> float:
        """The time from frame to frame, for a timer."""
        return 1 / self.fps

    @property
    def room(self) -> int | None:
        """About how many bytes a live frame may have, so that keys need not wait long behind it."""
        return FRAME_BYTES if self._slow else None

    def ready(self) -> bool:
        """Whether a live frame may be drawn now."""
        now = self._clock()
        patience = FRAME_LOST if self._measures else FRAME_GUESSED
        if self._waiting and now < self._asked + patience:
            return False
        return now >= self._due - self.seconds / 4  # a timer's ticks come early at times

    def drawn(self) -> None:
        """A live frame is being drawn: ask the terminal to say when it is there."""
        self._due = max(self._due + self.seconds, self._clock() + self.seconds / 2)
        self.hold()

    def hold(self) -> None:
        """Something is being drawn: the next live frame waits until the terminal shows it."""
        self._asked = self._clock()
        if self._ask:
            self._waiting = True
            self._ask(self.answered)

    def answered(self) -> None:
        """The terminal has shown all that was drawn."""
        self._waiting = False
        if self._measures:
            self._slow = self._clock() > self._asked + FRAME_PROMPT


class Link:
    """A poor link, imagined where none can be asked: when will it have carried what was sent?"""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free = 0.0

    def carry(self, sent: int) -> float:
        """Take so many bytes more; return the seconds until all have been carried."""
        now = self._clock()
        self._free = max(self._free, now) + sent / LINK_BYTES
        return self._free - now


def pace(
    environ: Mapping[str, str],
    fps: int | None = None,
    ask: Callable[[Answered], None] | None = None,
    guess: Callable[[Answered], None] | None = None,
) -> Pace:
    """Return the pace for a terminal, from the environment.

    tmux and screen answer by themselves, whatever the link to the real terminal: asking shows nothing,
    so `guess` is to say when a poor link would have carried all that was drawn. They know, and pass on,
    whether whoever is attached came by SSH; if not, all that is new is drawn in one frame.
    But a TERM of theirs at the end of an SSH connection is theirs at the near end of the link.
    """
    ssh = bool(environ.get("SSH_CONNECTION"))
    named = environ.get("TERM", "").startswith(MULTIPLEXERS) and not ssh
    inside = bool(environ.get("TMUX") or environ.get("STY") or named)
    remote = ssh or inside
    return Pace(
        fps or (FRAMES_REMOTE if remote else FRAMES_NEAR),
        remote=remote,
        ask=guess if inside else ask,
        measures=not inside,
        slow=ssh,
    )
