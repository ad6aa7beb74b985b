"""`micrograd-tui fold`: the matrix statements a scalar graph amounts to, in words and as numpy."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..sessions.folding import fold_opened
from ..sessions.target import Opened
from ..views.fold import behind, called, count_line, wrapped
from .target import add_target, open_for_text, target_of

if TYPE_CHECKING:
    from ...engine.compile.explain.explain import ExplainedStatement, Folding

WIDTH = 100
INDENT = " " * 6


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_target(parser)
    parser.add_argument("--json", action="store_true", help="print the fold as JSON")


def run(options: argparse.Namespace) -> int:
    """Fold the target and print what came of it; return the exit code."""
    opened = open_for_text(target_of(options))
    folding, note = fold_opened(opened)
    if options.json:
        json.dump(as_data(opened, folding, note), sys.stdout)
        print()
    else:
        for line in lines(opened, folding, note):
            print(line)
    return 0


def lines(opened: Opened, folding: Folding, note: str) -> Iterator[str]:
    """Yield the fold as text: the stages, then every line of numpy below what it does."""
    yield f"{opened.title}: {count_line(folding)}"
    yield ""
    for stage in folding.stages:
        first, *rest = wrapped("", stage.words, WIDTH - 12)
        yield f"{stage.count:>10,}  {first}"
        yield from (f"{'':10}  {line}" for line in rest)
    if note:
        yield f"\n{note}"
    for title, phase in (("forward", folding.forward), ("backward", folding.backward)):
        yield f"\n{title.upper()}"
        for i, line in enumerate(phase):
            if not i or line.part != phase[i - 1].part:
                yield ""
                yield from _explained(opened, folding, line, title == "forward")
            yield from _source(line)


def _explained(
    opened: Opened, folding: Folding, line: ExplainedStatement, forward: bool
) -> Iterator[str]:
    yield from (f"  {text}" for text in wrapped("", line.sentence, WIDTH - 2))
    if name := called(folding, opened.recording, line):
        yield from (f"  {text}" for text in wrapped("named", name, WIDTH - 2))
    if line.pytorch:
        yield from (f"  {text}" for text in wrapped("PyTorch", line.pytorch, WIDTH - 2))
    nodes = behind(folding, opened.recording, line)
    back = f"as behind line {folding.statement_of[line.array_op].number}"
    yield from (f"  {text}" for text in wrapped("behind it", nodes if forward else back, WIDTH - 2))


def _source(line: ExplainedStatement) -> Iterator[str]:
    role = f"   # {line.role}" if line.role else ""
    yield f"{line.number:>4}  {line.text}{role}"
    arrays = "; ".join(f"{name} {what}" for name, what in line.arrays)
    yield from (f"{INDENT}    {text}" for text in wrapped("", arrays, WIDTH - 10))


def as_data(opened: Opened, folding: Folding, note: str) -> dict[str, Any]:
    """Return the fold as plain data; nodes are their ids in the recording of the same graph."""
    return {
        "title": opened.title,
        "note": note,
        "stages": [{"count": s.count, "unit": s.unit, "words": s.words} for s in folding.stages],
        "lines": [
            {
                "number": line.number,
                "phase": line.phase,
                "source": line.text,
                "sentence": line.sentence,
                "pytorch": line.pytorch,
                "role": line.role,
                "part": line.part,
                "name": called(folding, opened.recording, line),
                "nodes": len(folding.behind[line.array_op].nodes),
                "group": line.array_op,
                "arrays": dict(line.arrays),
            }
            for line in folding.statements
        ],
        "groups": [
            {
                "nodes": list(those.nodes),
                "absorbed": [node for node in those.nodes if folding.absorbed[node]],
                "ops": those.ops,
            }
            for those in folding.behind
        ],
    }
