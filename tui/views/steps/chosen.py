"""What a node of op `select` chose: which row of which table, and by which number of the data."""

import re

from ....engine.recording.log import Recording
from ...text.format import number, plain

_ENTRY = re.compile(r"(.+)\[(\d+), ?(\d+)\]")


def chosen(recording: Recording, node: int, position: int) -> str:
    """Return `row 12 of wte, as token is 12`; nothing for a node of another op."""
    op, parents = recording.ops[node], recording.parents(node)
    if op is None or op.name != "select" or len(parents) != 2:
        return ""
    entry, index = parents
    at = recording.value(index, "data", position)
    if at is None:
        return ""
    why = f"{plain(recording.name(index))} is {number(at)}"
    if found := _ENTRY.fullmatch(recording.labels.get(entry, "")):
        return f"row {found[2]} of {plain(found[1])}, number {found[3]} of it: {why}"
    return f"entry {number(at)} of its table: {why}"
