"""Where to stop: conditions a step can meet, and the search for the first that does.

How they are written is the same for graphs of tensors, whose tests are in `tensor_conditions`.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .log import Recording

Test = Callable[[Any, int], bool]
"""Of a recording, of either kind, and a step."""


@dataclass(frozen=True)
class Condition:
    """A condition and the text that made it. Two of the same text are the same condition."""

    text: str
    test: Test

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


HELP = "nan, inf, zero, |grad| > NUMBER, op NAME, scope NAME, node NAME"


def on_node(recording: Recording, node: int) -> Condition:
    """Hold where the node is visited."""
    name = recording.name(node)
    text = f"node {name}" if name.endswith(f"#{node}") else f"node {name} #{node}"
    return Condition(text, lambda log, step: log.step_node[step] == node)


KINDS = ("node", "op", "scope", "module", "shape")
BARE = ("nan", "inf", "zero")
_NAMED = re.compile(rf"({'|'.join(KINDS)})(?:\s*=\s*|\s+)(.+)", re.DOTALL)
_COMPARED = re.compile(r"\|grad\|\s*(>=|<=|>|<)?(.*)", re.DOTALL)
SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def read(text: str) -> tuple[str, str] | None:
    """Split a condition into its kind, and what it is about: `op = addmm`, `|grad| > 3`, `nan`.

    The kind is a word of KINDS or BARE, or a sign of SIGNS; None where it is none of these.
    """
    word = text.strip()
    if word in BARE:
        return word, ""
    if named := _NAMED.fullmatch(word):
        return named[1], named[2].strip()
    if compared := _COMPARED.fullmatch(word):
        return compared[1] or ">", compared[2].strip()
    return None


def bound_of(sign: str, number: str) -> float:
    """Return the number that a gradient is compared with; raise ValueError with a sentence."""
    try:
        bound = float(number)
    except ValueError:
        bound = math.nan
    if math.isnan(bound):
        raise ValueError(f"|grad| {sign} needs a number, not {number!r}")
    return bound


def parse(text: str, recording: Recording) -> Condition:
    """Read one condition: see `HELP`. Raise ValueError with a sentence for anything else."""
    kind, rest = read(text) or ("", "")
    if kind == "node":
        return on_node(recording, _node_called(recording, rest))
    if kind == "op":
        return Condition(f"op {rest}", lambda log, step: _op_is(log, step, rest))
    if kind in ("scope", "module"):
        return Condition(f"scope {rest}", lambda log, step: _in_scope(log, step, rest))
    if kind in SIGNS:
        return _compared(kind, rest)
    if kind in _PLAIN:
        return Condition(kind, _PLAIN[kind])
    if kind == "shape":
        raise ValueError("this is a graph of single numbers: they have no shape")
    raise ValueError(f"no condition {text.strip()!r}; write one of: {HELP}")


def find(recording: object, stops: list[Condition], steps: Iterable[int]) -> int | None:
    """Return the first of `steps` at which a condition holds."""
    if not stops:
        return None
    tests = [stop.test for stop in stops]
    for step in steps:
        for test in tests:
            if test(recording, step):
                return step
    return None


def _compared(sign: str, number: str) -> Condition:
    bound, compare = bound_of(sign, number), SIGNS[sign]
    return Condition(
        f"|grad| {sign} {bound:g}",
        lambda log, step: any(compare(abs(g), bound) for g in _grads(log, step)),
    )


def _node_called(recording: Recording, name: str) -> int:
    for node, label in recording.labels.items():
        if label == name:
            return node
    number = name.rpartition("#")[2]
    if number.isdecimal() and int(number) < recording.node_count:
        return int(number)
    raise ValueError(f"no node is called {name!r}")


def _op_is(log: Recording, step: int, name: str) -> bool:
    op = log.ops[log.step_node[step]] if log.step_node[step] >= 0 else None
    return op is not None and name in (op.name, op.symbol, op.name[:2] == "**" and "pow")


def _in_scope(log: Recording, step: int, name: str) -> bool:
    node = log.step_node[step]
    return node >= 0 and f"/{name}/" in f"/{log.scopes[node]}/"


def _after(log: Recording, step: int) -> Iterable[float]:
    return log.write_after[log.step_start[step] : log.step_start[step + 1]]


def _grads(log: Recording, step: int) -> Iterable[float]:
    writes = range(log.step_start[step], log.step_start[step + 1])
    return [log.write_after[write] for write in writes if log.write_cell[write] & 1]


def _has_nan(log: Recording, step: int) -> bool:
    return any(map(math.isnan, _after(log, step)))


def _has_inf(log: Recording, step: int) -> bool:
    return any(map(math.isinf, _after(log, step)))


def _arrived_zero(log: Recording, step: int) -> bool:
    node = log.step_node[step]
    in_backward = log.phase_of(step).name == "backward"
    return node >= 0 and in_backward and log.value(node, "grad", step) == 0


_PLAIN: dict[str, Test] = {"nan": _has_nan, "inf": _has_inf, "zero": _arrived_zero}
