"""What a command line names: an example, a file, or an expression; and opening it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...engine.recording.log import Recording
from ...engine.recording.record import Progress, record
from ...engine.sources.examples import EXAMPLES, Example
from ...engine.sources.expression import ExpressionError, parse_expression
from ...engine.value import Value
from ..text.format import plain

DEFAULT = "neuron"


class BadTarget(Exception):
    """What the user named cannot be opened; the message is one sentence for them."""


@dataclass
class Opened:
    """An opened target. `root` and `parameters` are there when the graph is alive, not from a file."""

    title: str
    recording: Recording
    root: Value | None = None
    parameters: list[Value] = field(default_factory=list)
    look_at: str = field(default="", kw_only=True)
    """What there is to see in an example."""


@dataclass(frozen=True)
class Target:
    """A target not opened yet."""

    text: str
    numbers: tuple[str, ...] = ()

    @property
    def example(self) -> Example | None:
        """The example it names, if it does."""
        return EXAMPLES.get(self.text)

    @property
    def path(self) -> Path | None:
        """The file it names, if it does."""
        named = self.text.endswith(".json") or _is_file(self.text)
        return Path(self.text) if named and not self.example else None

    @property
    def slow(self) -> bool:
        """Whether opening it takes long enough to show progress."""
        if self.path:
            return _is_file(self.text) and self.path.stat().st_size > 1_000_000
        return bool(self.example and self.example.slow)

    def open(self, progress: Progress = lambda fraction: None) -> Opened:
        """Build or read it and record its backward pass; raise BadTarget where that cannot be."""
        if (self.example or self.path) and self.numbers:
            raise BadTarget(f"{plain(self.text)} takes no NAME=NUMBER; only expressions do")
        if self.example:
            return _open_example(self.example, progress)
        if self.path:
            return _open_file(self.path, progress)
        return _open_expression(self.text, self.numbers, progress)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _open_example(example: Example, progress: Progress) -> Opened:
    from ...datasets import moons

    root, parameters = example.build(moons(example.rows) if example.rows else ())
    progress(0.3)
    recording = record(root, lambda fraction: progress(0.3 + 0.6 * fraction))
    return Opened(example.name, recording, root, parameters, look_at=example.summary)


def _open_file(path: Path, progress: Progress) -> Opened:
    from ...engine.recording.json_file import NotARecording, load

    try:
        return Opened(plain(path.name), load(path, progress))
    except NotARecording as error:
        raise BadTarget(f"{plain(str(path))}: {plain(str(error))}") from None
    except OSError as error:
        raise BadTarget(f"{plain(str(path))}: {error.strerror or error}") from None
    except ValueError as error:  # a NUL byte in a path
        raise BadTarget(f"{plain(str(path))}: {error}") from None


def _open_expression(text: str, numbers: Sequence[str], progress: Progress) -> Opened:
    if text.isidentifier() and (close := _similar(text)):
        raise BadTarget(f"there is no example called {plain(text)}; did you mean {close[0]}?")
    try:
        root = parse_expression(text, dict(map(_assignment, numbers)))
    except ExpressionError as error:
        marked = "\n".join(f"  {_one_to_one(line)}" for line in error.marked.split("\n"))
        raise BadTarget(f"{plain(str(error))}\n{marked}") from None
    return Opened(plain(text), record(root, progress), root)


def _similar(name: str) -> list[str]:
    from difflib import get_close_matches  # a slow import, for a mistyped name only

    return get_close_matches(name, EXAMPLES, 1, 0.7)


def _one_to_one(line: str) -> str:
    # The mark below must stay under its column, so each unsafe character becomes one sign.
    return "".join(ch if len(plain(ch)) == 1 else "?" for ch in line)


def _assignment(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[^\W\d]\w*(\[ *\d+( *, *\d+)* *\])*", name):
        raise BadTarget(f"{plain(text)!r} is not NAME=NUMBER")
    try:
        number = float(value)
    except ValueError:
        raise BadTarget(f"{plain(name)} needs a number, not {plain(value)!r}") from None
    if re.fullmatch(r"[+-]?\d{16,300}", value) and int(value) != number:
        raise BadTarget(f"{plain(name)}: a float cannot hold {value}; the nearest is {int(number):,}")
    return re.sub(r" *, *", ", ", name), number
