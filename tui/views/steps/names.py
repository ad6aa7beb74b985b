"""What a node is called on the screen: its name, its scope where names repeat, its formula."""

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

from ....engine.recording.log import Recording
from ...text.format import plain


def name(recording: Recording, node: int) -> str:
    """What to call a node, safe to show."""
    return _names(recording, recording.applied)(node)


@lru_cache(maxsize=4)  # the graph on the screen, and the one it came from, before an edit and after
def _names(recording: Recording, applied: int) -> Callable[[int], str]:
    """The names that were asked for last: a step has the same few in a dozen places."""
    return lru_cache(maxsize=4096)(lambda node: plain(recording.name(node)))


def place(recording: Recording, node: int) -> str:
    """A node's name with its scope: `layer[0]/neuron[3]/w1`."""
    scope = plain(recording.scopes[node])
    return f"{scope}/{name(recording, node)}" if scope else name(recording, node)


def called(recording: Recording, node: int) -> str:
    """A node's name, with its scope where another node has the same name."""
    repeats = recording.labels.get(node) in _repeated(recording)
    return place(recording, node) if repeats else name(recording, node)


@lru_cache(maxsize=2)
def _repeated(recording: Recording) -> frozenset[str]:
    """The labels that more than one node has; they are counted once, not for every key."""
    return frozenset(label for label, count in Counter(recording.labels.values()).items() if count > 1)


def derivative(of: str, by: str) -> str:
    """How a derivative is written: `d(a*b)/db`, `d(loss)/d(w1x1)`."""
    return f"d({of})/d{by}" if len(by) <= 3 and re.fullmatch(r"\w+", by) else f"d({of})/d({by})"


def formula(recording: Recording, node: int) -> str:
    """How a node was made, in names: `loss = error*error`; a leaf is just its name."""
    if recording.ops[node] is None:
        return name(recording, node)
    return f"{name(recording, node)} = {expression(recording, node)}"


def expression(recording: Recording, node: int) -> str:
    """A node's op applied to its inputs, in names: `error*error`."""
    return _expression(recording, recording.applied, node)


@lru_cache(maxsize=8)
def _expression(recording: Recording, applied: int, node: int) -> str:
    op = recording.ops[node]
    assert op is not None
    return plain(op.written(*[name(recording, parent) for parent in recording.parents(node)]))


def listed(names: list[str], most: int) -> str:
    """Return `a, b, c`, or the first few of many and dots."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
