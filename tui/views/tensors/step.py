"""A step of a backward pass of tensors as lines: what arrived, what it gives on, what PyTorch hides."""

import textwrap
from collections.abc import Iterator, Sequence

from ....engine.recording.tensor import Number, Summary, TensorNode, TensorRecording, TensorStep
from ...text.format import bytes_text, number, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line, cut
from ..steps.source_line import shown_source, source_line
from .chain_rule import Told, forward_words, given_told
from .failure import failure_told
from .kept import kept_told
from .ledger import has_born, ledger_said, ledger_told
from .passed import Passed, passed_told
from .rules.equation import Equation
from .rules.table import rule_of
from .scaled import is_scaled, scale_said, unscaled
from .trace import named, shape_text, summary_text, verdict, why_none
from .why import why_now

HEAT = "heat"
"""Stands where the heat map goes."""


def step_lines(
    recording: TensorRecording,
    taken: int,
    look_at: str,
    width: int,
    glyphs: Glyphs,
    heat: Sequence[Line] = (),
    passed: Passed | None = None,
) -> list[Line]:
    """Return what there is to see after so many steps: one, or those taken as one; at the ends more.

    `heat` is the heat map of the gradient that arrived.
    """
    told: list[tuple[str, str] | Equation]
    if passed is not None:
        told = [*passed_told(recording, passed)]
    else:
        told = [*(_step(recording, taken - 1) if taken else _start(recording, look_at))]
    if taken == len(recording.steps):
        told = [*told, ("", ""), *_end(recording)]
    return [line for each in told for line in _drawn(each, heat, width, glyphs)]


def _drawn(
    each: tuple[str, str] | Equation, heat: Sequence[Line], width: int, glyphs: Glyphs
) -> Iterator[Line]:
    """A sentence wrapped, an equation and its shapes, the heat map in its place."""
    if isinstance(each, Equation):
        yield from (cut(line, width, glyphs.ellipsis) for line in each.lines(width))
    elif each[1] == HEAT:
        if heat and each[0]:
            yield from _wrapped(each[0], "header", width, glyphs)
        yield from (cut(line, width, glyphs.ellipsis) for line in heat)
    else:
        yield from _wrapped(*each, width, glyphs)


def _wrapped(text: str, style: str, width: int, glyphs: Glyphs) -> Iterator[Line]:
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    for part in textwrap.wrap(text, max(8, width - 1), subsequent_indent=indent) or [""]:
        yield cut(((f" {part}", style),), width, glyphs.ellipsis)


def _start(recording: TensorRecording, look_at: str) -> Told:
    """What was opened."""
    if recording.failed and not recording.steps:
        yield from failure_told(recording.failed, of_backward=False)
        yield "", ""
        yield f"the graph up to there: {len(recording.nodes)} nodes, no step: e opens them all", ""
        yield f"nan and inf: {ledger_said(recording)}", "warning" if has_born(recording) else ""
        return
    way = "a live run, by PyTorch itself" if recording.mode == "live" else "a dry run: .grad is untouched"
    yield f"{len(recording.nodes)} nodes, {len(recording.steps)} steps, {way}", "strong"
    if look_at:
        yield plain(look_at), ""
    if recording.why and recording.why not in look_at:
        yield plain(recording.why), ""
    for place, node in enumerate(recording.root):
        name = plain(recording.names[place]) if place < len(recording.names) else ""
        held = recording.values[place] if place < len(recording.values) else None
        value = f" = {summary_text(held).removeprefix('scalar ')}" if held else ""
        yield f"{name or 'root'}{value}, made by {named(recording.nodes[node])}", ""
    if scale := scale_said(recording):
        yield scale, "changed"
    yield f"nan and inf: {ledger_said(recording)}", "warning" if has_born(recording) else ""
    if recording.saved_bytes:
        yield f"saved for the backward pass: {bytes_text(recording.saved_bytes)}, each storage once", ""
    yield f"PyTorch {plain(recording.torch)}", "dim"
    silent = [each for each in recording.parameters if each.grad is None]
    for each in silent:
        yield f"no gradient: {plain(each.name)}: {why_none(each)}", "negative" if each.asked else "dim"


def _end(recording: TensorRecording) -> Told:
    """What PyTorch itself says of the result; or the error that there is none for."""
    if recording.failed:
        if recording.steps:
            yield from failure_told(recording.failed, of_backward=True)
        return
    good = recording.same == len(recording.received) or recording.mode == "live"
    yield verdict(recording), "strong positive" if good else "warning"
    for each in recording.received:
        if each.same_bits is False:
            yield f"  {plain(each.name)}: NOT the bits of PyTorch's own", "negative"


