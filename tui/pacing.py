"""When a live frame may be drawn: at a steady rate, and once the terminal has shown the last one."""

import time
from collections.abc import Callable, Mapping

LEAST, MOST = 1, 60  # frames a second that can be asked for
DESK, REMOTE = 10, 5
PATIENCE = 3.0  # seconds after which an answer is no longer waited for
MULTIPLEXERS = ("screen", "tmux")  # how TERM begins inside one

Answered = Callable[[], None]


class Pace:
    """Says when; keys do not ask and are never kept waiting."""

    def __init__(
        self,
        fps: int = DESK,
        *,
        remote: bool = False,
        ask: Callable[[Answered], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fps = min(max(fps, LEAST), MOST)
        self.remote = remote
        """Whether the screen is, or may be, far away: animations are left out then."""
        self._ask = ask
        self._clock = clock
        self._drawn = self._due = float("-inf")
        self._waiting = False

    @property
    def seconds(self) -> float:
        """The time from frame to frame, for a timer."""
        return 1 / self.fps

    def ready(self) -> bool:
        """Whether a live frame may be drawn now."""
        now = self._clock()
        if self._waiting and now < self._drawn + PATIENCE:
            return False
        return now >= self._due - self.seconds / 4  # a timer's ticks come early at times

    def drawn(self) -> None:
        """A live frame is being drawn: ask the terminal to say when it is there."""
        self._drawn = self._clock()
        self._due = max(self._due + self.seconds, self._drawn + self.seconds / 2)
        if self._ask:
            self._waiting = True
            self._ask(self.answered)

    def answered(self) -> None:
        """The terminal has shown the last live frame."""
        self._waiting = False


def pace(
    environ: Mapping[str, str], fps: int | None = None, ask: Callable[[Answered], None] | None = None
) -> Pace:
    """Return the pace for a terminal, from what the environment says of it.

    tmux and screen answer by themselves, whatever the link to the real terminal: asking tells nothing.
    But a TERM of theirs at the end of an SSH connection is theirs at the near end of the link.
    """
    ssh = bool(environ.get("SSH_CONNECTION"))
    named = environ.get("TERM", "").startswith(MULTIPLEXERS) and not ssh
    inside = bool(environ.get("TMUX") or environ.get("STY") or named)
    remote = ssh or inside
    return Pace(fps or (REMOTE if remote else DESK), remote=remote, ask=None if inside else ask)
