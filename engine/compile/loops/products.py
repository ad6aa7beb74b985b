"""Products summed: the routine behind matrix products, einsum and sums, by vectors along any axis."""

from __future__ import annotations

from collections.abc import Sequence

from ..native.layout import sums_side_by_side
from ..native.op_table import ZERO
from .routine import Loop, Numbers, Routine, read


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
                        [read(e, routine, x, "1", c) for c in columns]
                        if both
                        else [read(e, routine, x, "0", "0")] * len(columns)
                    )
                ys = [read(e, routine, y, "1", c) for c in columns] * rows
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
        found: dict[tuple[str, str], str] = {}
        for pointers, step in zip(moved, self._steps_along_k(), strict=True):
            for pointer in pointers:
                if (pointer, step) not in found:
                    found[pointer, step] = read(e, self.routine, pointer, step, near.index, here)
        step_a, step_b = self._steps_along_k()
        return [
            e.fma(found[x, step_a], found[y, step_b], total)
            for x, y, total in zip(*moved, near.carried, strict=True)
        ]

    def _steps_along_k(self) -> tuple[str, str]:
        if self.form == "s":
            return self.to_a[5], self.to_b[5]
        return "1", "0" if self.form == "k0" else "1"
