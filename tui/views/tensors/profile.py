"""The profile of a gradient from the loss to the first layer: a bar a module, and where it goes wrong."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....engine.recording.tensor import ParameterGrad, TensorRecording
from ...text.format import cells, cut_in_middle, number, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line
from .modules import norm_of
from .trace import named

LEAST_JUMP = 2.0
"""A factor below it is none to speak of."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A module: the step at which the gradient comes to it, and the norms there."""

    scope: str
    step: int
    norm: float | None
    """Of the gradient that came in."""
    parameters: float | None
    """Of the gradients of its own parameters together; None where it has none."""
    weights: float | None
    """Of the parameters themselves."""
    factor: float | None
    """The largest norm that it gives on to another module, in norms of what came in."""
    nonfinite: bool
    """Whether a value in one of its steps is not finite."""


@dataclass(frozen=True, eq=False)
class Profile:
    """The bars in the order of the backward pass."""

    bars: tuple[Bar, ...]
    jump: int | None
    """The bar that does most to make the gradient larger or smaller."""
    jump_step: int | None
    """The step in it that does."""
    first_nonfinite: int | None
    """The bar of the first value that is not finite."""
    nonfinite_step: int | None
    """The step that this value was given on by, or arrived at."""


def profile(recording: TensorRecording) -> Profile:
    """Return the profile of a recording."""
    steps: dict[str, list[int]] = {}
    for index, step in enumerate(recording.steps):
        steps.setdefault(recording.nodes[step.node].scope, []).append(index)
    held: dict[str, list[ParameterGrad]] = {}
    for each in recording.received:
        if each.node is not None:
            held.setdefault(recording.nodes[each.node].scope, []).append(each)
    bad = {index for index in range(len(recording.steps)) if _is_bad(recording, index)}
    bars = tuple(
        _bar(recording, scope, indices, held.get(scope, ()), not bad.isdisjoint(indices))
        for scope, indices in steps.items()
    )
    first = min(bad, default=None)
    where = None if first is None else recording.nodes[recording.steps[first].node].scope
    at = next((i for i, bar in enumerate(bars) if bar.scope == where), None)
    jump = _largest_jump(bars)
    jump_step = None if jump is None else _steepest(recording, bars[jump], steps[bars[jump].scope])
    return Profile(bars, jump, jump_step, at, first)


def _is_bad(recording: TensorRecording, index: int) -> bool:
    step = recording.steps[index]
    given = (write.amount for write in step.writes)
    return any(each is not None and each.nonfinite for each in (*step.grad, *given))


def _bar(
    recording: TensorRecording,
    scope: str,
    indices: Sequence[int],
    held: Sequence[ParameterGrad],
    nonfinite: bool,
) -> Bar:
    ops = (index for index in indices if not recording.nodes[recording.steps[index].node].is_leaf)
    step = next(ops, indices[0])
    arrived = norm_of(recording.steps[step].grad)
    gradients, weights = norm_of(each.grad for each in held), norm_of(each.value for each in held)
    leaving = max(_leaving(recording, scope, indices), default=None)
    by_design = recording.multiplies_by(recording.steps[step].node)  # a scaled loss is no jump
    factor = leaving / by_design / arrived if leaving is not None and arrived else None
    return Bar(scope, step, arrived, gradients, weights, factor, nonfinite)


def _leaving(recording: TensorRecording, scope: str, indices: Sequence[int]) -> Iterator[float]:
    """The norms of what a module gives on to others; what its parameters get stays in it."""
    for index in indices:
        for write in recording.steps[index].writes:
            target = recording.nodes[write.target]
            if write.amount is not None and not target.is_leaf and target.scope != scope:
                yield write.amount.norm


def _largest_jump(bars: Sequence[Bar]) -> int | None:
    """The loss itself is no module: that a mean makes its 1 smaller is as it should be."""
    sizes = {
        place: _size(bar.factor) for place, bar in enumerate(bars) if bar.scope or (bar.factor or 0) > 1
    }
    best = max(sizes, key=lambda place: sizes[place], default=None)
    return best if best is not None and sizes[best] > math.log(LEAST_JUMP) else None


def _steepest(recording: TensorRecording, bar: Bar, indices: Sequence[int]) -> int:
    """The step of a module that does most to make the gradient larger; or smaller, if it gets so."""
    grows = (bar.factor or 0) > 1
    return max(indices, key=lambda index: _log_factor(recording, index) * (1 if grows else -1))


