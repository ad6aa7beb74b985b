"""Breaks of the backward pass by name: a sentence of what is wrong, and a change of the rules."""

import math
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..ops import OPS, Op
from ..recording.log import Recording
from ..sources.expression import ExpressionError
from ..sources.formula import Formula
from .broken import Rules, breadth_first, not_reversed, pre_order, recursive
from .cells import cell_named

Words = tuple[str, ...]


class BadBreak(ValueError):
    """A break that cannot be made; the message is one sentence."""


@dataclass(frozen=True)
class Break:
    """A row of the table: what is typed, what is wrong then, and how it changes the rules."""

    name: str
    takes: str
    sentence: str
    apply: Callable[[Rules, Words, Recording], Rules]
    of_order: bool = False


def _set(**changes: Any) -> Callable[[Rules, Words, Recording], Rules]:
    return lambda rules, words, recording: replace(rules, **changes)


def _local(rules: Rules, words: Words, recording: Recording) -> Rules:
    if len(words) < 2:
        raise BadBreak('local needs an op and a formula, as: local tanh "1 + out**2"')
    op, texts = words[0], words[1:]
    counts = _arguments(op, recording)
    if not counts:
        raise BadBreak(f"local: no op is called {op!r}; there are {', '.join(_known(recording))}")
    try:
        derivatives = tuple(map(_derivative, texts))
    except BadBreak:  # whoever types no quotes means one: tanh 1 + out**2
        derivatives = (_derivative(" ".join(texts)),)
    if len(derivatives) > (count := max(counts.values())):
        raise BadBreak(f"local: {op} has {count} argument{'s'[: count != 1]}, not {len(derivatives)}")
    fitting = (name for name, count in counts.items() if len(derivatives) <= count)
    return replace(rules, locals={**rules.locals, **dict.fromkeys(fitting, derivatives)})


def _known(recording: Recording) -> dict[str, Op]:
    """The ops of the table, and those of the graph that no table knows."""
    return {**OPS, **{op.name: op for op in recording.ops if op and op.forward is None}}


def _arguments(word: str, recording: Recording) -> dict[str, int]:
    """The ops that a word names, as `tanh`, `+` or the graph's own; how many arguments each has."""
    if word[:2] == "**" and word != "**":
        return {word: 1}
    rows = _known(recording)
    named = {name: row for name, row in rows.items() if word == name}
    named = named or {name: row for name, row in rows.items() if word == row.symbol}
    return {name: len(row.vjps) if row.vjps else _most(name, recording) for name, row in named.items()}


def _most(name: str, recording: Recording) -> int:
    nodes = (node for node, op in enumerate(recording.ops) if op and op.name == name)
    return max(len(recording.parents(node)) for node in nodes)


def _derivative(text: str) -> Callable[..., float]:
    """A local derivative as a function of the arguments and the output, in the words of the op table."""
    try:
        formula = Formula(text, ("a", "b", "out"))
    except ExpressionError as error:
        raise BadBreak(f"local: {error}; the names are a, b and out") from None

    def derivative(*arguments: float, out: float) -> float:
        a, b = (*arguments, math.nan)[:2]
        return formula({"a": a, "b": b, "out": out})

    return derivative


def _detach(rules: Rules, words: Words, recording: Recording) -> Rules:
    if len(words) != 1:
        raise BadBreak("detach needs the name of one node")
    try:
        node = cell_named(recording, words[0])
    except ValueError as error:
        raise BadBreak(f"detach: {error}") from None
    if node == recording.root:
        raise BadBreak(f"detach: {words[0]} is the root; backward begins there")
    return replace(rules, detached=rules.detached | {node})


def _clip(rules: Rules, words: Words, recording: Recording) -> Rules:
    return replace(rules, clip=_number("clip", words, least=0.0))


def _scale(rules: Rules, words: Words, recording: Recording) -> Rules:
    return replace(rules, scale=rules.scale * _number("scale", words))


def _number(name: str, words: Words, least: float = -math.inf) -> float:
    try:
        (text,) = words
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= least):
        raise BadBreak(f"{name} needs one number{' that is 0 or more' * (least == 0)}, as: {name} 0.5")
    return number


BREAKS = {
    row.name: row
    for row in (
        Break("overwrite", "", "gradients are assigned (=), not added (+=)", _set(accumulate=False)),
        Break(
            "recursive", "", "a node fires and calls its parents: no visited list",
            _set(order=recursive), of_order=True,
        ),
        Break(
            "breadth-first", "", "level by level from the root, each node once",
            _set(order=breadth_first), of_order=True,
        ),
        Break(
            "pre-order", "", "depth first, a node before its parents, each once",
            _set(order=pre_order), of_order=True,
        ),
        Break(
            "not-reversed", "", "the right list from its wrong end: leaves first",
            _set(order=not_reversed), of_order=True,
        ),
        Break("no-seed", "", "the root's gradient is not set to 1 first", _set(seeded=False)),
        Break("twice", "", "a second backward without zero_grad in between", _set(passes=2)),
        Break("local", "OP FORMULA", "an op's local derivative is another formula", _local),
        Break("no-chain", "", "the incoming gradient is not multiplied in", _set(chain=False)),
        Break("detach", "NAME", "no gradient comes to a node, nor to what made it", _detach),
        Break("clip", "X", "at the end every gradient is put between -X and X", _clip),
        Break("scale", "X", "the root is seeded with X: all are X times as large", _scale),
    )
}  # fmt: skip
"""All breaks of the backward pass, by name."""


def rules_of(texts: Iterable[str], recording: Recording) -> Rules:
    """The rules that some breaks come to; raise BadBreak with a sentence."""
    rules, ordered = Rules(), ""
    for text in texts:
        name, *words = _words(text)
        row = BREAKS.get(name)
        if row is None:
            raise BadBreak(f"no break is called {name!r}; there are {', '.join(BREAKS)}")
        if not row.takes and words:
            raise BadBreak(f"{name} takes nothing after it, not {words[0]!r}")
        if row.of_order and ordered:
            raise BadBreak(f"{ordered} and {name} are two orders: a pass has one")
        ordered = name if row.of_order else ordered
        rules = row.apply(rules, tuple(words), recording)
    return rules


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        raise BadBreak(f"a quote is not closed in {text!r}") from None
    if not words:
        raise BadBreak(f"an empty break; there are {', '.join(BREAKS)}")
    return words


def separated(text: str) -> list[str]:
    """Split `overwrite,clip 1` at its commas, except those in quotes or brackets."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        depth += (sign in "([") - (sign in ")]") if not quote else 0
        if sign == "," and not quote and depth <= 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]
