"""Which cell a name means: a label, `op#id` as the screen has it, or `#id`."""

import re
from difflib import get_close_matches

from ..recording.log import Recording

COMPARED = 1_000
"""Nodes without a label whose names a mistyped one is compared with."""


class NoSuchCell(ValueError):
    """A name that no node has, or that many have; the message is one sentence."""


def cell_named(recording: Recording, name: str) -> int:
    """The node that a name means, with its scope before it or not; raise NoSuchCell with a sentence."""
    found = [node for node, label in recording.labels.items() if label == name]
    found = found or [node for node in recording.labels if _full(recording, node) == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoSuchCell(f"{len(found)} nodes are called {name}: {_told_apart(recording, found)}")
    if (node := _numbered(recording, name)) is not None:
        return node
    raise NoSuchCell(f"no node is called {name}{_near(recording, name)}")


def _full(recording: Recording, node: int) -> str:
    scope = recording.scopes[node]
    return f"{scope}/{recording.name(node)}" if scope else recording.name(node)


def _told_apart(recording: Recording, nodes: list[int]) -> str:
    names = [f"{_full(recording, node)}#{node}" for node in nodes[:3]]
    return ", ".join(names) + (", ..." if len(nodes) > 3 else "")


def _numbered(recording: Recording, name: str) -> int | None:
    """The node of `mul#7`, `layer[0]/mul#7`, `w#7` or `#7`."""
    numbered = re.fullmatch(r"(.*)#(\d{1,9})", name, re.DOTALL)
    if not numbered or int(numbered[2]) >= recording.node_count:
        return None
    before, node = numbered[1], int(numbered[2])
    op = recording.ops[node]
    allowed = {"", recording.name(node), _full(recording, node), op.name if op else "leaf"}
    allowed |= {text.rpartition("#")[0] for text in (recording.name(node), _full(recording, node))}
    return node if before in allowed else None


def _near(recording: Recording, name: str) -> str:
    named = [recording.name(node) for node in range(min(recording.node_count, COMPARED))]
    known = {other.lower(): other for other in (*named, *recording.labels.values())}
    if close := get_close_matches(name.lower(), known, 1, 0.6):
        return f"; did you mean {known[close[0]]}?"
    some = list(dict.fromkeys(recording.labels.values()))[:6]
    return f"; there are {', '.join(some)}" if some else "; nodes are called as the trace names them"
