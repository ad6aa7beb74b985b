"""Tensor recordings as JSON, version 1, kind "tensor". docs/pytorch.md has the schema.

What `to_plain` adds beyond the schema (saved tensors, silent sums and casts) is for the app alone.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from .json_file import VERSION, NotARecording
from .tensor import (
    Number,
    ParameterGrad,
    Saved,
    Summary,
    TensorNode,
    TensorRecording,
    TensorStep,
    TensorWrite,
)

KIND = "tensor"
_BEYOND = {
    "nodes": ("outputs", "slots", "saved"),
    "writes": ("summed_from", "cast_from"),
    "parameters": ("node", "value", "held", "frozen", "model"),
}


# Writing


def to_json(recording: TensorRecording) -> Iterator[str]:
    """Yield the recording as JSON text in pieces, a line a node, a step and a parameter."""
    plain = to_plain(recording)
    rows = {name: plain.pop(name) for name in ("nodes", "steps", "parameters")}
    verdict = plain.pop("verdict")
    yield json.dumps(plain, allow_nan=False)[:-1]
    for name, items in rows.items():
        yield f',\n"{name}": ['
        yield from (
            (",\n" if i else "\n") + json.dumps(item, allow_nan=False) for i, item in enumerate(items)
        )
        yield "\n]"
    yield f',\n"verdict": {json.dumps(verdict)}}}\n'


def to_plain(recording: TensorRecording, beyond: bool = False) -> dict[str, Any]:
    """Return the object of the schema; with what stands beyond it, if that is wanted."""
    plain: dict[str, Any] = {
        "version": VERSION,
        "kind": KIND,
        "torch": recording.torch,
        "mode": recording.mode,
        "root": list(recording.root),
        "nodes": [_row(node, "" if beyond else "nodes") for node in recording.nodes],
        "steps": [_step(step, beyond) for step in recording.steps],
        "parameters": [_row(each, "" if beyond else "parameters") for each in recording.parameters],
        "verdict": {"parameters": len(recording.received), "same": recording.same},
    }
    if beyond:
        more = {"why": recording.why, "notes": recording.notes, "names": recording.names}
        plain |= {name: _plain(each) for name, each in more.items()} | {
            "values": _plain(recording.values)
        }
    return plain


def _step(step: TensorStep, beyond: bool) -> dict[str, Any]:
    plain = {
        "phase": "backward",
        "node": step.node,
        "grad": _plain(step.grad),
        "writes": [_row(write, "" if beyond else "writes") for write in step.writes],
    }
    return plain | ({"fed": _plain(step.fed)} if beyond and step.fed else {})


def _row(thing: Any, table: str) -> dict[str, Any]:
    left_out = _BEYOND.get(table, ())
    names = (each.name for each in fields(thing) if each.name not in left_out)
    return {name: _plain(getattr(thing, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return _row(value, "") if isinstance(value, Summary | Saved) else value


# Reading


def from_plain(plain: Any) -> TensorRecording:
    """Build a recording from parsed JSON; raise NotARecording where it is none."""
    try:
        recording = _recording(plain)
        _check(recording)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        if isinstance(error, NotARecording):
            raise
        raise NotARecording(f"no tensor recording: {type(error).__name__}: {error}") from None
    return recording


def _recording(plain: Mapping[str, Any]) -> TensorRecording:
    if plain["kind"] != KIND or plain["version"] != VERSION:
        raise NotARecording(f"kind {plain['kind']!r}, version {plain['version']!r} cannot be read here")
    return TensorRecording(
        str(plain["torch"]),
        "live" if plain["mode"] == "live" else "dry",
        tuple(map(int, plain["root"])),
        tuple(map(_node, plain["nodes"])),
        tuple(map(_read_step, plain["steps"])),
        tuple(map(_parameter, plain["parameters"])),
        str(plain.get("why", "")),
        tuple(map(str, plain.get("notes", ()))),
        tuple(each for value in plain.get("values", ()) if (each := _summary(value)) is not None),
        tuple(map(str, plain.get("names", ()))),
    )


def _node(plain: Mapping[str, Any]) -> TensorNode:
    op, label, scope, source = (str(plain[name]) for name in ("op", "label", "scope", "source"))
    parents = tuple(None if parent is None else int(parent) for parent in plain["parents"])
    shape, dtype = _shape(plain["shape"]), str(plain["dtype"])
    outputs = tuple((_shape(each[0]), str(each[1])) for each in plain.get("outputs", ()))
    slots = tuple(map(int, plain.get("slots", ())))
    saved = tuple(map(_saved, plain.get("saved", ())))
    return TensorNode(
        int(plain["id"]), op, label, scope, source, shape, dtype, parents, outputs, slots, saved
    )


def _saved(plain: Mapping[str, Any]) -> Saved:
    storage = plain.get("storage")
    return Saved(
        str(plain["name"]),
        None if plain.get("shape") is None else _shape(plain["shape"]),
        str(plain.get("dtype", "")),
        int(plain.get("size", 0)),
        None if storage is None else int(storage),
        str(plain.get("text", "")),
    )


def _read_step(plain: Mapping[str, Any]) -> TensorStep:
    writes = tuple(
        TensorWrite(
            int(write["target"]),
            int(write["slot"]),
            _summary(write["amount"]),
            None if write.get("summed_from") is None else _shape(write["summed_from"]),
            str(write.get("cast_from", "")),
        )
        for write in plain["writes"]
    )
    fed = ((str(name), _summary(tensor)) for name, tensor in plain.get("fed", ()))
    whole = tuple((name, tensor) for name, tensor in fed if tensor is not None)
    return TensorStep(int(plain["node"]), tuple(map(_summary, plain["grad"])), writes, whole)


def _parameter(plain: Mapping[str, Any]) -> ParameterGrad:
    same, node = plain["same_bits"], plain.get("node")
    return ParameterGrad(
        str(plain["name"]),
        _shape(plain["shape"]),
        str(plain["dtype"]),
        _summary(plain["grad"]),
        None if same is None else bool(same),
        None if node is None else int(node),
        _summary(plain.get("value")),
        _summary(plain.get("held")),
        bool(plain.get("frozen", False)),
        str(plain.get("model", "")),
    )


def _summary(plain: Mapping[str, Any] | None) -> Summary | None:
    if plain is None:
        return None
    least, greatest = (None if plain[name] is None else float(plain[name]) for name in ("min", "max"))
    return Summary(
        _shape(plain["shape"]),
        str(plain["dtype"]),
        float(plain["norm"]),
        _number(plain["sum"]),
        least,
        greatest,
        _number(plain["mean"]),
        float(plain["zeros"]),
        int(plain["nonfinite"]),
    )


def _number(plain: Any) -> Number:
    return complex(*map(float, plain)) if isinstance(plain, list) else float(plain)


def _shape(plain: Any) -> tuple[int, ...]:
    return tuple(map(int, plain))


def _check(recording: TensorRecording) -> None:
    """Refuse what would have a pane fail later."""
    nodes = recording.nodes
    for place, node in enumerate(nodes):
        if node.id != place or any(
            parent is not None and not 0 <= parent < place for parent in node.parents
        ):
            raise NotARecording(f"nodes[{place}]: ids are places, and parents come first")
    for place, step in enumerate(recording.steps):
        targets = [write.target for write in step.writes]
        if not all(0 <= node < len(nodes) for node in (step.node, *targets)):
            raise NotARecording(f"steps[{place}]: no node has such an id")
    if not recording.root or not all(0 <= root < len(nodes) for root in recording.root):
        raise NotARecording("root: no node has such an id")
