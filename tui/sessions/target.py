"""What a command line names: an example, a file, a program or an expression; and opening it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from unicodedata import normalize

from ...engine.recording.log import Recording
from ...engine.recording.record import Progress, record
from ...engine.sources.examples import EXAMPLES, Example
from ...engine.sources.expression import ExpressionError, parse_expression
from ...engine.sources.python.named import Named, named
from ...engine.value import Value
from ..text.format import number, plain
from .printed import keep_printed

if TYPE_CHECKING:
    from ...engine.check.findings import Finding
    from ...engine.recording.tensor import TensorRecording
    from ...engine.recording.tensor_values import Values
    from ...engine.sources.python.open_program import NotOpened

DEFAULT = "neuron"


class BadTarget(Exception):
    """What the user named cannot be opened; the message is one sentence for them."""

    def __init__(self, sentence: str, clean: bool = False, fault: str = "") -> None:
        """`clean` says that there is nothing because nothing is wrong, `fault` what of a graph is."""
        super().__init__(sentence)
        self.clean, self.fault = clean, fault
        self.graph: TensorRecording | None = None
        """What there was of a graph of tensors when an error came."""
        self.printed = ""
        """What the program had printed by then."""


@dataclass
class Opened:
    """An opened target. `root` and `parameters` are there when the graph is alive, not from a file."""

    title: str
    recording: Recording
    root: Value | None = None
    parameters: list[Value] = field(default_factory=list)
    look_at: str = field(default="", kw_only=True)
    """What there is to see in an example; of a program, which of its backward passes this is."""
    printed: str | None = field(default=None, kw_only=True)
    """What the program printed until then; None where there was no program."""
    right: Recording | None = field(default=None, kw_only=True)
    """The pass as it should be, where the recording is of one that is wrong."""
    parts_at: int | None = field(default=None, kw_only=True)
    """Where the two part, -1 for nowhere; None where that is still to be looked for."""


@dataclass(frozen=True, eq=False)
class OpenedTensors:
    """An opened target that is a graph of tensors."""

    title: str
    recording: "TensorRecording"
    look_at: str
    """Which of a program's backward passes it is, and what else there is to say of it."""
    printed: str
    values: "Values | None" = None
    """Who holds the tensors themselves; None where only summaries are left."""


@dataclass(frozen=True)
class Target:
    """A target not opened yet."""

    text: str
    numbers: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    """What stood after --: a program's own."""
    which: int = 1
    """Which of a program's backward passes is meant."""
    seconds: float = 30.0
    """How long a program may take until then."""
    way: Literal["", "dry", "live"] = ""
    """How a graph of PyTorch's is stepped: by us, or by PyTorch; "" chooses."""
    keep: int | None = None
    """How many bytes of a PyTorch graph's tensors are kept to be looked at; None where none are."""
    finding: int | None = None
    """Which finding of the program's audit is meant, 0 for the first; None where its graph is."""

    @property
    def example(self) -> Example | None:
        """The example it names, if it does."""
        return EXAMPLES.get(self.text)

    @property
    def path(self) -> Path | None:
        """The file it names, if it does."""
        is_one = self.text.endswith(".json") or _is_file(self.text)
        return Path(self.text) if is_one and not (self.example or self.program) else None

    @property
    def program(self) -> Named | None:
        """The program it names, if it does: that is run to be opened."""
        return None if self.example else named(self.text)

    @property
    def slow(self) -> bool:
        """Whether opening it takes long enough to show progress."""
        if self.path:
            return _is_file(self.text) and self.path.stat().st_size > 1_000_000
        return bool(self.example and self.example.slow)

    def open(self, progress: Progress = lambda fraction: None) -> Opened:
        """Build or read it and record its backward pass; raise BadTarget where that cannot be."""
        opened = self.open_any(progress)
        if isinstance(opened, OpenedTensors):
            raise BadTarget(
                f"{opened.title} makes a graph of PyTorch's: `open` steps it, `trace` prints it"
            )
        return opened

    def open_any(self, progress: Progress = lambda fraction: None) -> "Opened | OpenedTensors":
        """The same, of tensors too."""
        if self.finding is not None:
            return self._open_finding(self.finding)
        if self.program:
            return self._open_program(self.program)
        if self.arguments:
            raise BadTarget(f"{plain(self.text)} takes no arguments after --; only a program does")
        if (self.example or self.path) and self.numbers:
            raise BadTarget(f"{plain(self.text)} takes no NAME=NUMBER; only expressions do")
        if self.example:
            return _open_example(self.example, progress)
        if self.path:
            return _open_file(self.path, progress)
        return _open_expression(self.text, self.numbers, progress)

    def open_up_to_error(self, progress: Progress = lambda fraction: None) -> "Opened | OpenedTensors":
        """The same; where an error ended the pass, the graph of tensors as far as it came."""
        try:
            return self.open_any(progress)
        except BadTarget as error:
            if error.graph is None:
                raise
            title = plain(Path(self.text).name)
            return OpenedTensors(title, error.graph, str(error), error.printed)

    def _open_finding(self, which: int) -> Opened:
        from ...engine.check.side_by_side import NothingToShow, side_by_side

        if not self.program or self.program.form != "script":
            raise BadTarget(f"--check audits a FILE.py, and {plain(self.text)} is none")
        try:
            sides = side_by_side(self.program.place, which, self.seconds)
        except NothingToShow as error:
            raise BadTarget(f"{plain(self.program.place)}: {plain(str(error))}", error.clean) from None
        title = f"{plain(Path(self.text).name)}: {plain(sides.finding.expression)}"
        if sides.count > 1:
            title += f"  (finding {sides.which} of {sides.count})"
        return Opened(title, sides.theirs, look_at=_said(sides.finding), right=sides.right)

    def _open_program(self, program: Named) -> "Opened | OpenedTensors":
        from ...engine.sources.python.open_program import NotOpened, open_program
        from ...engine.sources.python.open_program import OpenedTensors as TensorsOfProgram

        if self.numbers:
            raise BadTarget(f"arguments for {plain(self.text)} stand after --")
        title = Path(self.text).name if program.form != "module" else self.text
        try:
            opened = open_program(program, self.which, self.arguments, self.seconds, self.way, self.keep)
        except NotOpened as error:
            refused = BadTarget(_refused(program, error), fault=error.fault)
            refused.graph, refused.printed = error.graph, error.printed
            raise refused from None
        note = plain(opened.note)
        if isinstance(opened, TensorsOfProgram):
            return OpenedTensors(plain(title), opened.recording, note, opened.printed, opened.values)
        return Opened(plain(title), opened.recording, look_at=note, printed=opened.printed)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _said(finding: "Finding") -> str:
    """The finding in a line: the numbers first, then the reason."""
    what = finding.at.partition(" at ")[0] if " at " in finding.at else finding.expression
    numbers = f"{what} is {number(finding.arrived)}, should be {number(finding.expected)}"
    return plain(
        f"line {finding.line}: {numbers if finding.arrived is not None else what}; {finding.why}"
    )


