"""Why a node failed, in one sentence: a freed graph, a tensor changed in place, an error of its own."""

import re
from collections.abc import Iterator
from typing import Any

from .dry_run import NodeFailed
from .in_place import InPlace
from .refused import FaultyGraph

FREED = "backward through the graph a second time"
CHANGED = "modified by an inplace operation"
_VERSIONS = re.compile(r"\[([\d, ]*)\]\].*? is at version (\d+); expected version (\d+)")


def refusal(failed: NodeFailed, node: Any, where: str, in_place: InPlace | None) -> FaultyGraph:
    """Return the refusal; `where` names the node, its module and its line."""
    text = str(failed.error)
    if FREED in text:
        return FaultyGraph(
            f"{where}: its graph was freed by an earlier backward(), which has to keep it"
            " (retain_graph=True), or the loss has to be computed anew",
            "graph freed",
        )
    if CHANGED in text:
        return FaultyGraph(f"{where}: {_changed(node, text, in_place)}", "changed in place")
    line = next(iter(text.strip().splitlines()), "")
    return FaultyGraph(f"{where}: {type(failed.error).__name__}: {line[:300]}", "failed")


def _changed(node: Any, text: str, in_place: InPlace | None) -> str:
    """Say which tensor was changed, and by which line."""
    for name, raw, said in _changed_ones(node):
        found = _VERSIONS.search(said) or _VERSIONS.search(text)
        shape = found[1].replace(", ", "x") or "scalar" if found else ""
        versions = f" (version {found[2]}, saved at {found[3]})" if found else ""
        line = _line(raw, int(found[3]) if found else 0, in_place)
        at = f" at {line}" if line else ""
        what = f"the tensor of {shape}" if shape else "the tensor"
        return f"{what} it saved as {name} was changed in place{at}{versions}"
    found = _VERSIONS.search(text)
    versions = f" (version {found[2]}, saved at {found[3]})" if found else ""
    return f"a tensor it saved was changed in place{versions}"


def _changed_ones(node: Any) -> Iterator[tuple[str, Any, str]]:
    """Yield the saved tensors that cannot be read for having been changed."""
    for name in dir(type(node)):
        if not (name.startswith("_saved_") or name == "saved_tensors"):
            continue
        short = name.removeprefix("_saved_")
        try:
            getattr(node, name)
        except Exception as error:
            if CHANGED in str(error):
                raw = getattr(node, f"_raw_saved_{short.removeprefix('saved_')}", None)
                yield short, raw, str(error)


def _line(raw: Any, kept: int, in_place: InPlace | None) -> str:
    if in_place is None:
        return ""
    for each in raw if isinstance(raw, tuple | list) else (raw,):
        try:
            line = in_place.line(each.data, kept)
        except Exception:
            continue
        if line:
            return line
    return ""
