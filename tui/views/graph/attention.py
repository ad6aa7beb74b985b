"""Attention found in a graph by its scopes: of each head the weight of every key for every query.

A graph has it whose nodes `weight[i]` lie in scopes such as `position[3] 'm'/layer[0]/head[2]/weights`;
who made it does not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ....engine.recording.log import Field, Recording
from ....engine.recording.playback import Playback
from ...charts.attention import Head, Spot
from ...text.format import plain
from .folds import Fold

_POSITION = (
    r"(?P<before>(?:.*/)?)position\[(?P<query>\d{1,9})\] ?(?P<quote>'?)(?P<letter>[^/]*?)(?P=quote)"
)
_WEIGHTS = re.compile(rf"{_POSITION}/(?P<head>.*head\[\d+\])/weights")
_INSIDE = re.compile(rf"{_POSITION}(?:/(?P<rest>.*))?")
_HEAD = re.compile(r"(?:.*/)?head\[\d+\]")
_KEY = re.compile(r"weight\[(\d{1,9})\]")


@dataclass
class FoundHead:
    """A head: of each query the letter read there, and its nodes, key by key."""

    name: str
    letters: list[str] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)


@dataclass
class FoundAttention:
    """All heads of a graph, in order, and where each weight stands."""

    heads: list[FoundHead]
    places: dict[int, tuple[int, Spot]]
    """Of a node that is a weight: which head, which query and key."""

    def place_of(self, recording: Recording, node: int, head: int) -> tuple[int, Spot] | None:
        """Return the head and the row that a node is about, if any; of many heads, `head`."""
        if node in self.places:
            return self.places[node]
        found = _INSIDE.fullmatch(recording.scopes[node])
        if found is None:
            return None
        inside = _HEAD.match(found["rest"] or "")
        named = f"{found['before']}{inside[0]}" if inside else ""
        of = next((i for i, each in enumerate(self.heads) if each.name == named), head)
        if not self.heads[of].name.startswith(found["before"]):
            of = next((i for i, h in enumerate(self.heads) if h.name.startswith(found["before"])), of)
        return of, Spot(min(int(found["query"]), len(self.heads[of].rows) - 1))


def find_attention(recording: Recording) -> FoundAttention | None:
    """Return the heads of a graph; None where it has none."""
    found: dict[str, dict[int, tuple[str, dict[int, int]]]] = {}
    for node, label in recording.labels.items():
        key, at = _KEY.fullmatch(label), _WEIGHTS.fullmatch(recording.scopes[node])
        if key and at:
            queries = found.setdefault(at["before"] + at["head"], {})
            _, keys = queries.setdefault(int(at["query"]), (at["letter"], {}))
            keys[int(key[1])] = node
    heads = [_head(name, queries) for name, queries in found.items()]
    places = {
        node: (i, Spot(query, key))
        for i, head in enumerate(heads)
        for query, row in enumerate(head.rows)
        for key, node in enumerate(row)
    }
    return FoundAttention(heads, places) if heads else None


def _head(name: str, queries: dict[int, tuple[str, dict[int, int]]]) -> FoundHead:
    """Put its numbers in order: a file may hold any."""
    head = FoundHead(name)
    for query, (letter, keys) in sorted(queries.items()):
        head.letters.append(letter or str(query))
        head.rows.append([keys[key] for key in sorted(keys)])
    return head


def is_backward(playback: Playback) -> bool:
    """Whether gradients are shown: once a step of the backward pass has been taken."""
    phase = playback.phase
    return phase.name == "update" or (phase.name == "backward" and playback.position > phase.start)


def heads_at(found: FoundAttention, playback: Playback, first: int, count: int) -> list[Head]:
    """Return the numbers of some heads here: weights going forward, their gradients going backward."""
    which: Field = "grad" if is_backward(playback) else "data"
    return [
        Head(
            plain(head.name),
            head.letters,
            [[playback.value(node, which) for node in row] for row in head.rows],
        )
        for head in found.heads[first : first + count]
    ]


def fold_in_attention(recording: Recording, node: int) -> Fold | None:
    """Return the part that a step passes over as one, so that it goes head by head, block by block."""
    scope = recording.scopes[node]
    found = _INSIDE.fullmatch(scope)
    if found is None:
        outermost = scope.partition("/")[0]
        return Fold(plain(outermost), outermost) if outermost else None
    if not found["rest"]:
        return Fold(f"the loss of {plain(scope)}")  # its own nodes, not those of the scopes inside
    inside, parts = _HEAD.match(found["rest"]), found["rest"].split("/")
    if parts[-1].startswith("layer["):
        return Fold(f"the sum of {plain(scope)}")
    rest = inside[0] if inside else "/".join(parts[: 2 if parts[0].startswith("layer[") else 1])
    whole = scope[: len(scope) - len(found["rest"])] + rest
    return Fold(plain(whole), whole)
