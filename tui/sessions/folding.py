"""Folding an opened graph into the few lines of numpy it amounts to; numpy comes in only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.recording.log import Recording
from ..text.format import plain
from .target import BadTarget, Opened

if TYPE_CHECKING:  # it brings numpy
    from ...engine.compile.explain.explain import Folding


def fold_opened(opened: Opened) -> tuple[Folding, str]:
    """Return the fold, and a sentence on its parameters. Raise BadTarget where it cannot be folded."""
    from ...engine.compile.explain.explain import explain
    from ...engine.compile.from_recording import graph_of, updated
    from ...engine.compile.ir.trace import CannotCompile
    from ...engine.graph import toposort

    recording = opened.recording
    if recording.ops[recording.root] is None:
        raise BadTarget(f"{plain(opened.title)} is a single number: there is nothing to fold")
    try:
        nodes = toposort(opened.root) if opened.root else graph_of(recording)
        parameters, note = list(opened.parameters), ""
        if not parameters:
            ids = updated(recording)
            if not ids:
                ids, note = _likely_parameters(recording)
            parameters = [nodes[i] for i in ids]
        folding = explain(nodes[recording.root], parameters, {node: i for i, node in enumerate(nodes)})
    except CannotCompile as error:
        raise BadTarget(f"{plain(opened.title)} cannot be folded: {plain(str(error))}") from None
    return folding, note


def _likely_parameters(recording: Recording) -> tuple[list[int], str]:
    # The number that a select chooses by is data, whatever it is called.
    selects = (i for i, op in enumerate(recording.ops) if op and op.name == "select")
    data = {index for i in selects for index in recording.parents(i)[1:]}
    leaves = [i for i, op in enumerate(recording.ops) if op is None and i not in data]
    named = [i for i in leaves if recording.labels.get(i)]
    which = "every named leaf" if named else "every leaf"
    return named or leaves, f"no leaf is marked as a parameter: {which} is treated as one"
