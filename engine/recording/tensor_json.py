"""Tensor recordings as JSON, version 1, kind "tensor". docs/pytorch.md has the schema.

What `to_plain` adds beyond the schema (saved tensors, silent sums and casts) is for the app alone.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from .json_file import VERSION, NotARecording
from .tensor import (
    Failure,
    LossScale,
    NotFinite,
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
SAVED = ("name", "shape", "dtype", "size", "storage", "text", "made_by", "label", "cut_from")
"""What is written of a saved tensor, in this order."""
Written = Callable[[Summary | None], Any]
"""Makes of a summary what stands for it."""


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
    """Return the object of the schema; with what stands beyond it, if that is wanted.

    A gradient mostly arrives as it was sent: beyond the schema a summary stands once, in a table.
    """
    table = _Table()
    write = table.place if beyond else _summary_object
    plain: dict[str, Any] = {
        "version": VERSION,
        "kind": KIND,
        "torch": recording.torch,
        "mode": recording.mode,
        "root": list(recording.root),
        "nodes": [_node_object(node, beyond) for node in recording.nodes],
        "steps": [_step_object(step, write, beyond) for step in recording.steps],
        "parameters": [_parameter_object(each, write, beyond) for each in recording.parameters],
        "verdict": {"parameters": len(recording.received), "same": recording.same},
    }
    if beyond:
        more = {"why": recording.why, "notes": recording.notes, "names": recording.names}
        plain |= more | {"values": list(map(write, recording.values))}
        plain |= _forward_object(recording, write) | {"summaries": table.rows}
    return plain


def _forward_object(recording: TensorRecording, write: Written) -> dict[str, Any]:
    """What is known of the forward pass: values that are not finite, the factor of the loss."""
    plain: dict[str, Any] = {}
    if recording.not_finite is not None:
        plain["not_finite"] = [
            [*astuple(each)[:5], [[name, write(operand)] for name, operand in each.operands]]
            for each in recording.not_finite
        ]
    if recording.scale is not None:
        plain["scale"] = astuple(recording.scale)
    if recording.failed is not None:
        plain["failed"] = astuple(recording.failed)
    return plain


class _Table:
    """Summaries, each once."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any] | None] = []
        self._places: dict[int, int] = {}

    def place(self, summary: Summary | None) -> int | None:
        """Return the row of a summary."""
        if summary is None:
            return None
        place = self._places.setdefault(id(summary), len(self.rows))
        if place == len(self.rows):
            self.rows.append(_summary_object(summary))
        return place


def _node_object(node: TensorNode, beyond: bool) -> dict[str, Any]:
    plain = {
        "id": node.id,
        "op": node.op,
        "label": node.label,
        "scope": node.scope,
        "source": node.source,
        "shape": node.shape,
        "dtype": node.dtype,
        "parents": node.parents,
    }
    if beyond:
        saved = [[getattr(each, name) for name in SAVED] for each in node.saved]
        plain |= {"outputs": node.outputs, "slots": node.slots, "saved": saved}
    return plain


def _step_object(step: TensorStep, write: Written, beyond: bool) -> dict[str, Any]:
    plain = {
        "phase": "backward",
        "node": step.node,
        "grad": list(map(write, step.grad)),
        "writes": [_write_object(each, write, beyond) for each in step.writes],
    }
    fed = [[name, write(tensor)] for name, tensor in step.fed]
    return plain | ({"fed": fed} if beyond and fed else {})


def _write_object(each: TensorWrite, write: Written, beyond: bool) -> dict[str, Any]:
    plain = {"target": each.target, "slot": each.slot, "amount": write(each.amount)}
    return plain | ({"summed_from": each.summed_from, "cast_from": each.cast_from} if beyond else {})


def _parameter_object(each: ParameterGrad, write: Written, beyond: bool) -> dict[str, Any]:
    plain = {
        "name": each.name,
        "shape": each.shape,
        "dtype": each.dtype,
        "grad": write(each.grad),
        "same_bits": each.same_bits,
    }
    if beyond:
        plain |= {"node": each.node, "value": write(each.value), "held": write(each.held)}
        plain |= {"frozen": each.frozen, "model": each.model, "asked": each.asked}
    return plain


def _summary_object(summary: Summary | None) -> dict[str, Any] | None:
    if summary is None:
        return None
    return {
        "shape": summary.shape,
        "dtype": summary.dtype,
        "norm": _number_plain(summary.norm),
        "sum": _number_plain(summary.sum),
        "min": _number_plain(summary.min),
        "max": _number_plain(summary.max),
        "mean": _number_plain(summary.mean),
        "zeros": summary.zeros,
        "nonfinite": summary.nonfinite,
    }


