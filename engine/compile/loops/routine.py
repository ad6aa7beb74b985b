"""A routine: the text of one LLVM function of loops, whose sizes and addresses come from a descriptor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..native.op_table import Emitter

Pointer = tuple[str, str]


class Loop:
    """A loop being written: its index, and the numbers it carries from round to round."""

    def __init__(self, index: str, carried: list[str]) -> None:
        self.index = index
        self.carried = carried
        """Inside: as the last round left them. After the loop: as the last of all did."""
        self.next = list(carried)


class Routine:
    """Instructions in order; `vector` and `scalar` write numbers of their width into the same text."""

    def __init__(self, name: str, width: int) -> None:
        self.name, self.width = name, width
        self.lines: list[str] = []
        self._count = 0
        self._block = "entry"
        self.vector, self.half, self.scalar = (Numbers(self, n) for n in (width, width // 2, 1))

    def let(self, text: str) -> str:
        """Add the instruction `text`; return the name of its result."""
        self._count += 1
        self.lines.append(f"  %v{self._count} = {text}")
        return f"%v{self._count}"

    def word(self, place: int) -> str:
        """Return a word of the descriptor: a size or a step."""
        at = self.let(f"getelementptr inbounds i64, ptr %d, i64 {place}")
        return self.let(f"load i64, ptr {at}, align 8")

    def words(self, places: Sequence[int]) -> list[str]:
        """Return some words of the descriptor."""
        return [self.word(place) for place in places]

    def pointer(self, place: int) -> str:
        """Return a word of the descriptor that is an address."""
        at = self.let(f"getelementptr inbounds i64, ptr %d, i64 {place}")
        return self.let(f"load ptr, ptr {at}, align 8")

    def moved(self, base: str, *steps: tuple[str, str]) -> str:
        """Return `base` plus index times step for every pair, in doubles."""
        for index, step in steps:
            offset = index if step == "1" else self.let(f"mul i64 {index}, {step}")
            base = self.let(f"getelementptr inbounds double, ptr {base}, i64 {offset}")
        return base

    @contextmanager
    def loop(
        self, stop: str, start: str = "0", step: int = 1, carried: Sequence[tuple[str, str]] = ()
    ) -> Iterator[Loop]:
        """Write a loop over an index; `carried` are a type and a first number each."""
        self._count += 1
        n, before = self._count, self._block
        made = Loop(f"%i{n}", [f"%c{n}.{k}" for k in range(len(carried))])
        self.lines += [f"  br label %head{n}", f"head{n}:"]
        at = len(self.lines)
        self.lines += [f"  %more{n} = icmp slt i64 {made.index}, {stop}"]
        self.lines += [f"  br i1 %more{n}, label %body{n}, label %end{n}", f"body{n}:"]
        self._block = f"body{n}"
        yield made
        index = self.let(f"add i64 {made.index}, {step}")
        self.lines.append(f"  br label %head{n}")
        phis = [("i64", made.index, start, index)]
        phis += [
            (kind, name, first, following)
            for (kind, first), name, following in zip(carried, made.carried, made.next, strict=True)
        ]
        self.lines[at:at] = [
            f"  {name} = phi {kind} [ {first}, %{before} ], [ {following}, %{self._block} ]"
            for kind, name, first, following in phis
        ]
        self.lines.append(f"end{n}:")
        self._block = f"end{n}"

    def by_whole_vectors(self, size: str, body: Callable[[Numbers, str], None]) -> str:
        """Write loops over whole vectors, then half ones; return how many numbers they have done."""
        done = "0"
        for e in (self.vector, self.half):
            whole = self.let(f"and i64 {size}, -{e.width}")
            with self.loop(whole, done, e.width) as loop:
                body(e, loop.index)
            done = whole
        return done

    def by_vectors(self, size: str, body: Callable[[Numbers, str], None]) -> None:
        """Write loops over all of so many numbers, by vectors as far as they go."""
        with self.loop(size, self.by_whole_vectors(size, body)) as loop:
            body(self.scalar, loop.index)

    @property
    def called(self) -> set[tuple[str, int]]:
        """The functions of vector_math.py that it calls."""
        return self.vector.called | self.half.called | self.scalar.called

    @property
    def text(self) -> str:
        """The whole function."""
        body = "\n".join(self.lines)
        return f"define void @{self.name}(ptr noalias readonly %d) {{\nentry:\n{body}\n  ret void\n}}"


class Numbers(Emitter):
    """An emitter that writes into a routine."""

    def __init__(self, routine: Routine, width: int) -> None:
        super().__init__(width)
        self._routine = routine
        self.lines = routine.lines

    def let(self, text: str) -> str:
        return self._routine.let(text)

    def load(self, pointer: str) -> str:
        return self.let(f"load {self.type}, ptr {pointer}, align 8")

    def load_some(self, pointer: str, here: str) -> str:
        """Load the lanes that are `here`; the others are 0."""
        given = f"ptr {pointer}, i32 8, {self.bits} {here}, {self.type} {self.number(0.0)}"
        return self.let(f"call {self.type} @llvm.masked.load.{self.suffix}.p0({given})")

    def first_lanes(self, count: str) -> str:
        """Return which lanes are among the first so many."""
        ints, lanes = f"<{self.width} x i64>", ", ".join(f"i64 {i}" for i in range(self.width))
        first = self.let(f"insertelement {ints} poison, i64 {count}, i64 0")
        counts = self.let(
            f"shufflevector {ints} {first}, {ints} poison, <{self.width} x i32> zeroinitializer"
        )
        return self.let(f"icmp sgt {ints} {counts}, <{lanes}>")

    def store(self, x: str, pointer: str) -> None:
        self.lines.append(f"  store {self.type} {x}, ptr {pointer}, align 8")


def read(e: Numbers, routine: Routine, place: str, step: str, at: str, here: str = "") -> str:
    """Return the numbers from `at` on; where the step is 0, the one number in every lane.

    Lanes that are not `here`, if that is given, are 0, and nothing is read for them.
    """
    if step == "0":
        x = e.splat(routine.scalar.load(place))
        return e.select(here, x, e.number(0.0)) if here else x
    pointer = routine.moved(place, (at, step))
    return e.load_some(pointer, here) if here else e.load(pointer)
