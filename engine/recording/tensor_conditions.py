"""Where to stop in a backward pass of tensors: the tests of the conditions that `conditions` reads."""

import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from .conditions import BARE, SIGNS, Condition, bound_of, read
from .tensor import Summary, TensorRecording

HELP = "nan, inf, zero, |grad| > NUMBER, shape = 4x8, op = NAME, module NAME, node NAME"
LEAST = 3
"""Letters of a word that ops are found by."""
ANY = -1
"""In a shape: whatever size."""


def parse(text: str, recording: TensorRecording) -> Condition:
    """Read one condition, see `HELP`, or a bare name; raise ValueError with a sentence for others."""
    kind, rest = read(text) or ("", text.strip())
    if kind in BARE:
        return Condition(kind, _BARE[kind])
    if kind in SIGNS:
        return _compared(kind, rest)
    if kind == "shape":
        return _shaped(rest)
    if not rest:
        raise ValueError(f"nothing was named; write one of: {HELP}")
    return _named(kind, rest, recording)


def on_node(recording: TensorRecording, node: int) -> Condition:
    """Hold where a node is visited."""
    of = recording.nodes[node]
    name = of.label or f"{of.op}#{node}"
    return Condition(f"node {name}", lambda log, step: log.steps[step].node == node)


def in_module(scope: str) -> Condition:
    """Hold where the pass comes into a module, or into one inside of it."""
    return Condition(f"module {scope}", lambda log, step: _enters(log, step, scope))


def on_op(op: str) -> Condition:
    """Hold where a node of an op is visited."""
    return Condition(f"op = {op}", lambda log, step: log.nodes[log.steps[step].node].op == op)


def short(op: str) -> str:
    """Return an op's name without its ending: `Addmm` of `AddmmBackward0`."""
    return op.partition("Backward")[0] or op


def is_inside(scope: str, outer: str) -> bool:
    """Whether a module is another, or inside of it."""
    return not outer or scope == outer or scope.startswith((f"{outer}.", f"{outer}["))


# Names


def _named(kind: str, name: str, recording: TensorRecording) -> Condition:
    known = names_of(recording)
    if kind in ("", "node") and (node := known.nodes.get(name)) is not None:
        return on_node(recording, node)
    if kind in ("", "scope", "module") and name in known.modules:
        return in_module(name)
    if kind in ("", "op") and (ops := known.ops.get(_folded(name))):
        return on_op(ops[0]) if len(ops) == 1 else _on_ops(name, ops)
    if kind == "op" and (holding := known.ops_with(name)):
        return _on_ops(name, holding)
    raise ValueError(_unknown(kind, name, known))


def _on_ops(name: str, ops: tuple[str, ...]) -> Condition:
    return Condition(f"op = {name}", lambda log, step: log.nodes[log.steps[step].node].op in ops)


class Names:
    """What can be named in a recording: nodes, ops and modules."""

    def __init__(self, recording: TensorRecording) -> None:
        self.nodes: dict[str, int] = {}
        self.ops: dict[str, tuple[str, ...]] = {}
        """An op's name in small letters, short and whole -> the ops so called."""
        self.modules: dict[str, None] = {}
        for node in recording.nodes:
            for name in (
                node.label,
                f"{node.op}#{node.id}",
                f"{short(node.op)}#{node.id}",
                f"#{node.id}",
            ):
                if name:
                    self.nodes.setdefault(name, node.id)
            for scope in _around(node.scope):
                self.modules.setdefault(scope)
        for op in dict.fromkeys(node.op for node in recording.nodes):
            for name in {_folded(op), _folded(short(op))}:
                self.ops[name] = (*self.ops.get(name, ()), op)

    def ops_with(self, name: str) -> tuple[str, ...]:
        """The ops whose names hold a word: `conv` is in Convolution, `layer_norm` in NativeLayerNorm."""
        part = _folded(name)
        found = (ops for word, ops in self.ops.items() if len(part) >= LEAST and part in word)
        return tuple(dict.fromkeys(op for ops in found for op in ops if op != "AccumulateGrad"))

    def of(self, kind: str) -> list[str]:
        """The names of a kind as they are written; for "" those of all."""
        ops = list(dict.fromkeys(short(op) for each in self.ops.values() for op in each))
        kinds = {
            "node": list(self.nodes),
            "op": ops,
            "scope": list(self.modules),
            "module": list(self.modules),
        }
        return kinds.get(kind, [] if kind else [*self.modules, *self.nodes, *ops])