def _step(recording: TensorRecording, index: int) -> Told:
    step = recording.steps[index]
    node = recording.nodes[step.node]
    yield from _head(recording, node)
    yield from ledger_told(recording, step.node)
    for place, each in enumerate(step.grad):
        output = f" of output {place + 1}" if len(step.grad) > 1 else ""
        letter = _letter(node, step, place)
        yield from _gradient(f"incoming {letter}{output}", each)
        if is_scaled(recording, step.node) and each is not None:
            yield f"  {unscaled(recording, each)}", "changed"
    yield from _parts(recording, step.node)
    if node.is_leaf:
        yield from _gathered(recording, step.node)
        yield "a map of the gradient", HEAT
        return
    yield "gives on", "header"
    yield from given_told(recording, index)
    for name, tensor in step.fed:
        yield f"  made of saved {plain(name)}: {summary_text(tensor)}", "warning"
    yield f"a map of {_letter(node, step, 0)}", HEAT
    yield from _forward(recording, node)
    yield from kept_told(recording, node)


def _letter(node: TensorNode, step: TensorStep, place: int) -> str:
    """What equations call a gradient that came in."""
    if node.is_leaf or rule_of(node) is None:
        return "gradient"
    return f"g{place + 1}" if len(step.grad) > 1 else "g"


def _head(recording: TensorRecording, node: TensorNode) -> Told:
    yield f"{plain(node.label)}  {plain(node.op)}" if node.label else named(node), "strong changed"
    yield forward_words(node), ""
    if why := why_now(recording, node.id):
        yield f"now: {why}", "dim"
    if node.scope:
        yield f"in {plain(node.scope)}", "dim"
    if node.source:
        text = source_line(node.source)
        yield f"{plain(shown_source(node.source))}{': ' if text else ''}{text}", "dim"


def _forward(recording: TensorRecording, node: TensorNode) -> Told:
    took = [_typed(each) for each in recording.inputs(node.id)]
    outputs = node.outputs or ((node.shape, node.dtype),)
    yield f"forward took {', '.join(took) or 'nothing'}; gave {', '.join(map(_typed, outputs))}", ""


def _typed(each: tuple[tuple[int, ...], str] | None) -> str:
    return "-" if each is None else f"{shape_text(each[0])} {plain(each[1])}"


def _gradient(what: str, summary: Summary | None) -> Told:
    if summary is None:
        yield f"{what}: None", "header"
        return
    yield f"{what}: {shape_text(summary.shape)} {plain(summary.dtype)}", "header"
    least, greatest = (number(each) if each is not None else "-" for each in (summary.min, summary.max))
    yield f"  norm {number(summary.norm)}, mean {_number(summary.mean)}", ""
    yield f"  min {least}, max {greatest}", ""
    bad = summary.nonfinite
    yield f"  zeros {summary.zeros:.1%}, not finite {bad:,}", "warning" if bad else ""


def _number(x: Number) -> str:
    return f"{number(x.real)} + {number(x.imag)}i" if isinstance(x, complex) else number(x)


def _parts(recording: TensorRecording, node: int) -> Told:
    """What is used more than once gets its gradient in parts."""
    arrivals = recording.arrivals.get(node, [])
    if len(arrivals) < 2:
        return
    yield f"  added up from {len(arrivals)} that arrived one by one:", ""
    for index, write in arrivals:
        giver = named(recording.nodes[recording.steps[index].node])
        yield f"    {giver}, step {index + 1}: {summary_text(write.amount)}", "dim"


def _gathered(recording: TensorRecording, node: int) -> Told:
    """What AccumulateGrad does, of which PyTorch says nothing."""
    leaf = next((each for each in recording.received if each.node == node), None)
    name = plain(recording.nodes[node].label) or "its leaf"
    verb = "adds" if recording.mode == "live" else "would add"
    if leaf is None:
        yield f"{verb} nothing to {name}.grad", ""
        return
    yield f"{verb} this to {name}.grad", ""
    if leaf.held is not None:
        held = f"{name}.grad is already {summary_text(leaf.held)}: zero_grad was not called"
        yield held, "negative"
    if leaf.value is not None:
        yield f"the parameter itself: {summary_text(leaf.value).replace('|g|', 'norm')}", ""
        if leaf.grad is not None and leaf.value.norm:
            factor = recording.scale.factor if recording.scale else 1.0
            without = ", unscaled" if recording.scale else ""
            ratio = number(leaf.grad.norm / factor / leaf.value.norm)
            yield f"gradient to weight{without}: {ratio}", ""
    if leaf.same_bits is not None and recording.mode == "dry":
        same = "same bits as PyTorch's own" if leaf.same_bits else "NOT the bits of PyTorch's own"
        yield same, "positive" if leaf.same_bits else "warning"
