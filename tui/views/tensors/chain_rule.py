"""The chain rule of a step of tensors: an equation an input, what PyTorch did in silence."""

import math
from collections.abc import Iterator

from ....engine.recording.tensor import Shape, TensorNode, TensorRecording, TensorWrite
from ...text.format import number, plain
from .cut_line import cut_said
from .kept import origin
from .modules import norm_of
from .rules.equation import Equation, Letters, equation, fitted
from .rules.rule import Rule, pieces
from .rules.table import OWN, UNKNOWN, as_called, name_of, rule_of
from .trace import named, shape_text, summary_text

STEEP = 10.0
"""A factor of the norm above which it is said."""
Told = Iterator[tuple[str, str] | Equation]
"""Sentences and their styles, and equations."""


def forward_words(node: TensorNode) -> str:
    """Say what the forward op worked out."""
    if node.is_leaf:
        return "a leaf: its gradient is gathered here"
    rule = rule_of(node)
    if rule is not None:
        return as_called(rule.forward, node)
    return UNKNOWN if name_of(node.op)[1] else OWN


def given_told(recording: TensorRecording, index: int) -> Told:
    """Yield what the step gives to each input: by which rule, how much, to whom."""
    step = recording.steps[index]
    node, rule = recording.nodes[step.node], rule_of(recording.nodes[step.node])
    letters = Letters(recording, step, rule) if rule else None
    arrived = norm_of(step.grad)
    for write in step.writes:
        if rule and letters and (of := equation(letters, rule, write.slot, write)):
            yield of
        yield from _given(recording, index, write, arrived)
    yield from _no_edges(recording, node, rule, letters)
    if rule and letters:
        yield from _where(recording, node, rule, letters)
        if node.dtype.startswith("complex"):
            yield "  of complex numbers what is local is conjugated", "dim"


def _given(recording: TensorRecording, index: int, write: TensorWrite, arrived: float | None) -> Told:
    target, amount = named(recording.nodes[write.target]), write.amount
    if amount is None:
        yield f"  to {target}: None: the op gives nothing to this input", "dim"
        return
    style = "warning" if amount.nonfinite else ""
    yield f"  to {target}: {summary_text(amount)}{_turn(recording, index, write)}", style
    factor = amount.norm / arrived if arrived else 1.0
    if STEEP < factor < math.inf:
        yield f"    its norm is {number(factor)} times what arrived", "negative"
    if write.summed_from is not None:
        axes = _summed_axes(write.summed_from, amount.shape)
        yield (
            f"    summed in silence from {shape_text(write.summed_from)}: it was broadcast{axes}",
            "positive",
        )
    if write.cast_from:
        yield f"    cast in silence from {plain(write.cast_from)} to {plain(amount.dtype)}", "positive"


def _summed_axes(before: Shape, after: Shape) -> str:
    """Which axes a gradient was summed over, and how long they were."""
    padded = (*((0,) * (len(before) - len(after))), *after)
    axes = [
        f"axis {place} of {size}"
        for place, (size, now) in enumerate(zip(before, padded, strict=False))
        if size != now
    ]
    return f" along {', '.join(axes)}" if axes else ""


def _turn(recording: TensorRecording, index: int, write: TensorWrite) -> str:
    """Which of the gradients of a tensor that is used more than once this is."""
    arrivals = recording.arrivals.get(write.target, [])
    if len(arrivals) < 2:
        return ""
    place = next((i for i, (at, each) in enumerate(arrivals, 1) if at == index and each is write), 0)
    return f" (the {_ordinal(place)} of {len(arrivals)} that are added up there)" if place else ""


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


# What no gradient goes to


def _no_edges(
    recording: TensorRecording, node: TensorNode, rule: Rule | None, letters: Letters | None
) -> Told:
    for slot, parent in enumerate(node.parents):
        if parent is None:
            letter = rule.letter(slot) if rule else ""
            called = f"{letter}, input {slot + 1}" if letter else f"input {slot + 1}"
            yield f"  {called}: None: {_why_none(recording, node, letter, letters)}", "dim"


def _why_none(recording: TensorRecording, node: TensorNode, letter: str, letters: Letters | None) -> str:
    saved = letters.saved(letter) if letters and letter else None
    if saved is not None and saved.text and not saved.label:
        return f"a number, {plain(saved.text)}"
    if saved is not None and saved.label:
        frozen = any(each.frozen and each.name == saved.label for each in recording.parameters)
        what = "a parameter that is frozen" if frozen else "asks for no gradient"
        cut = "" if frozen else cut_said(node.source, saved.label)
        return f"{plain(saved.label)}, {what} (requires_grad=False){f': {cut}' if cut else ''}"
    if saved is not None and saved.cut_from is not None:
        return origin(recording, saved, node)
    if node.source and (said := cut_said(node.source)):
        return f"asks for no gradient: {said}"
    return "asks for no gradient (data, a constant, detach, no_grad)"


# What the letters stand for


def _where(recording: TensorRecording, node: TensorNode, rule: Rule, letters: Letters) -> Told:
    used = _letters_used(node, rule, letters)
    for letter in used:
        saved = letters.saved(letter)
        if saved is not None and saved.shape is not None:
            yield f"  {letter}, local: {plain(saved.name)}, {origin(recording, saved, node)}", "positive"
    if rule.where and any(
        write.amount is not None for write in recording.steps[recording.step_of[node.id]].writes
    ):
        yield f"  {fitted(rule.where, letters, rule)}", "dim"


def _letters_used(node: TensorNode, rule: Rule, letters: Letters) -> list[str]:
    """The letters in the formulas of what asks for a gradient."""
    slots = [slot for slot, parent in enumerate(node.parents) if parent is not None]
    formulas = (fitted(rule.formula(slot), letters, rule) for slot in slots)
    defined = rule.where if "=" in rule.where else ""
    words = (text for formula in formulas for text, may_be in pieces(f"{formula} {defined}") if may_be)
    return list(dict.fromkeys(words))
