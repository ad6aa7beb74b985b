"""Training steps in machine code: rows one after the other, the mean of their gradients, the update.

A mini-batch is some rows, each with the program of its own length. Between the steps of a run nothing is
left for Python to do: for a document of seven predictions that would take as long as the step itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..native.layout import horizontal
from ..native.op_table import ZERO
from .routine import Numbers, Routine

ROW = (
    *("code", "count", "values", "gradients", "loss", "penalty"),
    *("chosen_from", "chosen_to", "chosen_count", "inputs_from", "inputs_to", "inputs_count"),
)
"""The words of a row: its instructions, where its numbers and gradients lie, what it gives and needs."""

STEPS = (
    *("rows", "starts", "count", "parameters", "size", "total", "losses", "norms"),
    *("execute", "update", "update_one", "first", "second", "hypers", "numbers", "each"),
)
"""The words of some steps. The rows of step i are those from starts[i] to starts[i + 1]; `total` is room
for gradients; `numbers` are `each` a step, as native/update.py has them."""

_SUMS = 4


def steps(routine: Routine) -> None:
    """Write the routine."""
    sizes = {"count", "size", "each"}
    d = {
        name: routine.word(i) if name in sizes else routine.pointer(i) for i, name in enumerate(STEPS, 1)
    }
    with routine.loop(d["count"]) as step:
        start, end = (_integer(routine, d["starts"], (step.index, "1"), place) for place in (0, 1))
        rows = routine.let(f"sub i64 {end}, {start}")
        alone = routine.let(f"icmp eq i64 {rows}, 1")
        summed = routine.let(f"select i1 {alone}, i64 0, i64 {d['size']}")
        routine.by_vectors(summed, lambda e, at: _put(e, routine, e.number(ZERO), d["total"], at))
        zero = routine.scalar.number(ZERO)
        with routine.loop(end, start, carried=[("double", zero)]) as row:
            row.next = [_row(routine, d, row.index, row.carried[0], summed)]
        count = routine.let(f"sitofp i64 {rows} to double")
        routine.by_vectors(summed, lambda e, at: _divide(e, routine, d["total"], at, count))
        own = _pointer(routine, d["rows"], (start, str(len(ROW))), ROW.index("gradients"))
        g = routine.let(f"select i1 {alone}, ptr {own}, ptr {d['total']}")
        loss = routine.scalar.div(row.carried[0], count)
        routine.scalar.store(loss, routine.moved(d["losses"], (step.index, "1")))
        routine.scalar.store(_norm(routine, g, d["size"]), routine.moved(d["norms"], (step.index, "1")))
        _update(routine, d, g, routine.moved(d["numbers"], (step.index, d["each"])))


def _row(routine: Routine, d: dict[str, str], index: str, total: str, summed: str) -> str:
    """Write the passes of one row; return the sum of the losses."""
    at = (index, str(len(ROW)))
    word = {
        name: (_integer if name.endswith("count") else _pointer)(routine, d["rows"], at, i)
        for i, name in enumerate(ROW)
    }
    _copy(routine, d["parameters"], word["values"], d["size"])
    for what in ("chosen", "inputs"):
        _copy(routine, word[f"{what}_from"], word[f"{what}_to"], word[f"{what}_count"])
    routine.lines.append(f"  call void {d['execute']}(ptr {word['code']}, i64 {word['count']})")
    routine.by_vectors(summed, lambda e, i: _add(e, routine, word["gradients"], d["total"], i))
    for part in ("loss", "penalty"):
        total = routine.scalar.add(total, routine.scalar.load(word[part]))
    return total


def _norm(routine: Routine, g: str, size: str) -> str:
    e, one = routine.vector, routine.scalar
    together = _SUMS * e.width
    whole = routine.let(f"and i64 {size}, -{together}")
    with routine.loop(whole, step=together, carried=[(e.type, e.number(ZERO))] * _SUMS) as loop:
        base = routine.moved(g, (loop.index, "1"))
        parts = [e.load(routine.moved(base, (str(n * e.width), "1"))) for n in range(_SUMS)]
        loop.next = [e.fma(x, x, total) for x, total in zip(parts, loop.carried, strict=True)]
    sums = [horizontal(one, x, e.width) for x in loop.carried]
    total = one.add(one.add(sums[0], sums[1]), one.add(sums[2], sums[3]))
    with routine.loop(size, whole, carried=[("double", total)]) as rest:
        x = one.load(routine.moved(g, (rest.index, "1")))
        rest.next = [one.fma(x, x, rest.carried[0])]
    return one.intrinsic("sqrt", rest.carried[0])


def _update(routine: Routine, d: dict[str, str], g: str, numbers: str) -> None:
    """Write the update: whole vectors of parameters, then those that are left."""
    whole = routine.let(f"and i64 {d['size']}, -{routine.width}")
    columns = [d["parameters"], g, d["first"], d["second"]]
    left = routine.let(f"sub i64 {d['size']}, {whole}")
    for name, first, count in (("update", "0", whole), ("update_one", whole, left)):
        places = [routine.moved(column, (first, "1")) for column in columns]
        given = ", ".join(f"ptr {x}" for x in (*places, d["hypers"], numbers))
        some = routine.let(f"icmp ne i64 {count}, 0")
        with routine.loop(routine.let(f"zext i1 {some} to i64")):
            routine.lines.append(f"  call void {d[name]}({given}, i64 {count})")


def _copy(routine: Routine, source: str, to: str, count: str) -> None:
    def one(e: Numbers, at: str) -> None:
        _put(e, routine, e.load(routine.moved(source, (at, "1"))), to, at)

    routine.by_vectors(count, one)


def _add(e: Numbers, routine: Routine, source: str, to: str, at: str) -> None:
    x, y = (e.load(routine.moved(base, (at, "1"))) for base in (to, source))
    _put(e, routine, e.add(x, y), to, at)


def _divide(e: Numbers, routine: Routine, to: str, at: str, count: str) -> None:
    _put(e, routine, e.div(e.load(routine.moved(to, (at, "1"))), e.splat(count)), to, at)


def _put(e: Numbers, routine: Routine, x: str, to: str, at: str) -> None:
    e.store(x, routine.moved(to, (at, "1")))


def _place(routine: Routine, base: str, at: Sequence[str], place: int) -> str:
    return routine.moved(base, (at[0], at[1]), (str(place), "1"))


def _integer(routine: Routine, base: str, at: Sequence[str], place: int) -> str:
    return routine.let(f"load i64, ptr {_place(routine, base, at, place)}, align 8")


def _pointer(routine: Routine, base: str, at: Sequence[str], place: int) -> str:
    return routine.let(f"load ptr, ptr {_place(routine, base, at, place)}, align 8")
