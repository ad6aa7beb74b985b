"""Recordings as JSON, version 1. docs/recording-format.md has the schema.

A file may come from anywhere: what is read is checked place by place, sizes are bounded, and a
refusal names the place, as `nodes[12].parents[0]`. Nothing in a file is ever executed.
"""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..ops import OPS, Op, foreign, op_named
from .log import MAX_SLOT, PHASES, Recording, Update, Write, cell_of
from .record import Progress

VERSION = 1
MAX_BYTES = 1 << 30
MAX_NODES = 5_000_000
MAX_TEXT = 10_000
MICROGRADS = {
    ("+", 2): "add",
    ("-", 2): "sub",
    ("*", 2): "mul",
    ("/", 2): "div",
    ("**", 2): "pow",
    ("-", 1): "neg",
    ("ReLU", 1): "relu",
}
"""The names that micrograd's engine gives its ops, by how many inputs they have; also `Tanh`, `Exp`."""
MAX_RULE, MAX_NAME = 20, 50


class NotARecording(ValueError):
    """What a file holds cannot be read as a recording; the message names the place and the reason."""


# Writing


def to_json(recording: Recording) -> Iterator[str]:
    """Yield the recording as JSON text in pieces, a line a node and a line a step."""
    yield f'{{"version": {VERSION}, "root": {recording.root},\n"nodes": ['
    for i in range(recording.node_count):
        yield (",\n" if i else "\n") + _dump(
            _node_object(recording, i) | _expected(recording.expected, i)
        )
    yield '\n],\n"steps": ['
    for i in range(len(recording)):
        yield (",\n" if i else "\n") + _dump(_step_object(recording, i))
    yield "\n]}\n"


def save(recording: Recording, path: Path | str) -> None:
    """Write the file whole or not at all: into a temporary file beside it, then rename."""
    if not isinstance(recording, Recording):
        made = type(recording).__name__
        raise TypeError(f"save takes a recording, as record(loss) makes one, not a {made}")
    write_whole(Path(path), to_json(recording))


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write a file of text whole or not at all, from pieces of it."""
    import tempfile  # here: it takes longer to load than the rest of the engine

    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _dump(plain: dict[str, Any]) -> str:
    from json import dumps  # here, as in load

    return dumps(plain, allow_nan=False)


def _number(x: float | None) -> float | str | None:
    return x if x is None or math.isfinite(x) else str(x)


def _node_object(recording: Recording, i: int) -> dict[str, Any]:
    node, end = recording.node(i), len(recording)
    op = recording.op_at(i, end)
    return {
        "id": i,
        "op": op.name[:MAX_TEXT] if op else "",
        "label": node.label[:MAX_TEXT],
        "data": _number(recording.value(i, "data", end)),
        "grad": _number(recording.value(i, "grad", end)),
        "parents": node.parents,
        "scope": node.scope[:MAX_TEXT],
        "source": node.source[:MAX_TEXT],
    }


def _expected(expected: Sequence[float], i: int) -> dict[str, Any]:
    return {"expected": _number(expected[i])} if expected else {}


def _step_object(recording: Recording, i: int) -> dict[str, Any]:
    step = recording.step_at(i)
    writes = [_write_object(write) for write in step.writes]
    plain: dict[str, Any] = {
        "phase": step.phase,
        "node": step.node,
        "grad": _number(step.grad),
        "writes": writes,
    }
    if (rule := recording.updates.get(i)) is not None:
        plain["rule"] = {
            "optimizer": rule.optimizer,
            "settings": {name: _number(x) for name, x in rule.settings.items()},
            "remembered": list(map(_number, rule.remembered)),
        }
    return plain


def _write_object(write: Write) -> dict[str, Any]:
    return {
        "target": write.target,
        "field": write.field,
        "slot": write.slot,
        "local": _number(write.local),
        "amount": _number(write.amount),
        "before": _number(write.before),
        "after": _number(write.after),
        "source": write.source,
    }


# Reading


def load(
    path: Path | str, progress: Progress = lambda fraction: None, *, max_bytes: int = MAX_BYTES
) -> Recording:
    """Read a saved recording. Raise NotARecording with one sentence, or OSError."""
    return from_plain(load_plain(Path(path), progress, max_bytes), progress)


def load_plain(path: Path, progress: Progress = lambda fraction: None, max_bytes: int = MAX_BYTES) -> Any:
    """Return what is in a JSON file of any recording's; raise as `load` does."""
    import json  # here: the engine is loaded without it

    if path.stat().st_size > max_bytes:
        raise NotARecording(f"the file is larger than {max_bytes >> 20} MiB")
    try:
        text = path.read_text(encoding="utf-8")
        progress(0.1)
        plain = json.loads(text, parse_constant=_refuse_constant)
    except NotARecording:
        raise
    except (ValueError, RecursionError) as error:
        raise NotARecording(f"not a JSON file: {error}") from None
    progress(0.4)
    return plain


