"""The optimizers' updates as loops over vectors of parameters: the formulas of ir/update.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from ..ir.dtypes import Floats
from ..ir.update import Update
from .op_table import Emitter

Kind = tuple[str, bool, bool, bool]
"""Name, whether weights decay, whether there is a momentum, whether it is Nesterov's."""

HYPERS = ("weight_decay", "momentum", "beta1", "beta2", "rest1", "rest2")
EACH_STEP = ("lr", "size", "floor", "kept")
"""The numbers of one step: the learning rate; of Adam, where root is sqrt(1 - beta2**t), root * lr / (1 -
beta1**t) and root * eps; AdamW's 1 - lr * weight_decay."""


def kind_of(update: Update) -> Kind:
    """Return what the loop's text depends on."""
    return update.kind, bool(update.weight_decay), bool(update.momentum), update.nesterov


def hypers_of(update: Update) -> list[float]:
    """Return the numbers that stay the same for all steps, in the order of HYPERS."""
    beta1, beta2 = update.betas
    return [update.weight_decay, update.momentum, beta1, beta2, 1 - beta1, 1 - beta2]


@lru_cache(maxsize=32)
def text_of(kind: Kind, width: int) -> str:
    """Return a module: `update(parameters, gradients, first, second, hypers, numbers, count)`."""
    e = Emitter(width)
    hyper = {name: e.splat(_scalar(e, "%hypers", i)) for i, name in enumerate(HYPERS)}
    step = {name: e.splat(_scalar(e, "%numbers", i)) for i, name in enumerate(EACH_STEP)}
    head = "\n".join(e.lines)
    e.lines = []
    (_adam if kind[0] in ("adam", "adamw") else _sgd)(e, kind, hyper, step)
    body = "\n".join(e.lines)
    return f"""
define void @update(
    ptr noalias %parameters, ptr noalias %gradients, ptr noalias %first, ptr noalias %second,
    ptr noalias %hypers, ptr noalias %numbers, i64 %count) {{
{head}
  br label %next
next:
  %i = phi i64 [ 0, %0 ], [ %j, %next ]
{body}
  %j = add i64 %i, {width}
  %more = icmp ult i64 %j, %count
  br i1 %more, label %next, label %end
end:
  ret void
}}"""


def each_step(update: Update, lrs: Sequence[float]) -> Floats:
    """Return EACH_STEP of the steps to come, a line a step."""
    if update.kind == "sgd":
        return np.array(lrs, float)[:, None] * (1.0, 0.0, 0.0, 0.0)
    made: list[tuple[float, ...]] = []
    first = int(update.taken[0]) + 1
    for t, lr in enumerate(lrs, first):
        size, floor = update.corrections(t)
        made.append((lr, lr * size, floor, 1 - lr * update.weight_decay))
    return np.array(made)


def _scalar(e: Emitter, base: str, i: int) -> str:
    place = e.let(f"getelementptr inbounds double, ptr {base}, i64 {i}")
    return e.let(f"load double, ptr {place}, align 8")


def _column(e: Emitter, base: str) -> tuple[str, Callable[[str], None]]:
    """Return this round's numbers of a column, and what stores them anew."""
    place = e.let(f"getelementptr inbounds double, ptr {base}, i64 %i")

    def put(x: str) -> None:
        e.lines.append(f"  store {e.type} {x}, ptr {place}, align 8")

    return e.let(f"load {e.type}, ptr {place}, align 8"), put


def _sgd(e: Emitter, kind: Kind, hyper: dict[str, str], step: dict[str, str]) -> None:
    _, decays, remembers, nesterov = kind
    p, put = _column(e, "%parameters")
    g, _ = _column(e, "%gradients")
    if decays:
        g = e.fma(p, hyper["weight_decay"], g)
    if remembers:
        first, put_first = _column(e, "%first")
        first = e.fma(first, hyper["momentum"], g)
        put_first(first)
        g = e.fma(first, hyper["momentum"], g) if nesterov else first
    put(e.sub(p, e.mul(g, step["lr"])))


def _adam(e: Emitter, kind: Kind, hyper: dict[str, str], step: dict[str, str]) -> None:
    p, put = _column(e, "%parameters")
    g, _ = _column(e, "%gradients")
    if kind[0] == "adamw":
        p = e.mul(p, step["kept"])
    elif kind[1]:
        g = e.fma(p, hyper["weight_decay"], g)
    first, put_first = _column(e, "%first")
    second, put_second = _column(e, "%second")
    first = e.fma(g, hyper["rest1"], e.mul(first, hyper["beta1"]))
    second = e.fma(e.mul(g, hyper["rest2"]), g, e.mul(second, hyper["beta2"]))
    put_first(first)
    put_second(second)
    scale = e.add(e.intrinsic("sqrt", second), step["floor"])
    put(e.sub(p, e.mul(e.div(first, scale), step["size"])))
