"""The optimizer's formula of an update step, in symbols and in numbers: SGD, momentum, Adam, AdamW."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from ....engine.ieee import divide
from ....engine.recording.log import Recording, Write
from ...text.format import DIGITS, number
from ...text.glyphs import Glyphs


class Formula(NamedTuple):
    """An equation of an update; `before` is None where nothing that is kept changes."""

    symbols: str
    numbers: str
    before: float | None
    after: float


class _Rule(NamedTuple):
    """What a formula is written from: the parameter's name and numbers, the settings, the signs."""

    name: str
    data: float
    grad: float
    settings: Mapping[str, float]
    remembered: tuple[float, ...]
    glyphs: Glyphs
    digits: int

    def number(self, x: float) -> str:
        """A number in the digits that are shown."""
        return number(x, digits=self.digits)

    def closed(self, x: float) -> str:
        """A number as a factor or a term: in brackets where it is negative."""
        return f"({self.number(x)})" if x < 0 else self.number(x)


def formulas(
    recording: Recording, step: int, write: Write, name: str, glyphs: Glyphs, digits: int = DIGITS
) -> list[Formula]:
    """Return how the write of an update step came about, the parameter first; [] where unknown."""
    update = recording.updates.get(step)
    grad = recording.value(write.target, "grad", step)
    if update is None or write.before is None or grad is None or update.optimizer not in _RULES:
        return []
    rule = _Rule(name, write.before, grad, update.settings, update.remembered, glyphs, digits)
    try:
        return _RULES[update.optimizer](rule, write)
    except (LookupError, ArithmeticError, ValueError):  # of a file whose rule lacks its numbers
        return []


def _sgd(rule: _Rule, write: Write) -> list[Formula]:
    """`w - lr * g`, where g is the gradient, decayed, or the velocity that it pushes."""
    momentum = rule.settings.get("momentum", 0.0)
    called, g, above = _decayed(rule)
    if momentum:
        v = momentum * rule.remembered[0] + g
        above.append(_velocity(rule, called, g, v))
        if rule.settings.get("nesterov"):
            above.append(_nesterov(rule, called, g, v))
        called, g = ("n", above[-1].after) if rule.settings.get("nesterov") else ("v", v)
    times, lr = rule.glyphs.times, rule.settings["lr"]
    cell = f"{rule.name}.data"
    return [
        Formula(
            f"{cell} = {cell} - lr {times} {called}",
            f"{rule.number(rule.data)} - {rule.closed(lr)} {times} {rule.closed(g)}"
            f" = {rule.number(write.after)}",
            write.before,
            write.after,
        ),
        *reversed(above),
    ]


def _decayed(rule: _Rule) -> tuple[str, float, list[Formula]]:
    """The gradient with weight decay, what to call it, and the formula where there is any decay."""
    decay, times, cell = rule.settings.get("weight_decay", 0.0), rule.glyphs.times, f"{rule.name}.grad"
    if not decay:
        return cell, rule.grad, []
    g = rule.grad + decay * rule.data
    added = f"{rule.number(decay)} {times} {rule.closed(rule.data)}"
    numbers = f"{rule.number(rule.grad)} + {added} = {rule.number(g)}"
    symbols = f"g = {cell} + weight decay {times} {rule.name}.data"
    return "g", g, [Formula(symbols, numbers, None, g)]


def _velocity(rule: _Rule, called: str, g: float, v: float) -> Formula:
    momentum, (was, *_), times = rule.settings["momentum"], rule.remembered, rule.glyphs.times
    return Formula(
        f"v = momentum {times} v + {called}",
        f"{rule.number(momentum)} {times} {rule.closed(was)} + {rule.closed(g)} = {rule.number(v)}",
        was,
        v,
    )


def _nesterov(rule: _Rule, called: str, g: float, v: float) -> Formula:
    momentum, times = rule.settings["momentum"], rule.glyphs.times
    ahead = g + momentum * v
    numbers = (
        f"{rule.number(g)} + {rule.number(momentum)} {times} {rule.closed(v)} = {rule.number(ahead)}"
    )
    return Formula(f"n = {called} + momentum {times} v (Nesterov)", numbers, None, ahead)


def _adam(rule: _Rule, write: Write, decay: str = "", kept: str = "") -> list[Formula]:
    """`w - lr * mhat / (sqrt(vhat) + eps)`, the running means of the gradient and of its square."""
    called, g, above = (f"{rule.name}.grad", rule.grad, []) if decay else _decayed(rule)
    (mean, square), t = rule.remembered, int(rule.settings["t"])
    beta1, beta2, eps, lr = (rule.settings[name] for name in ("beta1", "beta2", "eps", "lr"))
    m, v = beta1 * mean + (1 - beta1) * g, beta2 * square + (1 - beta2) * g * g
    mhat, vhat = divide(m, 1 - beta1**t), divide(v, 1 - beta2**t)
    times, root, cell = rule.glyphs.times, _root(rule.glyphs), f"{rule.name}.data"
    data = kept or rule.number(rule.data)
    below = f"{rule.number(math.sqrt(vhat))} + {rule.number(eps)}"
    shown = f"{rule.closed(lr)} {times} {rule.closed(mhat)}/({below})"
    return [
        Formula(
            f"{cell} = {cell}{decay} - lr {times} mhat/({root}vhat + eps)",
            f"{data} - {shown} = {rule.number(write.after)}",
            write.before,
            write.after,
        ),
        _mean(rule, ("m", "beta1", called), beta1, (mean, g, m), (t, mhat)),
        _mean(rule, ("v", "beta2", f"{called}^2"), beta2, (square, g * g, v), (t, vhat)),
        *above,
    ]


def _mean(
    rule: _Rule,
    names: tuple[str, str, str],
    beta: float,
    numbers: tuple[float, float, float],
    corrected: tuple[int, float],
) -> Formula:
    """A running mean, and what it is when it is corrected for having started at 0."""
    (name, beta_name, called), times = names, rule.glyphs.times
    (was, new, now), (t, hat) = numbers, corrected
    mixed = (
        f"{rule.number(beta)} {times} {rule.closed(was)}"
        f" + {rule.number(1 - beta)} {times} {rule.closed(new)}"
    )
    return Formula(
        f"{name} = {beta_name} {times} {name} + (1 - {beta_name}) {times} {called};"
        f" {name}hat = {name}/(1 - {beta_name}^{t}) = {rule.number(hat)}",
        f"{mixed} = {rule.number(now)}",
        was,
        now,
    )


def _adamw(rule: _Rule, write: Write) -> list[Formula]:
    """Adam, but for weight decay, which shrinks the parameter first."""
    decay, times = rule.settings.get("weight_decay", 0.0), rule.glyphs.times
    if not decay:
        return _adam(rule, write)
    lr = rule.number(rule.settings["lr"])
    shrunk = f"{rule.number(rule.data)} {times} (1 - {lr} {times} {rule.number(decay)})"
    return _adam(rule, write, f" {times} (1 - lr {times} weight decay)", shrunk)


def _root(glyphs: Glyphs) -> str:
    return "sqrt " if glyphs.name == "ascii" else "√"


_RULES = {"sgd": _sgd, "adam": _adam, "adamw": _adamw}
