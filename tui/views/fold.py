"""A fold as text: its stages, and of each line of numpy what it does and which nodes are behind it."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from ...engine.recording.log import Recording
from ..text.format import plain

if TYPE_CHECKING:  # it brings numpy
    from ...engine.compile.explain.explain import ExplainedStatement, Folding

MOST_ROLES = 3
"""Names of a line: what is done at the same time, such as query, key and value, is one line."""


def count_line(folding: Folding) -> str:
    """Return the fold in one line: `65,818 nodes -> 15 statements`."""
    first, last = folding.stages[0], folding.stages[-1]
    return f"{first.count:,} node{'s'[: first.count != 1]} -> {last.count:,} {last.unit}"


def stages_text(folding: Folding, width: int) -> list[str]:
    """Return the stages in words, their counts below one another."""
    made = []
    for stage in folding.stages:
        first, *rest = textwrap.wrap(stage.words, max(10, width - 9))
        made += [f"{stage.count:>7,}  {first}", *(f"{'':9}{line}" for line in rest)]
    return made


def behind(folding: Folding, recording: Recording, line: ExplainedStatement) -> str:
    """Say which nodes are behind a line: how many of which ops, and the first of them by name."""
    those = folding.behind[line.array_op]
    if not those.nodes:
        return "no node of the graph"
    ops = ", ".join(f"{count:,} {plain(sign)}" for sign, count in those.ops.items())
    gone = f", {those.absorbed:,} no longer computed alone" if those.absorbed else ""
    count, first = len(those.nodes), _name(recording, those.nodes[0])
    if count == 1:
        return f"1 node{gone}: {first}"
    return f"{count:,} nodes ({ops}){gone}; the first is {first}"


def _name(recording: Recording, node: int) -> str:
    scope = recording.scopes[node]
    return plain(f"{scope}/{recording.name(node)}" if scope else recording.name(node))


def called(folding: Folding, recording: Recording, line: ExplainedStatement) -> str:
    """Return what a line computes, by the scopes of the nodes behind it: `layer[0]/scores`."""
    words: Counter[str] = Counter()
    nodes = folding.behind[line.array_op].nodes
    for scope, count in Counter(recording.scopes[node] for node in nodes).items():
        words[_role(scope)] += count
    named = [word for word, _ in words.most_common() if word]
    return plain(", ".join(named[:MOST_ROLES]) + (", ..." if len(named) > MOST_ROLES else ""))


def _role(scope: str) -> str:
    """A scope without what it is one of many of: positions, heads, samples, neurons; its layer stays."""
    parts = scope.split("/")
    return "/".join(part for part in parts if "[" not in part or part.startswith("layer["))


def line_text(folding: Folding, recording: Recording, line: ExplainedStatement) -> list[tuple[str, str]]:
    """Return what there is to say about a line as (title, text), the most important first."""
    arrays = "; ".join(f"{name} {what}" for name, what in line.arrays)
    texts = [
        ("", line.sentence),
        ("named", called(folding, recording, line)),
        ("PyTorch", line.pytorch),
        ("behind it", behind(folding, recording, line)),
        ("this line", line.role),
        ("numpy", line.text),
        ("where", arrays),
    ]
    return [(title, text) for title, text in texts if text]


def wrapped(title: str, text: str, width: int, indent: int = 10) -> list[str]:
    """Return a titled text in lines of at most `width` cells; without a title, from the margin on."""
    begin = f"{title:{indent}}" if title else ""
    return textwrap.wrap(
        text,
        max(width, indent + 10),
        initial_indent=begin,
        subsequent_indent=" " * indent if title else "",
        break_on_hyphens=False,
    )