def _number_plain(number: Number | None) -> Any:
    if isinstance(number, complex):
        return [_number_plain(number.real), _number_plain(number.imag)]
    return number if number is None or math.isfinite(number) else str(number)


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
    read = _Summaries(plain.get("summaries", ()))
    values = (read(value) for value in plain.get("values", ()))
    return TensorRecording(
        str(plain["torch"]),
        "live" if plain["mode"] == "live" else "dry",
        tuple(map(int, plain["root"])),
        tuple(map(_node, plain["nodes"])),
        tuple(_step(step, read) for step in plain["steps"]),
        tuple(_parameter(each, read) for each in plain["parameters"]),
        str(plain.get("why", "")),
        tuple(map(str, plain.get("notes", ()))),
        tuple(value for value in values if value is not None),
        tuple(map(str, plain.get("names", ()))),
        _not_finite(plain["not_finite"], read) if "not_finite" in plain else None,
        _scale(*plain["scale"]) if "scale" in plain else None,
        _failure(*plain["failed"]) if "failed" in plain else None,
    )


def _scale(factor: Any, by: Any, at_root: Any = True) -> LossScale:
    return LossScale(float(factor), str(by), bool(at_root))


def _failure(said: Any, source: Any, text: Any, operands: Any) -> Failure:
    return Failure(str(said), str(source), str(text), tuple(map(str, operands)))


def _not_finite(rows: Sequence[Sequence[Any]], read: "_Summaries") -> tuple[NotFinite, ...]:
    found = []
    for row in rows:
        node, nan, inf, minus, total = map(int, row[:5])
        found.append(NotFinite(node, nan, inf, minus, total, _by_name(row[5], read)))
    return tuple(found)


def _by_name(pairs: Iterable[Sequence[Any]], read: "_Summaries") -> tuple[tuple[str, Summary], ...]:
    found = ((str(name), read(tensor)) for name, tensor in pairs)
    return tuple((name, tensor) for name, tensor in found if tensor is not None)


class _Summaries:
    """Reads a summary, or the place of one in the table."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = list(map(_summary, rows))

    def __call__(self, plain: Any) -> Summary | None:
        if plain is None:
            return None
        if isinstance(plain, int):
            if not 0 <= plain < len(self._rows):
                raise NotARecording(f"summaries: there is no row {plain}")
            return self._rows[plain]
        return _summary(plain)


def _node(plain: Mapping[str, Any]) -> TensorNode:
    op, label, scope, source = (str(plain[name]) for name in ("op", "label", "scope", "source"))
    parents = tuple(None if parent is None else int(parent) for parent in plain["parents"])
    shape, dtype = _shape(plain["shape"]), str(plain["dtype"])
    outputs = tuple((_shape(each[0]), str(each[1])) for each in plain.get("outputs", ()))
    slots = tuple(map(int, plain.get("slots", ())))
    saved = tuple(_saved(*each) for each in plain.get("saved", ()))
    return TensorNode(
        int(plain["id"]), op, label, scope, source, shape, dtype, parents, outputs, slots, saved
    )


def _saved(
    name: Any,
    shape: Any,
    dtype: Any,
    size: Any,
    storage: Any,
    text: Any,
    made_by: Any = None,
    label: Any = "",
    cut_from: Any = None,
) -> Saved:
    return Saved(
        str(name),
        None if shape is None else _shape(shape),
        str(dtype),
        int(size),
        _place(storage),
        str(text),
        _place(made_by),
        str(label),
        _place(cut_from),
    )


def _place(plain: Any) -> int | None:
    return None if plain is None else int(plain)


def _step(plain: Mapping[str, Any], read: _Summaries) -> TensorStep:
    writes = tuple(
        TensorWrite(
            int(write["target"]),
            int(write["slot"]),
            read(write["amount"]),
            None if write.get("summed_from") is None else _shape(write["summed_from"]),
            str(write.get("cast_from", "")),
        )
        for write in plain["writes"]
    )
    fed = _by_name(plain.get("fed", ()), read)
    return TensorStep(int(plain["node"]), tuple(map(read, plain["grad"])), writes, fed)


def _parameter(plain: Mapping[str, Any], read: _Summaries) -> ParameterGrad:
    same, node = plain["same_bits"], plain.get("node")
    return ParameterGrad(
        str(plain["name"]),
        _shape(plain["shape"]),
        str(plain["dtype"]),
        read(plain["grad"]),
        None if same is None else bool(same),
        None if node is None else int(node),
        read(plain.get("value")),
        read(plain.get("held")),
        bool(plain.get("frozen", False)),
        str(plain.get("model", "")),
        bool(plain.get("asked", True)),
    )


def _summary(plain: Mapping[str, Any]) -> Summary:
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
        of = [
            each for saved in node.saved for each in (saved.made_by, saved.cut_from) if each is not None
        ]
        if not all(0 <= made < len(nodes) for made in of):
            raise NotARecording(f"nodes[{place}]: what it has saved is of a node that is not there")
    for place, step in enumerate(recording.steps):
        targets = [write.target for write in step.writes]
        if not all(0 <= node < len(nodes) for node in (step.node, *targets)):
            raise NotARecording(f"steps[{place}]: no node has such an id")
    noted = [each.node for each in recording.not_finite or ()]
    if not all(0 <= node < len(nodes) for node in noted):
        raise NotARecording("not_finite: no node has such an id")
    if not recording.root or not all(0 <= root < len(nodes) for root in recording.root):
        raise NotARecording("root: no node has such an id")