def from_plain(
    plain: Any, progress: Progress = lambda fraction: None, *, max_nodes: int = MAX_NODES
) -> Recording:
    """Build a recording from parsed JSON; ids may be any distinct integers, unknown keys may be there."""
    kind = _typed(plain, dict, "the file").get("kind")
    if kind is not None:
        raise NotARecording(f"kind: a recording of the kind {str(kind)[:50]!r} cannot be read here")
    version = _get(plain, "version", int, "")
    if version != VERSION:
        raise NotARecording(f"version {version} is not known here; this program reads {VERSION}")
    nodes = _get(plain, "nodes", list, "")
    steps = _get(plain, "steps", list, "")
    if not 0 < len(nodes) <= max_nodes:
        raise NotARecording(f"nodes: {len(nodes)} of them; 1 to {max_nodes} can be read")
    if not 0 < len(steps) <= 8 * max_nodes:
        raise NotARecording(f"steps: {len(steps)} of them; 1 to {8 * max_nodes} can be read")
    ids = _read_ids(nodes)
    log = Recording(root=_reference(plain.get("root"), ids, "root"))
    for i, node in enumerate(nodes):
        _read_node(log, node, ids, f"nodes[{i}]")
    _check_order(log)
    progress(0.6)
    written = _read_steps(log, steps, ids, progress)
    _read_initial(log, nodes, written)
    expected = [_float(node, "expected", f"nodes[{i}]") for i, node in enumerate(nodes)]
    log.expected = [x for x in expected if x is not None] if None not in expected else ()
    return log.close()


def _read_ids(nodes: list[Any]) -> dict[int, int]:
    ids: dict[int, int] = {}
    for i, node in enumerate(nodes):
        number = _get(_typed(node, dict, f"nodes[{i}]"), "id", int, f"nodes[{i}].")
        if ids.setdefault(number, i) != i:
            raise NotARecording(f"nodes[{i}].id: {number} is already the id of nodes[{ids[number]}]")
    return ids


def _read_node(log: Recording, node: dict[str, Any], ids: dict[int, int], place: str) -> None:
    parents = _typed(node.get("parents", []), list, f"{place}.parents")
    if len(parents) > MAX_NODES:
        raise NotARecording(f"{place}.parents: {len(parents)} of them; at most {MAX_NODES} can be read")
    found = [_reference(p, ids, f"{place}.parents[{slot}]") for slot, p in enumerate(parents)]
    op, label, scope, source = (_text(node, key, place) for key in ("op", "label", "scope", "source"))
    row = _row(op, len(found)) if op or found else None
    if row and row.vjps and len(row.vjps) != len(found):
        row = foreign(op)  # the user's own, as max of three
    i = log.add_node(row, found, scope)
    if label:
        log.labels[i] = label
    if source:
        log.sources[i] = source


def _row(op: str, inputs: int) -> Op:
    """Return the row of an op under its own name, or under what micrograd or its forks call it."""
    lower = op.lower()
    known = OPS.get(lower) if op not in OPS else None
    called = lower if known and len(known.vjps or ()) == inputs else op
    return op_named(MICROGRADS.get((op, inputs), called))


def _check_order(log: Recording) -> None:
    """Refuse a parent that stands after its child: nodes are in creation order, so no cycles."""
    for i in range(log.node_count):
        for slot, parent in enumerate(log.parents(i)):
            if parent >= i:
                what = "a cycle" if _reaches(log, parent, i) else f"nodes[{parent}] comes later"
                raise NotARecording(f"nodes[{i}].parents[{slot}]: {what}")


def _reaches(log: Recording, start: int, goal: int) -> bool:
    seen, stack = {start}, [start]
    while stack:
        node = stack.pop()
        if node == goal:
            return True
        new = set(log.parents(node)) - seen
        seen |= new
        stack.extend(new)
    return False


def _read_steps(log: Recording, steps: list[Any], ids: dict[int, int], progress: Progress) -> set[int]:
    """Append the steps; return the cells they write."""
    phase, written = "", set[int]()
    for i, step in enumerate(steps):
        place = f"steps[{i}]"
        name = _get(_typed(step, dict, place), "phase", str, f"{place}.")
        if name not in PHASES:
            raise NotARecording(f"{place}.phase: {name!r} is none of {', '.join(PHASES)}")
        # A node seeded anew means a second pass of the same phase.
        if name != phase or (name == "backward" and step.get("node") is None):
            log.begin(name)
            phase = name
        node = step.get("node")
        if step.get("rule") is not None:
            log.updates[len(log)] = _read_rule(step["rule"], f"{place}.rule")
        log.step(None if node is None else _reference(node, ids, f"{place}.node"))
        for j, write in enumerate(_typed(step.get("writes", []), list, f"{place}.writes")):
            _read_write(log, write, ids, f"{place}.writes[{j}]", written)
            if name == "backward":
                _respect_own_rule(log, write)
        if i % 4096 == 0:
            progress(0.6 + 0.4 * i / len(steps))
    return written


