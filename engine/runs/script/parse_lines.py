"""Numbers from another program's output, whatever it prints: each line by the first kind that it is of.

JSON and Python dicts, rows of tables, names with their numbers, progress bars. Programs print other
things, too: a line that holds no numbers is counted, and the first of them kept to be shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from .lines.found import Found, Numbers
from .lines.names import bare, epoch_name, is_measured, step_name
from .lines.objects import read_object
from .lines.pairs import read_pairs
from .lines.pieces import Pieces
from .lines.places import Placed
from .lines.tables import Tables, is_ruler
from .lines.text import cleaned
from .run import LAST_STEP, Run

LONGEST_SHOWN = 120
LONGEST_PLAIN = 1_000_000
"""Characters up to which a line that is no object is looked at."""


@dataclass
class LineReader:
    """What has been read of a program's output, and what could not be."""

    lines: int = 0
    """Lines with something in them."""
    unread: int = 0
    """Those that hold no numbers."""
    first_unread: str = ""
    _pieces: Pieces = field(default_factory=Pieces)
    _tables: Tables = field(default_factory=Tables)
    _epoch: int | None = None
    _header: str = ""
    """The last header, as long as no row has followed."""

    def read(self, line: str) -> list[Found]:
        """Return what a line holds, and what has ended with it; nothing of one without numbers."""
        lines = self._pieces.take(cleaned(line))
        return [found for whole in lines for found in self._read(whole)]

    def _read(self, line: str) -> list[Found]:
        if is_ruler(line):
            return self._ended()
        self.lines += 1
        if self._tables.take_pair(line):
            return []
        rest, found = self._ended(), self._found(line)
        if found.epoch is not None:
            self._epoch = found.epoch
        elif found.batch is not None:
            found.epoch = self._epoch
        return [*rest, found] if found.numbers or found.batch is not None else rest

    def end(self) -> None:
        """Take a header without a row below it for what it is: a line without numbers."""
        if self._header:
            self._missed(self._header)
            self._header = ""

    def rest(self) -> list[Found]:
        """Return what lines before held that belong together."""
        found = [found for line in self._pieces.rest() for found in self._read(line)]
        return [*found, *self._ended()]

    def _ended(self) -> list[Found]:
        rest = self._tables.take_out()
        return [rest] if rest else []

    def _found(self, line: str) -> Found:
        if "{" in line and (found := read_object(line)):
            return self._beside(line, found) if found.numbers else self._missed(line)
        if len(line) > LONGEST_PLAIN:
            return self._missed(line)
        if row := self._tables.read_row(line):
            self._header = ""
            return row
        found, place = read_pairs(line)
        if found:
            return found
        if self._tables.take_header(line) > 1:
            self.end()
            self._header = line
            return Found()
        return _of_place(place) or (Found() if place.is_bar else self._missed(line))

    def _beside(self, line: str, found: Found) -> Found:
        """Give an object without a step that of the progress bar before it."""
        before, _, _ = line.partition("{")
        if before.strip() and step_name(found.numbers) is None:
            _, place = read_pairs(before)
            return replace(place.found, numbers=place.found.numbers | found.numbers)
        return found

    def _missed(self, line: str) -> Found:
        self.unread += 1
        self.first_unread = self.first_unread or line.strip()[:LONGEST_SHOWN]
        return Found()

    @property
    def sentence(self) -> str:
        """How many lines could not be read, and the first of them; "" where all could."""
        if not self.unread:
            return ""
        lines = "1 line" if self.unread == 1 else f"{self.unread:,} lines"
        return f"{lines} held no numbers{', the first' * (self.unread > 1)}: {self.first_unread}"


def _of_place(place: Placed) -> Found | None:
    """Return the epoch or the step of a line that says nothing else: what follows is from there."""
    if place.words.strip(" .:-[],=#*\t\x00"):
        return None
    if place.found.epoch is not None or step_name(place.found.numbers):
        return Found(place.found.numbers, place.found.epoch) if place.is_bar else place.found
    return None