@lru_cache(maxsize=4)
def names_of(recording: TensorRecording) -> Names:
    """Return what can be named in a recording; gathered when it is first asked for."""
    return Names(recording)


def _around(scope: str) -> Iterator[str]:
    """Yield a module and those around it."""
    while scope:
        yield scope
        scope = scope.rpartition(".")[0]


def _folded(op: str) -> str:
    """What of an op's name counts: `log_softmax` is LogSoftmax."""
    return op.replace("_", "").casefold()


def _unknown(kind: str, name: str, known: Names) -> str:
    from difflib import get_close_matches  # a slow import, for a mistyped name only

    words = {word.casefold(): word for word in known.of(kind)}
    close = get_close_matches(name.casefold(), words, 1, 0.5)
    called = {"": "nothing here", "op": "no op here", "node": "no node"}.get(kind, "no module")
    hint = f"did you mean {words[close[0]]}?" if close else f"write one of: {HELP}"
    return f"{called} is called {name!r}; {hint}"


# Tests


def _gradients(log: TensorRecording, step: int) -> Iterator[Summary]:
    """What arrived at a step, and what it gives on."""
    of = log.steps[step]
    for each in (*of.grad, *(write.amount for write in of.writes)):
        if each is not None:
            yield each


def _compared(sign: str, number: str) -> Condition:
    bound, compare = bound_of(sign, number), SIGNS[sign]
    return Condition(
        f"|grad| {sign} {bound:g}",
        lambda log, step: any(compare(each.norm, bound) for each in _gradients(log, step)),
    )


def _shaped(text: str) -> Condition:
    wanted = _shape(text)
    shown = "x".join("*" if size == ANY else str(size) for size in wanted) or "scalar"
    return Condition(f"shape = {shown}", lambda log, step: _has_shape(log, step, wanted))


def _shape(text: str) -> tuple[int, ...]:
    """Read `4x8`, `[4, 8]`, `(4, *)`, `torch.Size([4, 8])` or `scalar`."""
    inner = re.sub(r"^torch\.Size|[\[\]()]", "", text).strip(" ,")
    if inner in ("", "scalar"):
        return ()
    sizes = [size.strip() for size in re.split(r"[x×,]|(?<=[\d*])\s+(?=[\d*-])", inner)]
    if not all(re.fullmatch(r"\d{1,18}|\*|-1", size) for size in sizes):
        raise ValueError(f"shape = needs sizes, as in 4x8 or [4, *], not {text!r}")
    return tuple(ANY if size in ("*", "-1") else int(size) for size in sizes)


def _has_shape(log: TensorRecording, step: int, wanted: tuple[int, ...]) -> bool:
    return any(
        each is not None
        and len(each.shape) == len(wanted)
        and all(want in (ANY, size) for want, size in zip(wanted, each.shape, strict=True))
        for each in log.steps[step].grad
    )


def _enters(log: TensorRecording, step: int, scope: str) -> bool:
    def inside(at: int) -> bool:
        return is_inside(log.nodes[log.steps[at].node].scope, scope)

    return inside(step) and not (step and inside(step - 1))


def _is_nan(each: Summary) -> bool:
    return each.nonfinite > 0 and math.isnan(each.norm)


def _is_inf(each: Summary) -> bool:
    return each.nonfinite > 0 and not math.isnan(each.norm)


def _arrived_zero(log: TensorRecording, step: int) -> bool:
    arrived = [each for each in log.steps[step].grad if each is not None]
    return bool(arrived) and all(each.zeros == 1 for each in arrived)


_BARE: dict[str, Callable[[TensorRecording, int], bool]] = {
    "nan": lambda log, step: any(map(_is_nan, _gradients(log, step))),
    "inf": lambda log, step: any(map(_is_inf, _gradients(log, step))),
    "zero": _arrived_zero,
}