def _respect_own_rule(log: Recording, write: dict[str, Any]) -> None:
    """A gradient without a local derivative came by a rule of the user's, whatever its op is called."""
    node = log.step_node[-1]
    op = log.ops[node] if node >= 0 else None
    if op is None or write.get("slot") is None:
        return
    if op.vjps and write.get("local", 0) is None:
        log.ops[node] = foreign(op.name)
    elif op.vjps is None and op.name in OPS and write.get("local", 0) is not None:
        takes, has = len(OPS[op.name].vjps or ()), len(log.parents(node))
        if takes != has:
            raise NotARecording(f"nodes[{node}].parents: {op.name} takes {takes}, not {has}")


def _read_rule(rule: Any, place: str) -> Update:
    optimizer = _text(_typed(rule, dict, place), "optimizer", place)
    settings = _typed(rule.get("settings", {}), dict, f"{place}.settings")
    remembered = _typed(rule.get("remembered", []), list, f"{place}.remembered")
    if len(settings) > MAX_RULE or len(remembered) > MAX_RULE:
        raise NotARecording(f"{place}: more than {MAX_RULE} numbers")
    for name in settings:
        if not (name.isidentifier() and len(name) <= MAX_NAME):
            raise NotARecording(f"{place}.settings: {name[:MAX_NAME]!r} is no name")
    by_place = dict(enumerate(remembered))
    return Update(
        optimizer,
        {name: _there(settings, name, f"{place}.settings") for name in settings},
        tuple(_there(by_place, i, f"{place}.remembered") for i in by_place),
    )


def _read_write(log: Recording, write: Any, ids: dict[int, int], place: str, written: set[int]) -> None:
    target = _reference(_typed(write, dict, place).get("target"), ids, f"{place}.target")
    field = _get(write, "field", str, f"{place}.")
    if field != "data" and field != "grad":
        raise NotARecording(f"{place}.field: {field!r} is neither 'data' nor 'grad'")
    slot = write.get("slot")
    if slot is not None and not (_is_int(slot) and 0 <= slot < MAX_SLOT):
        raise NotARecording(f"{place}.slot: {slot!r} is not an argument slot")
    local, amount, before = (_float(write, key, place) for key in ("local", "amount", "before"))
    after = _float(write, "after", place)
    if after is None:
        raise NotARecording(f"{place}.after: missing")
    cell = cell_of(target, field)
    if before is not None and cell not in written:  # the first write has what a cell held at the start
        log.initial[cell] = before
    written.add(cell)
    source = _text(write, "source", place)
    if source:
        log.write_sources[len(log.write_cell)] = source
    if slot is not None:
        log.write_locals[len(log.write_cell)] = local
    log.write(target, field, after, amount, slot)


def _read_initial(log: Recording, nodes: list[Any], written: set[int]) -> None:
    """Cells that nothing writes hold at the start what they hold at the end."""
    for i, node in enumerate(nodes):
        for field in ("data", "grad"):
            cell = cell_of(i, field)
            number = _float(node, field, f"nodes[{i}]")
            if cell not in written and number is not None and (number or field == "data"):
                log.initial[cell] = number


# Reading one thing, or refusing it by its place


def _refuse_constant(name: str) -> None:
    raise NotARecording(f"{name} is not JSON; write non-finite numbers as strings")


def _is_int(x: Any) -> bool:
    return isinstance(x, int) and not isinstance(x, bool)


def _typed(x: Any, kind: type, place: str) -> Any:
    if not isinstance(x, kind):
        names = {dict: "an object", list: "a list", str: "a text", int: "an integer"}
        raise NotARecording(f"{place}: should be {names[kind]}, not {type(x).__name__}")
    return x


def _get(plain: dict[str, Any], key: str, kind: type, place: str) -> Any:
    if key not in plain:
        raise NotARecording(f"{place}{key}: missing")
    if kind is int and isinstance(plain[key], bool):
        raise NotARecording(f"{place}{key}: should be an integer, not a bool")
    return _typed(plain[key], kind, f"{place}{key}")


def _reference(number: Any, ids: dict[int, int], place: str) -> int:
    if not _is_int(number) or number not in ids:
        raise NotARecording(f"{place}: no node has the id {repr(number)[:50]}")
    return ids[number]


def _text(plain: dict[str, Any], key: str, place: str) -> str:
    text = plain.get(key) or ""
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise NotARecording(f"{place}.{key}: should be a text of at most {MAX_TEXT} characters")
    return text


def _there(plain: dict[Any, Any], key: Any, place: str) -> float:
    x = _float(plain, key, place)
    if x is None:
        raise NotARecording(f"{place}.{key}: missing")
    return x


def _float(plain: dict[Any, Any], key: Any, place: str) -> float | None:
    x = plain.get(key)
    if x is None or (isinstance(x, float) and math.isfinite(x)):
        return x
    if x in ("nan", "inf", "-inf"):
        return float(x)
    try:
        return float(x) if _is_int(x) else _typed(x, float, f"{place}.{key}")
    except (OverflowError, KeyError):
        raise NotARecording(f"{place}.{key}: {str(x)[:50]!r} is not a number") from None