def _refused(program: Named, error: "NotOpened") -> str:
    """The sentence with the program's name before it, and where its output can be read."""
    sentence = plain(str(error))
    where = "" if sentence.startswith(f"{plain(program.place)}:") else f"{plain(program.place)}: "
    kept = keep_printed(error.printed, program.place)
    return f"{where}{sentence}{f'; what it printed is in {kept}' if kept else ''}"


def _open_example(example: Example, progress: Progress) -> Opened:
    from ...datasets import moons

    root, parameters = example.build(moons(example.rows) if example.rows else ())
    progress(0.3)
    recording = record(root, lambda fraction: progress(0.3 + 0.6 * fraction))
    return Opened(example.name, recording, root, parameters, look_at=example.summary)


def _open_file(path: Path, progress: Progress) -> "Opened | OpenedTensors":
    from ...engine.recording.json_file import NotARecording

    try:
        return opened_recording(path, plain(path.name), "", progress)
    except NotARecording as error:
        raise BadTarget(f"{plain(str(path))}: {plain(str(error))}") from None
    except OSError as error:
        raise BadTarget(f"{plain(str(path))}: {error.strerror or error}") from None
    except ValueError as error:  # a NUL byte in a path
        raise BadTarget(f"{plain(str(path))}: {error}") from None


def opened_recording(
    path: Path, title: str, look_at: str, progress: Progress = lambda fraction: None
) -> "Opened | OpenedTensors":
    """Read the recording in a file, of scalars or of tensors; raise NotARecording or OSError."""
    from ...engine.recording.json_file import from_plain, load_plain

    plain_json = load_plain(path, progress)
    if isinstance(plain_json, dict) and plain_json.get("kind") == "tensor":
        from ...engine.recording import tensor_json

        recording = tensor_json.from_plain(plain_json)
        return OpenedTensors(title, recording, look_at or "a recording that was saved", "")
    return Opened(title, from_plain(plain_json, progress), look_at=look_at)


def _open_expression(text: str, numbers: Sequence[str], progress: Progress) -> Opened:
    if text.isidentifier() and (close := _similar(text)):
        raise BadTarget(f"there is no example called {plain(text)}; did you mean {close[0]}?")
    try:
        root = parse_expression(text, _assignments(numbers))
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


def _assignments(texts: Sequence[str]) -> dict[str, float]:
    given: dict[str, float] = {}
    for name, value in map(_assignment, texts):
        if (was := given.setdefault(name, value)) != value and (was == was or value == value):
            raise BadTarget(f"{plain(name)} is given two numbers, {given[name]:g} and {value:g}")
    return given


def _assignment(text: str) -> tuple[str, float]:
    name, equals, value = text.partition("=")
    name = normalize("NFKC", name)  # as Python reads the names of an expression
    if not equals or not re.fullmatch(r"[^\W\d]\w*(\[ *\d+( *, *\d+)* *\])*", name):
        raise BadTarget(f"{plain(text)!r} is not NAME=NUMBER")
    try:
        number = float(value)
    except ValueError:
        raise BadTarget(f"{plain(name)} needs a number, not {plain(value)!r}") from None
    if re.fullmatch(r"[+-]?\d{16,300}", value) and int(value) != number:
        raise BadTarget(f"{plain(name)}: a float cannot hold {value}; the nearest is {int(number):,}")
    return re.sub(r" *, *", ", ", name), number
