"""The routines that statements are made of, each written when the first program needs it.

A routine is one kind of loop nest: element by element, products summed, numbers moved, runs summed. What
it works on stands in a descriptor of 64-bit words: the routine's address, then addresses, sizes, steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..native.layout import sums_side_by_side
from ..native.op_table import ONE, ZERO, Emitter, maximum, minimum, sign
from .routine import Loop, Numbers, Routine

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
    numbers = [_read(e, routine, place, step, at) for place, step in given]
    to = routine.moved(places[0], (at, steps[0]))
    if op == "where":  # a where b is true, else what is there
        old = e.load(to)
        found = e.select(e.compare("une", numbers[1], e.number(ZERO)), numbers[0], old)
    else:
        found = UNARY[op](e, numbers[0]) if op in UNARY else BINARY[op](e, *numbers)
    e.store(found, to)


def _read(e: Numbers, routine: Routine, place: str, step: str, at: str, here: str = "") -> str:
    """Return the numbers from `at` on; where the step is 0, the one number in every lane.

    Lanes that are not `here`, if that is given, are 0, and nothing is read for them.
    """
    if step == "0":
        x = e.splat(routine.scalar.load(place))
        return e.select(here, x, e.number(ZERO)) if here else x
    pointer = routine.moved(place, (at, step))
    return e.load_some(pointer, here) if here else e.load(pointer)


def product(routine: Routine, form: str) -> None:
    """Products summed: out[p, q, i, j] = the sum over k1 and k2 of a[...] * b[...].

    Words 1-3 out, a, b; 4-9 sizes p q i j k1 k2; 10-13 steps of out, 14-19 of a, 20-25 of b. `form` is
    which axis goes by vectors: "j0" (b goes on by 1 along j, a does not move), "j1" (both go on), "k1"
    (both go on along k2), "k0" (a alone does), "grid" (as "k1"; a moves along i alone, b along j alone),
    "s" (none).
    """
    pointers = [routine.pointer(place) for place in (1, 2, 3)]
    p, q, i, j, far, near = routine.words(range(4, 10))
    steps = [routine.words(range(10, 14)), routine.words(range(14, 20)), routine.words(range(20, 26))]
    with routine.loop(p) as outer, routine.loop(q) as middle:
        bases = [
            routine.moved(base, (outer.index, step[0]), (middle.index, step[1]))
            for base, step in zip(pointers, steps, strict=True)
        ]
        write = _Sums(routine, form, bases, steps, (far, near))
        if form == "j0":
            done = routine.let(f"and i64 {i}, -{BLOCK}")
            with routine.loop(done, step=BLOCK) as rows:
                write.along_j(rows.index, BLOCK, j)
            with routine.loop(i, done) as rows:
                write.along_j(rows.index, 1, j)
        elif form == "j1":
            with routine.loop(i) as rows:
                write.along_j(rows.index, 1, j)
        else:
            _by_blocks(routine, write, i, j)


def _by_blocks(routine: Routine, write: _Sums, i: str, j: str) -> None:
    height = PAIR if write.form == "grid" else 1
    done = "0"
    for rows in (PAIR, 1) if height > 1 else (1,):
        end = routine.let(f"and i64 {i}, -{rows}")
        with routine.loop(end, done, rows) as line:
            whole = routine.let(f"and i64 {j}, -{BLOCK}")
            with routine.loop(whole, step=BLOCK) as column:
                write.block(line.index, column.index, rows, BLOCK)
            with routine.loop(j, whole) as column:
                write.block(line.index, column.index, rows, 1)
        done = end


PAIR = 2
BLOCK = 4
"""Sums kept in registers at a time."""


class _Sums:
    """The innermost loops of `_product`."""

    def __init__(
        self,
        routine: Routine,
        form: str,
        bases: Sequence[str],
        steps: Sequence[list[str]],
        summed: tuple[str, str],
    ) -> None:
        self.routine, self.form, (self.out, self.a, self.b) = routine, form, bases
        self.to_out, self.to_a, self.to_b = steps
        self.far, self.near = summed

    def along_j(self, i: str, rows: int, j: str) -> None:
        """Write sums of some rows: columns two vectors at a time, then one, then number by number."""
        routine, done = self.routine, "0"
        for e, vectors in ((routine.vector, 2), (routine.vector, 1), (routine.half, 1)):
            whole = routine.let(f"and i64 {j}, -{vectors * e.width}")
            with routine.loop(whole, done, vectors * e.width) as loop:
                starts = [loop.index]
                starts += [routine.let(f"add i64 {loop.index}, {n * e.width}") for n in range(1, vectors)]
                self._tile(e, i, rows, starts)
            done = whole
        with routine.loop(j, done) as loop:
            self._tile(routine.scalar, i, rows, [loop.index])

    def _tile(self, e: Numbers, i: str, rows: int, columns: Sequence[str]) -> None:
        """Write the sums of some rows and some vectors of columns, all of them kept in registers."""
        routine, both = self.routine, self.form == "j1"
        lines = [i] + [routine.let(f"add i64 {i}, {r}") for r in range(1, rows)]
        lefts = [routine.moved(self.a, (line, self.to_a[2])) for line in lines]
        right = routine.moved(self.b, (i, self.to_b[2]))
        zeros = [(e.type, e.number(ZERO))] * (rows * len(columns))
        with routine.loop(self.far, carried=zeros) as far:
            with routine.loop(self.near, carried=[(e.type, x) for x in far.carried]) as near:
                along = [(far.index, near.index), self.to_a[4:], self.to_b[4:]]
                xs, y = [], routine.moved(right, *zip(along[0], along[2], strict=True))
                for left in lefts:
                    x = routine.moved(left, *zip(along[0], along[1], strict=True))
                    xs += (
                        [_read(e, routine, x, "1", c) for c in columns]
                        if both
                        else [_read(e, routine, x, "0", "0")] * len(columns)
                    )
                ys = [_read(e, routine, y, "1", c) for c in columns] * rows
                near.next = [e.fma(*pair) for pair in zip(xs, ys, near.carried, strict=True)]
            far.next = near.carried
        places = [(line, c) for line in lines for c in columns]
        for (line, c), total in zip(places, far.carried, strict=True):
            e.store(total, routine.moved(self.out, (line, self.to_out[2]), (c, "1")))

    def block(self, i: str, j: str, rows: int, columns: int) -> None:
        """Write the sums of some rows and columns, by vectors along k2 or number by number."""
        routine, e = self.routine, self.routine.scalar if self.form == "s" else self.routine.vector
        lines = [i] + [routine.let(f"add i64 {i}, {r}") for r in range(1, rows)]
        places = [j] + [routine.let(f"add i64 {j}, {c}") for c in range(1, columns)]
        pairs = [(line, c) for line in lines for c in places]
        if self.form == "grid":  # a has rows alone, b columns
            of_a = {line: routine.moved(self.a, (line, self.to_a[2])) for line in lines}
            of_b = {c: routine.moved(self.b, (c, self.to_b[3])) for c in places}
            starts = [[of_a[line] for line, _ in pairs], [of_b[c] for _, c in pairs]]
        else:
            starts = [
                [routine.moved(base, (line, step[2]), (c, step[3])) for line, c in pairs]
                for base, step in ((self.a, self.to_a), (self.b, self.to_b))
            ]
        with routine.loop(self.far, carried=[(e.type, e.number(ZERO))] * len(pairs)) as far:
            moved = [
                [there[x] for x in each]
                for each, step in zip(starts, (self.to_a, self.to_b), strict=True)
                for there in [{x: routine.moved(x, (far.index, step[4])) for x in each}]
            ]
            far.next = self._along_k(e, moved, far.carried)
        sums = self._summed(e, far.carried)
        for (line, c), total in zip(pairs, sums, strict=True):
            routine.scalar.store(
                total, routine.moved(self.out, (line, self.to_out[2]), (c, self.to_out[3]))
            )

    def _summed(self, e: Numbers, vectors: Sequence[str]) -> list[str]:
        """Return the sums of some vectors' lanes, a number each."""
        if e.width == 1:
            return list(vectors)
        found = []
        for first in range(0, len(vectors), e.width):
            some = vectors[first : first + e.width]
            sums = sums_side_by_side(e, some, e.width)
            found += [
                e.let(f"extractelement <{len(some)} x double> {sums}, i64 {i}") for i in range(len(some))
            ]
        return found

    def _along_k(self, e: Numbers, moved: Sequence[Sequence[str]], totals: Sequence[str]) -> list[str]:
        """Write the loop over whole vectors and what is left of one; return the sums with their terms."""
        routine = self.routine
        whole = routine.let(f"and i64 {self.near}, -{e.width}")
        with routine.loop(whole, step=e.width, carried=[(e.type, x) for x in totals]) as near:
            near.next = self._terms(e, moved, near)
        if e.width == 1:
            return near.carried
        here = e.first_lanes(routine.let(f"sub i64 {self.near}, {whole}"))
        with routine.loop(self.near, whole, e.width, [(e.type, x) for x in near.carried]) as rest:
            rest.next = self._terms(e, moved, rest, here)
        return rest.carried

    def _terms(self, e: Numbers, moved: Sequence[Sequence[str]], near: Loop, here: str = "") -> list[str]:
        """Return the sums with one more term each, of the lanes that are `here`; all is read once."""
        read: dict[tuple[str, str], str] = {}
        for pointers, step in zip(moved, self._steps_along_k(), strict=True):
            for pointer in pointers:
                if (pointer, step) not in read:
                    read[pointer, step] = _read(e, self.routine, pointer, step, near.index, here)
        step_a, step_b = self._steps_along_k()
        return [
            e.fma(read[x, step_a], read[y, step_b], total)
            for x, y, total in zip(*moved, near.carried, strict=True)
        ]

    def _steps_along_k(self) -> tuple[str, str]:
        if self.form == "s":
            return self.to_a[5], self.to_b[5]
        return "1", "0" if self.form == "k0" else "1"


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
            x = _read(e, routine, ends[1], "1", at)
            target = routine.moved(ends[0], (at, "1"))
            if op == "add":
                x = e.add(_read(e, routine, ends[0], "1", at), x)
            e.store(x, target)

        done = routine.by_whole_vectors(lanes, one) if steps == "1" else "0"
        with routine.loop(lanes, done) as inner:
            one(routine.scalar, inner.index)


def runs(routine: Routine) -> None:
    """Runs summed: words 1-3 out, from, where runs start; 4 how many; 5 the numbers side by side."""
    out, source, starts = (routine.pointer(place) for place in (1, 2, 3))
    count, lanes = routine.words((4, 5))
    e = routine.scalar
    with routine.loop(count) as run:
        first = routine.moved(starts, (run.index, "1"))
        begin = routine.let(f"load i64, ptr {first}, align 8")
        after = routine.moved(first, ("1", "1"))
        end = routine.let(f"load i64, ptr {after}, align 8")
        with routine.loop(lanes) as lane:
            base = routine.moved(source, (lane.index, "1"))
            with routine.loop(end, begin, carried=[("double", e.number(-0.0))]) as each:
                x = routine.scalar.load(routine.moved(base, (each.index, lanes)))
                each.next = [e.add(each.carried[0], x)]
            to = routine.moved(out, (run.index, lanes), (lane.index, "1"))
            routine.scalar.store(each.carried[0], to)
