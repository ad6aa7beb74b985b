"""`micrograd-tui datasets`: what there is to train on, and of each one what it is and whose."""

import argparse
import random
import textwrap
from collections.abc import Iterator, Sequence

from ...datasets import DATASETS, TEXTS, Dataset, Source, Text
from ..sessions.target import BadTarget
from ..text.format import number, plain

FIRST_ROWS = 5
WIDEST = 8
"""The most columns a table of rows shows; 64 pixels are no table."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the data set to show")


def run(options: argparse.Namespace) -> int:
    """Print the list, or what there is to say of one; return the exit code."""
    for line in description(options.name) if options.name else listing():
        print(line)
    return 0


def listing() -> Iterator[str]:
    """Yield a line for every data set."""
    for source in DATASETS.values():
        dataset = source.make()
        target = f"{len(dataset.classes)} classes" if dataset.classes else "a number"
        inputs = f"{len(dataset.inputs):>2} input{'s' if len(dataset.inputs) > 1 else ''}"
        yield f"{source.name:10} {source.n:>5,} rows  {inputs:9}  {target:10}  {source.summary}"
    for text in TEXTS.values():
        characters = f"{len(text.build().characters)} characters"
        yield f"{text.name:10} {text.n:>5,} lines {characters:22}  {text.summary}"


def description(name: str) -> Iterator[str]:
    """Yield what there is to say of a data set; raise BadTarget if there is none of this name."""
    if name in TEXTS:
        yield from _text(TEXTS[name])
        return
    source = _source(name)
    dataset = source.make()
    yield f"{source.name}: {dataset.description}"
    yield ""
    yield from _facts(source, dataset)
    yield ""
    yield from _first_rows(dataset)
    for title in ("source", "licence", "citation"):
        if text := getattr(dataset, title):
            yield from ("", *_wrapped(title, text))
    yield ""
    yield f"Train on it: micrograd-tui train {source.name}"


def _text(text: Text) -> Iterator[str]:
    """Yield what there is to say of a text: its documents, its characters, whose it is."""
    documents = text.build()
    longest = max(documents.texts, key=len)
    mean = sum(map(len, documents.texts)) / len(documents.texts)
    yield f"{text.name}: {documents.description}"
    yield ""
    yield from _wrapped("documents", f"{text.n:,}, one a line, {mean:.1f} characters each")
    yield from _wrapped("longest", f"{longest}, {len(longest)} characters")
    vocabulary = "".join(documents.characters)
    yield from _wrapped("tokens", f"{len(vocabulary)} characters that occur, and an end: {vocabulary}")
    yield ""
    yield from random.Random(0).sample(documents.texts, FIRST_ROWS)
    for title in ("source", "licence"):
        yield from ("", *_wrapped(title, getattr(documents, title)))
    yield ""
    yield f"Train on it: micrograd-tui train {text.name}"


def _source(name: str) -> Source:
    if name in DATASETS:
        return DATASETS[name]
    from difflib import get_close_matches  # a slow import, for a mistyped name only

    there = [*DATASETS, *TEXTS]
    close = get_close_matches(name, there, 1, 0.6)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(there)}"
    raise BadTarget(f"there is no data set called {plain(name)}; {hint}")


def _facts(source: Source, dataset: Dataset) -> Iterator[str]:
    yield from _wrapped("rows", f"{source.n:,}" if source.noise is None else _made(source))
    yield from _wrapped("inputs", _named(dataset.inputs))
    if dataset.classes:
        counts = [f"{c} ({n})" for c, n in zip(dataset.classes, dataset.counts(), strict=True)]
        yield from _wrapped("target", f"{dataset.target}, {len(counts)} classes: {', '.join(counts)}")
    else:
        yield from _wrapped("target", f"{dataset.target}, a number")
    scaled = "standardised to train" if dataset.standardise else "used as they are"
    yield from _wrapped("numbers", scaled)


def _made(source: Source) -> str:
    return f"{source.n:,} rows by default, made with noise {source.noise:g}"


def _named(inputs: Sequence[str]) -> str:
    if len(inputs) <= WIDEST:
        return ", ".join(inputs)
    return f"{len(inputs)}: {', '.join(inputs[:4])}, ... {inputs[-1]}"


def _wrapped(title: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        100,
        initial_indent=f"{title:10}",
        subsequent_indent=" " * 10,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _first_rows(dataset: Dataset) -> Iterator[str]:
    """Yield the first rows as a table, of many inputs the first and the last."""
    shown = list(range(len(dataset.inputs)))
    cut = len(shown) > WIDEST
    if cut:
        shown = [*shown[: WIDEST - 1], shown[-1]]
    lines = [[*(dataset.inputs[i] for i in shown), dataset.target]]
    for x, y in dataset.rows[:FIRST_ROWS]:
        target = dataset.classes[int(y)] if dataset.classes else number(y)
        lines.append([*(number(x[i]) for i in shown), target])
    if cut:
        lines = [[*line[: WIDEST - 1], "...", *line[WIDEST - 1 :]] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