def _log_factor(recording: TensorRecording, index: int) -> float:
    step = recording.steps[index]
    arrived = norm_of(step.grad)
    given = [
        write.amount.norm
        for write in step.writes
        if write.amount and not _is_weight(recording, write.target)
    ]
    factor = max(given) / arrived / recording.multiplies_by(step.node) if given and arrived else 0.0
    return math.log(factor) if factor > 0 and math.isfinite(factor) else 0.0


def _is_weight(recording: TensorRecording, node: int) -> bool:
    """Whether it is a parameter, or one that was transposed or cast."""
    of = recording.nodes[node]
    leaves = (each is None or recording.nodes[each].is_leaf for each in of.parents)
    return of.is_leaf or (len(of.parents) == 1 and all(leaves))


def _size(factor: float | None) -> float:
    """How large a jump is, up or down."""
    return abs(math.log(factor)) if factor and math.isfinite(factor) else 0.0


# As lines


def said(recording: TensorRecording, shape: Profile) -> str:
    """Return in a sentence where it goes wrong."""
    words = []
    if shape.nonfinite_step is not None:
        node = recording.nodes[recording.steps[shape.nonfinite_step].node]
        where = f" in {plain(node.scope)}" if node.scope else ""
        at = f"step {shape.nonfinite_step + 1}, {named(node)}{where}"
        words.append(f"first value that is not finite: {at}")
    if shape.jump is not None:
        bar = shape.bars[shape.jump]
        words.append(f"largest jump: times {number(bar.factor)} in {_name(recording, bar)}")
    words = words or ["no jump to speak of, and every value is finite"]
    if recording.scale is not None:
        words.append(f"norms are times {number(recording.scale.factor)} ({plain(recording.scale.by)})")
    return "; ".join(words)


def profile_header(width: int) -> Line:
    """Draw the line above the bars."""
    name, room = _rooms(width)
    columns = f"{'|g| in':>10} {'|g| par.':>10} {'/ weight':>10} "
    return ((f" {'module':<{name}} {columns}{'|g| in, log scale':<{room}.{room}} "[:width], "header"),)


def profile_row(
    recording: TensorRecording, shape: Profile, place: int, width: int, glyphs: Glyphs
) -> Line:
    """Draw a bar: the module, norms, how long it is on a logarithmic scale, what is wrong there."""
    bar = shape.bars[place]
    name, room = _rooms(width)
    called = cut_in_middle(_name(recording, bar), name, glyphs.ellipsis)
    factor = recording.scale.factor if recording.scale else 1.0
    share = bar.parameters / factor / bar.weights if bar.parameters is not None and bar.weights else None
    numbers = "".join(f"{number(each):>10} " for each in (bar.norm, bar.parameters, share))
    mark = _mark(shape, place)
    length = max(0, min(_length(shape, bar.norm, room), room - len(mark) - 1))
    style = "warning" if "finite" in mark else "negative" if mark else "positive"
    drawn = (glyphs.bars[-1] * length, style)
    return ((f" {called}{' ' * (name - cells(called))} {numbers}", ""), drawn, (f" {mark}", style))


def _rooms(width: int) -> tuple[int, int]:
    """The cells for a name, and for a bar."""
    free = max(16, width - 36)
    name = min(40, free // 2)
    return name, free - name


def _name(recording: TensorRecording, bar: Bar) -> str:
    """A module; what none inside of the outermost made is of the loss, or of the outermost."""
    loss = next((name for name in recording.names if name), "loss")
    return plain(bar.scope or f"{loss}, outermost")


def _mark(shape: Profile, place: int) -> str:
    if place == shape.first_nonfinite:
        return "first non-finite"
    if place == shape.jump:
        return f"times {number(shape.bars[place].factor)}"
    return "not finite" if shape.bars[place].nonfinite else ""


def _length(shape: Profile, norm: float | None, room: int) -> int:
    """A cell at least for any number, all of the room for the greatest."""
    logs = [math.log(bar.norm) for bar in shape.bars if bar.norm and math.isfinite(bar.norm)]
    if not norm or not logs:
        return 0
    if not math.isfinite(norm):
        return room
    low, high = min(logs), max(logs)
    return 1 + round((room - 1) * (math.log(norm) - low) / (high - low)) if high > low else room
