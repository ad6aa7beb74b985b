"""`micrograd-tui nudge`: move one cell a little, and compare the gradient's word with what happens."""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from typing import Any

from ...engine.experiments.nudge import Nudge
from ..sessions.experiment import nudge_cell
from ..sessions.target import BadTarget, Opened
from ..text.format import ALL_DIGITS, change, number, plain
from .target import DESCRIBED, add_program, open_for_text, target_of


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("target", metavar="TARGET", help=DESCRIBED)
    parser.add_argument(
        "names", nargs="+", metavar="NAME", help="the cell; for an expression also NAME=NUMBER"
    )
    parser.add_argument("--by", metavar="H", help="how far; by default a thousandth of its size")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    add_program(parser)


def run(options: argparse.Namespace) -> int:
    """Nudge the cell and print what came of it; return the exit code."""
    options.numbers = tuple(word for word in options.names if "=" in word)
    names = [word for word in options.names if "=" not in word]
    if len(names) != 1:
        raise BadTarget(f"nudge takes the name of one cell, not {len(names)}")
    opened = open_for_text(target_of(options))
    nudged = nudge_cell(opened, names[0], options.by)
    if options.json:
        print(json.dumps(as_data(names[0], nudged)))
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(opened, names[0], nudged))
    return 0


def lines(opened: Opened, name: str, nudged: Nudge) -> Iterator[str]:
    """Yield it as text: the nudge, what the gradient predicts, what was measured."""
    root = plain(opened.recording.name(opened.recording.root))
    before, after = change(nudged.value, nudged.value + nudged.by)
    yield f"{plain(name)} nudged by {number(nudged.by)}: {before} -> {after}"
    grad, by = number(nudged.grad), number(nudged.by)
    yield f"predicted: {root} moves by grad * h = {grad} * {by} = {_all(nudged.predicted)}"
    yield f"measured:  {root} moves by {_all(nudged.measured)}"
    yield f"relative error {number(nudged.relative_error)}"


def _all(x: float) -> str:
    return number(x, digits=ALL_DIGITS)


def as_data(name: str, nudged: Nudge) -> dict[str, Any]:
    """Return it as plain data; numbers that are not finite are texts."""
    numbers = {
        "value": nudged.value,
        "by": nudged.by,
        "grad": nudged.grad,
        "predicted": nudged.predicted,
        "measured": nudged.measured,
        "relative_error": nudged.relative_error,
    }
    return {"node": name} | {key: x if math.isfinite(x) else str(x) for key, x in numbers.items()}
