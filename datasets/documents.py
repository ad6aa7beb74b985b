"""Texts to learn from: a document a line, such as names. A language model learns to write more."""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .bundled import FOLDER
from .csv_text import MOST_BYTES
from .dataset import MOST_ROWS, BadData, Row

LONGEST = 5_000
"""Characters of a line: what is longer is no list of documents, one a line."""
MOST_CHARACTERS = 1_000
"""Different ones that can be told apart: each has a row of its own in two tables of parameters."""


@dataclass(frozen=True, eq=False)
class Documents:
    """Some documents, each a line of text."""

    name: str
    description: str
    texts: tuple[str, ...]
    source: str = ""
    licence: str = ""
    citation: str = ""

    @property
    def characters(self) -> tuple[str, ...]:
        """The vocabulary: every character that occurs, in order."""
        return tuple(sorted(set().union(*self.texts)))


@dataclass(frozen=True, eq=False)
class Text:
    """A bundled text by name."""

    name: str
    summary: str
    n: int
    build: Callable[[], Documents]


@dataclass(frozen=True, eq=False)
class Tokens:
    """What a language model trains on: every document a row of tokens, and those held back.

    A token is the index of a character; one more, `end`, begins and ends every document.
    """

    characters: tuple[str, ...]
    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    guessing: float
    """The loss, in nats, of guessing each character by how often it occurs in the training documents."""
    notes: tuple[str, ...] = ()
    """What was done, in sentences."""


def read_documents(path: str | Path) -> Documents:
    """Return the documents of a text file, one a line; raise BadData with a sentence if it is none.

    Blank lines are none, and space at the end of a line does not count.
    """
    path = Path(path)
    try:
        return Documents(path.stem, f"documents of {path.name}", _lines(_text(path)), source=str(path))
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def names() -> Documents:
    """Return the bundled first names."""
    return replace(
        read_documents(FOLDER / "names.txt"),
        name="names",
        description="first names of people in the United States, in small letters",
        source="Frequently Occurring Surnames and Names in the 1990 Census, dist.female.first and"
        " dist.male.first of the U.S. Census Bureau; each name once",
        licence="public domain: a work of the United States Government (17 U.S.C. 105)",
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise BadData(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > MOST_BYTES:
        raise BadData(f"it is larger than {MOST_BYTES // 1_000_000} MB, too large to train on here")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadData(f"line {line} is not UTF-8 text; save the file in UTF-8") from None
    if "\0" in text:
        raise BadData("it holds NUL characters: is it a text?")
    return text


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines that are not blank; refuse what is no list of documents."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST:
            size = f"{len(line):,} characters"
            raise BadData(f"line {number} has {size}; a document is a line, of {LONGEST:,} at most")
    texts = tuple(line.rstrip() for line in lines if line.strip())
    if not texts:
        blank = " but for blank lines" if text else ""
        raise BadData(f"the file is empty{blank}: it takes a document a line")
    if len(texts) == 1:
        raise BadData("there is one line only; it takes two documents or more, one a line")
    if len(texts) > MOST_ROWS:
        raise BadData(f"there are more than {MOST_ROWS:,} lines, too many to train on here")
    if (different := len(set().union(*texts))) > MOST_CHARACTERS:
        raise BadData(
            f"there are {different:,} different characters; at most {MOST_CHARACTERS:,} can be told apart"
        )
    return texts


def tokenise(documents: Documents, context: int, validation: float = 0.2, seed: int = 1337) -> Tokens:
    """Turn documents into rows of tokens, cut to the context, some held out for validation."""
    if context < 1:
        raise BadData(f"the context must be 1 or more, not {context}")
    if not 0 <= validation < 1:
        raise BadData(f"the validation part must be at least 0 and below 1, not {validation:g}")
    characters = documents.characters
    index = {character: float(i) for i, character in enumerate(characters)}
    end = float(len(characters))
    whole = [(end, *(index[c] for c in text), end) for text in documents.texts]
    rows = [(tokens[: context + 1], 0.0) for tokens in whole]
    held = _held_back(len(rows), validation, seed)
    train = tuple(row for i, row in enumerate(rows) if i not in held)
    longer = sum(len(tokens) > context + 1 for tokens in whole)
    guessing = guessing_loss(train, len(characters) + 1)
    notes = (
        _size_note(documents, characters),
        *_cut_note(longer, len(rows), context),
        _split_note(len(train), len(held), validation, seed),
        f"Guessing characters by how often they occur has a loss of {guessing:.3f} nats: a line to beat.",
    )
    kept = tuple(rows[i] for i in sorted(held))
    return Tokens(characters, train, kept, guessing, notes)


def guessing_loss(rows: Sequence[Row], vocabulary: int) -> float:
    """Return the loss of guessing every token by how often it occurs: what a model has to beat."""
    counts = Counter(int(token) for x, _ in rows for token in x[1:])
    size = sum(counts.values())
    nats = [math.log(size / counts[token]) if counts[token] else 0.0 for token in range(vocabulary)]
    means = [math.fsum(nats[int(token)] for token in x[1:]) / (len(x) - 1) for x, _ in rows]
    return math.fsum(means) / len(means)


def _held_back(count: int, validation: float, seed: int) -> set[int]:
    order = list(range(count))
    random.Random(seed).shuffle(order)
    return set(order[: min(round(validation * count), count - 1)])


def _size_note(documents: Documents, characters: Sequence[str]) -> str:
    shown = "".join(characters[:60])
    more = ", ..." if len(characters) > 60 else ""
    one = len(characters) == 1
    kinds = f"{len(characters):,} character{'s'[: not one]} that occur{'s'[:one]}"
    listed = shown if shown.isprintable() and " " not in shown else repr(shown)
    return (
        f"{len(documents.texts):,} documents; the vocabulary is the {kinds}, and an end: {listed}{more}"
    )


def _cut_note(longer: int, count: int, context: int) -> list[str]:
    if not longer:
        return []
    are = "is" if longer == 1 else "are"
    return [
        f"{longer:,} of {count:,} documents {are} longer than the context of {context:,} and cut there."
    ]


def _split_note(train: int, held: int, validation: float, seed: int) -> str:
    if not held:
        why = "" if validation == 0 else ": there are too few to hold any out"
        return f"All {train:,} documents are trained on, none is held out for validation{why}."
    split = f"{train:,} documents are for training and {held:,} held out for validation"
    return f"{split}, drawn with seed {seed}."
