"""The routines that statements are made of, each written when the first program needs it.

A routine is one kind of loop nest: element by element, products summed, numbers moved, runs summed. What
it works on stands in a descriptor of 64-bit words: the routine's address, then addresses, sizes, steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..native.op_table import ONE, ZERO, Emitter, maximum, minimum, sign
from .routine import Numbers, Routine, read

Body = Callable[..., str]


def _truth(predicate: str) -> Body:
    def compare(e: Emitter, a: str, b: str) -> str:
        return e.select(e.compare(predicate, a, b), e.number(ONE), e.number(ZERO))

    return compare


UNARY: dict[str, Body] = {
    "copyto": lambda e, a: a,
    "negative": Emitter.neg,
    "square": lambda e, a: e.mul(a, a),
    "sqrt": lambda e, a: e.intrinsic("sqrt", a),
    "absolute": lambda e, a: e.intrinsic("fabs", a),
    "sign": sign,
    **{name: lambda e, a, name=name: e.call(name, a) for name in ("exp", "log", "sin", "cos", "tanh")},
}
BINARY: dict[str, Body] = {
    "add": Emitter.add,
    "subtract": Emitter.sub,
    "multiply": Emitter.mul,
    "divide": Emitter.div,
    "power": lambda e, a, b: e.call("pow", a, b),
    "maximum": maximum,
    "minimum": minimum,
    "logical_and": Emitter.mul,
    "equal": _truth("oeq"),
    "not_equal": _truth("une"),
    "less": _truth("olt"),
    "less_equal": _truth("ole"),
    "greater": _truth("ogt"),
    "greater_equal": _truth("oge"),
}
"""What numpy's functions of arrays do to one number; a truth is 1 or 0."""


def each(routine: Routine, op: str, steps: str) -> None:
    """Element by element: words 1-3 out, a, b; 4-6 sizes; 7-9, 10-12, 13-15 their steps.

    `steps` has for a and b how they step along the innermost axis: 1, 0 or s, for any other.
    """
    out, a, b = (routine.pointer(place) for place in (1, 2, 3))
    sizes = routine.words((4, 5, 6))
    all_steps = [routine.words(range(start, start + 3)) for start in (7, 10, 13)]
    with routine.loop(sizes[0]) as first, routine.loop(sizes[1]) as second:
        places = [
            routine.moved(base, (first.index, step[0]), (second.index, step[1]))
            for base, step in zip((out, a, b), all_steps, strict=True)
        ]
        inner = [step[2] for step in all_steps]
        done = "0"
        if "s" not in steps:
            inner = ["1", *steps]
            done = routine.by_whole_vectors(
                sizes[2], lambda e, at: _one(e, op, routine, places, inner, at)
            )
        with routine.loop(sizes[2], done) as loop:
            _one(routine.scalar, op, routine, places, inner, loop.index)


def _one(
    e: Numbers, op: str, routine: Routine, places: Sequence[str], steps: Sequence[str], at: str
) -> None:
    given = zip(places[1:], steps[1:], strict=True)
    numbers = [read(e, routine, place, step, at) for place, step in given]
    to = routine.moved(places[0], (at, steps[0]))
    if op == "where":  # a where b is true, else what is there
        old = e.load(to)
        found = e.select(e.compare("une", numbers[1], e.number(ZERO)), numbers[0], old)
    else:
        found = UNARY[op](e, numbers[0]) if op in UNARY else BINARY[op](e, *numbers)
    e.store(found, to)


def move(routine: Routine, op: str, steps: str) -> None:
    """Numbers moved: to[i] (+)= from[j] for pairs of places; words 1-2 to, from; 3-4 i, j; 5 how many.

    Word 6: how many numbers lie side by side at each place.
    """
    to, source, places, origins = (routine.pointer(place) for place in (1, 2, 3, 4))
    count, lanes = routine.words((5, 6))
    with routine.loop(count) as loop:
        at = [
            routine.let(f"load i64, ptr {routine.moved(index, (loop.index, '1'))}, align 8")
            for index in (places, origins)
        ]
        ends = [routine.moved(base, (where, "1")) for base, where in zip((to, source), at, strict=True)]

        def one(e: Numbers, at: str) -> None:
            x = read(e, routine, ends[1], "1", at)
            target = routine.moved(ends[0], (at, "1"))
            if op == "add":
                x = e.add(read(e, routine, ends[0], "1", at), x)
            e.store(x, target)

        done = routine.by_whole_vectors(lanes, one) if steps == "1" else "0"
        with routine.loop(lanes, done) as inner:
            one(routine.scalar, inner.index)


_NOTHING = {"add": -0.0, "maximum": -math.inf}
"""What a run begins with: a number that changes no other."""


def runs(routine: Routine, op: str) -> None:
    """Runs summed, or the largest of each: words 1-3 out, from, where runs start; 4 how many.

    Word 5: how many numbers lie side by side; 6 how far a line of `out` is from the next.
    """
    out, source, starts = (routine.pointer(place) for place in (1, 2, 3))
    count, lanes, line = routine.words((4, 5, 6))
    e = routine.scalar
    with routine.loop(count) as run:
        first = routine.moved(starts, (run.index, "1"))
        begin = routine.let(f"load i64, ptr {first}, align 8")
        after = routine.moved(first, ("1", "1"))
        end = routine.let(f"load i64, ptr {after}, align 8")
        with routine.loop(lanes) as lane:
            base = routine.moved(source, (lane.index, "1"))
            with routine.loop(end, begin, carried=[("double", e.number(_NOTHING[op]))]) as each:
                x = routine.scalar.load(routine.moved(base, (each.index, lanes)))
                each.next = [BINARY[op](e, each.carried[0], x)]
            to = routine.moved(out, (run.index, line), (lane.index, "1"))
            routine.scalar.store(each.carried[0], to)