@dataclass
class Steps:
    """The step of each line: the one it gives, else that of its epoch and batch, else the next."""

    last: int = -1
    _given: bool = False
    """Whether a line has given its step."""
    _base: int = 0
    _epoch: int | None = None
    _batch: int = 0
    _batches: int = 0
    _counted: bool = False
    """Whether epochs are known to be no steps: one was a fraction, or had the same numbers twice."""
    _numbers: Numbers = field(default_factory=dict)
    """What was logged at the last step."""

    def take(self, found: Found) -> tuple[int, Numbers]:
        """Return the step of what was found in a line, and what of it is new."""
        numbers, name, epoch = dict(found.numbers), step_name(found.numbers), found.epoch
        if found.batch is None and self._epochs_are_no_steps(numbers, name, epoch):
            name = None if name == epoch_name(numbers) else name
        self._given |= found.batch is not None or name is not None or epoch is not None
        if found.batch is None and name is None and epoch is not None and not self._counted:
            return epoch, self._new(epoch, numbers)
        if epoch is not None:
            numbers.setdefault("epoch", epoch)
        if found.batch is not None and (name is None or bare(name) == "epoch"):
            step = self._of_batch(found, found.batch)
        elif name is not None and numbers[name] < LAST_STEP:
            step = int(numbers.pop(name))
        else:
            step = self._next(numbers)
        return step, self._new(step, numbers)

    def _epochs_are_no_steps(self, numbers: Numbers, name: str | None, epoch: int | None) -> bool:
        """Whether a line, or one before it, shows that an epoch has several lines.

        Hugging Face's Trainer prints 0.5, 1.0, 1.5: the second is not step 1, which has been. Other
        programs print an epoch and its loss for every hundred batches.
        """
        named = epoch_name(numbers)
        if name is None:
            self._counted |= named is not None  # a fraction, else it would be the step
            at = epoch
        else:
            at = int(numbers[name]) if name == named else None
        self._counted |= at is not None and at == self.last and self._measured_again(numbers)
        return self._counted

    def _measured_again(self, numbers: Numbers) -> bool:
        """Whether a line measures what the step before it has already, and another number came out."""
        return any(
            is_measured(name) and name in self._numbers and self._numbers[name] != x
            for name, x in numbers.items()
        )

    def _of_batch(self, found: Found, batch: int) -> int:
        """Return the step of a batch: epochs follow one another, and so do progress bars."""
        batches, epoch = found.batches or 0, found.epoch
        if self._epoch is None and epoch and not self._base:
            self._base = (epoch - 1) * batches
        elif epoch != self._epoch or batch < self._batch or batches != self._batches:
            self._base += self._batches or self._batch
        self._epoch, self._batch, self._batches = epoch, batch, batches
        return self._base + batch

    def _next(self, numbers: Numbers) -> int:
        """Return the step of a line that gives none: the one before, unless that has these numbers."""
        again = set(numbers) & set(self._numbers)
        if self._given:
            again = {name for name in again if is_measured(name)}
        return self.last + (self.last < 0 or bool(again))

    def _new(self, step: int, numbers: Numbers) -> Numbers:
        """Leave out what a progress bar that is drawn again only repeats."""
        if step != self.last:
            self.last, self._numbers = step, {}
        new = {k: x for k, x in numbers.items() if k not in self._numbers or self._numbers[k] != x}
        self._numbers |= new
        return new


def follow(
    lines: Iterable[str], run: Run, reader: LineReader | None = None
) -> Iterator[tuple[int, Numbers]]:
    """Log the numbers of each line to `run`, and yield them with their step.

    How many lines could not be read is said in the run, whenever there is one more.
    """
    steps, reader = Steps(), reader or LineReader()
    for found in _all_found(_saying(lines, reader, run), reader):
        step, numbers = steps.take(found)
        if numbers:
            run.log(numbers, step=step)
            yield step, numbers


def _saying(lines: Iterable[str], reader: LineReader, run: Run) -> Iterator[str]:
    said = 0
    for line in lines:
        yield line
        if reader.unread > said:
            said = reader.unread
            run.say(reader.sentence)
    reader.end()
    if reader.unread > said:
        run.say(reader.sentence)


def numbers_in(lines: Iterable[str]) -> Iterator[Numbers]:
    """Yield the numbers of every line that has some, by name."""
    for found in _all_found(lines, LineReader()):
        yield found.numbers


def _all_found(lines: Iterable[str], reader: LineReader) -> Iterator[Found]:
    for line in lines:
        yield from reader.read(line)
    yield from reader.rest()
