"""Statements become instructions: numpy's functions by name, which note what they would do.

The source that the fold generates is run once on the arrays of a program, with these in numpy's place.
Every call leaves descriptors of routines (routines.py); to compute, those are executed one after the
other, without Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ir.dtypes import Floats, Ints
from ..ir.trace import CannotCompile
from .nests import Axis, axes_of, merged, places, starts
from .routines import BINARY, UNARY

Key = tuple[str, ...]
Instruction = tuple[Key, list[int]]
NONE = Axis(1, (0, 0, 0))


class Operand:
    """An array in a statement; `flat` where it was reshaped, its rows an axis of their own if `lanes`."""

    def __init__(
        self,
        recorder: Recorder,
        array: NDArray[Any],
        anew: bool = False,
        flat: bool = False,
        lanes: int = 0,
    ) -> None:
        self.recorder, self.array, self.flat, self.lanes = recorder, array, flat, lanes
        self.anew = anew
        """Whether its numbers are other ones for every row: chosen places."""

    def reshape(self, _: int, lanes: int = 0) -> Operand:
        """Return it with all its axes as one; but for that of the rows, if their number is given."""
        return Operand(self.recorder, self.array, False, True, lanes)

    def __getitem__(self, at: Operand) -> _Picked:
        return _Picked(self, at)

    def __setitem__(self, at: Operand, x: Any) -> None:
        if not isinstance(x, _Picked):
            self.recorder.scatter("set", self, at, x)


class _Picked:
    """`d[i]`, about to be added to."""

    def __init__(self, memory: Operand, at: Operand) -> None:
        self.memory, self.at = memory, at

    def __iadd__(self, x: Any) -> _Picked:
        self.memory.recorder.scatter("add", self.memory, self.at, x)
        return self


class Recorder:
    """The instructions noted so far, and the arrays made for them."""

    def __init__(self) -> None:
        self.made: list[Instruction] = []
        self.kept: list[NDArray[Any]] = []
        self._numbers: dict[float, Operand] = {}

    def words(self) -> dict[str, Any]:
        """Return what stands for numpy's functions in the statements."""
        simple = {name: partial(self.each, name) for name in (*UNARY, *BINARY)}
        return simple | {
            "copyto": self.copyto,
            "putmask": lambda to, mask, x: self.each("where", x, mask, out=to),
            "add": _Add(self, "add"),
            "maximum": _Reduced(self, "maximum"),
            "matmul": self.matmul,
            "einsum": self.einsum,
            "take": self.take,
        }

    def operand(self, x: Any) -> Operand:
        """Return an operand for a number, which is kept."""
        if isinstance(x, Operand):
            return x
        if x not in self._numbers:
            self._numbers[x] = Operand(self, self._keep(np.array(float(x))))
        return self._numbers[x]

    def copyto(self, to: Operand, x: Any, where: Operand | None = None) -> None:
        """Note a copy, of what a mask marks if one is given."""
        if where is None:
            self.each("copyto", x, out=to)
        else:
            self.each("where", x, where, out=to)

    def each(self, op: str, *operands: Any, out: Operand) -> None:
        """Note an op done element by element."""
        arrays = [out.array, *(self.operand(x).array for x in operands)]
        arrays += arrays[-1:] if len(arrays) < 3 else []
        axes = merged(axes_of(out.array.shape, *arrays))
        outer, inner = axes[:-3], axes[-3:]
        inner = [NONE] * (3 - len(inner)) + inner
        forms = [str(step) if step in (0, 1) else "s" for step in inner[-1].steps]
        steps = "s" if "s" in forms[1:] or forms[0] != "1" else "".join(forms[1:])
        if all(axis.size == 1 for axis in axes):
            steps = "00"
        for moved in starts(outer, 3):
            places = [array.ctypes.data + 8 * by for array, by in zip(arrays, moved, strict=True)]
            self._note(("each", op, steps), places, inner)

    def matmul(self, x: Operand, y: Operand, out: Operand) -> None:
        """Note a matrix product, or a stack of them."""
        *stack, m, n = out.array.shape
        k = x.array.shape[-1]
        shape = (*stack, m, n, k)
        a = np.broadcast_to(x.array[..., :, None, :], shape)
        b = np.broadcast_to(y.array.swapaxes(-1, -2)[..., None, :, :], shape)
        self._product(np.broadcast_to(out.array[..., None], shape), a, b, [len(shape) - 1])

    def einsum(self, subscripts: str, x: Operand, y: Operand, out: Operand) -> None:
        """Note products of two arrays whose axes have letters, summed over those `out` has not."""
        inputs, _, result = subscripts.partition("->")
        letters = inputs.split(",")
        sizes = dict(zip("".join(letters), (*x.array.shape, *y.array.shape), strict=True))
        summed = [letter for letter in sizes if letter not in result]
        order = [*result, *summed]
        shape = tuple(sizes[letter] for letter in order)
        target = out.array.reshape([sizes[letter] for letter in result])
        if not np.shares_memory(target, out.array):
            raise CannotCompile("a result lies in pieces")
        given = ((target, result), (x.array, letters[0]), (y.array, letters[1]))
        out_array, a, b = (_spread(array, mine, order, shape) for array, mine in given)
        self._product(out_array, a, b, [order.index(letter) for letter in summed])

    def reduce(self, x: Operand, axis: int | tuple[int, ...], out: Operand) -> None:
        """Note sums along some axes."""
        along = [axis] if isinstance(axis, int) else list(axis)
        array = x.array
        target = np.broadcast_to(np.expand_dims(out.array, along), array.shape)
        ones = np.broadcast_to(self.operand(1.0).array, array.shape)
        self._product(target, array, ones, along)

    def _product(self, out: Floats, a: Floats, b: Floats, summed: Sequence[int]) -> None:
        axes = [Axis(size, _steps(i, out, a, b)) for i, size in enumerate(out.shape)]
        kept = merged(axis for i, axis in enumerate(axes) if i not in summed and axis.size != 1)
        along = merged(axes[i] for i in summed if axes[i].size != 1)
        form, turned, j, k = _form(kept, along)
        rest, others = ([axis for axis in each if axis not in (j, k)] for each in (kept, along))
        if len(others) > 1:
            raise CannotCompile("a sum over more than two axes")
        still = 1 if turned else 2  # a block of rows shares what b gives along j
        rows = next((axis for axis in reversed(rest) if form != "j0" or axis.steps[still] == 0), NONE)
        for left, right in ((1, 2), (2, 1)):
            if form == "k1" and rows.steps[right] == 0 and j.steps[left] == 0:  # each has one for its own
                form, turned = "grid", left == 2
        outer = [axis for axis in rest if axis is not rows]
        inner = [NONE] * (2 - len(outer[-2:])) + outer[-2:]
        nest = [*inner, rows, j, *(others or [NONE]), k]
        for moved in starts(outer[:-2], 3):
            places = [array.ctypes.data + 8 * by for array, by in zip((out, a, b), moved, strict=True)]
            self._note(("product", form), _turned(places, turned), [each.turned(turned) for each in nest])

    def take(
        self, source: Operand, at: Operand, out: Operand, axis: int | None = None, mode: str = ""
    ) -> None:
        """Note numbers, or rows of them, gathered by their places."""
        by_rows = axis == 0 and (bool(source.lanes) if source.flat else source.array.ndim == 2)
        origins = self._numbered(at, _first_lane(source, by_rows))
        self._move("set", out, _first_lane(out, by_rows), source, origins, by_rows)

    def scatter(self, op: str, memory: Operand, at: Operand, x: Any) -> None:
        """Note numbers, or rows of them, written or added to their places."""
        by_rows = memory.array.ndim == 2 and not memory.flat
        to, source = self._numbered(at, _first_lane(memory, by_rows)), self.operand(x)
        if source.array.ndim == 0:
            shape = (len(to), memory.array.shape[1]) if by_rows else (len(to),)
            source = Operand(self, self._keep(np.full(shape, source.array)))
        self._move(op, memory, to, source, _first_lane(source, by_rows), by_rows)

    def _numbered(self, at: Operand, whole: Ints) -> Ints:
        """Return the places with these numbers; those that the rows choose are read when it runs."""
        numbers: Ints = at.array.reshape(-1)
        return numbers if at.anew else whole[numbers]

    def _move(
        self, op: str, to: Operand, places_to: Ints, source: Operand, origins: Ints, by_rows: bool
    ) -> None:
        lanes = source.array.shape[-1] if by_rows else 1
        tables = [self._keep(index) for index in (places_to, origins)]
        addresses = [each.ctypes.data for each in (to.array, source.array, *tables)]
        key = ("move", op, "1" if lanes > 1 else "s")
        self.made.append((key, [*addresses, len(places_to), lanes]))

    def reduceat(self, op: str, x: Operand, at: Operand, axis: int, out: Operand) -> None:
        """Note what an op makes of each run of rows."""
        lanes = x.array.shape[1] if x.array.ndim == 2 else 1
        ends = self._keep(np.append(at.array, len(x.array)))
        addresses = [each.ctypes.data for each in (out.array, x.array, ends)]
        line = out.array.strides[0] // 8
        self.made.append((("runs", op), [*addresses, len(at.array), lanes, line]))

    def _note(self, key: Key, addresses: Sequence[int], nest: Sequence[Axis]) -> None:
        sizes = [axis.size for axis in nest]
        of_out = [axis.steps[0] for axis in (nest[:4] if len(nest) == 6 else nest)]
        others = [axis.steps[n] for n in (1, 2) for axis in nest]
        self.made.append((key, [*addresses, *sizes, *of_out, *others]))

    def _keep(self, array: NDArray[Any]) -> NDArray[Any]:
        self.kept.append(array)
        return array


def _first_lane(operand: Operand, by_rows: bool) -> Ints:
    """Return the places of an array, where the rows lie side by side of the first one alone."""
    return places(operand.array[..., 0] if by_rows else operand.array)


class _Reduced:
    """One of numpy's functions that have more to them than a call: it also goes through runs."""

    def __init__(self, recorder: Recorder, op: str) -> None:
        self._recorder, self._op = recorder, op
        self.reduceat = partial(recorder.reduceat, op)

    def __call__(self, *operands: Any, out: Operand) -> None:
        self._recorder.each(self._op, *operands, out=out)


class _Add(_Reduced):
    """numpy's `add`."""

    def __init__(self, recorder: Recorder, op: str) -> None:
        super().__init__(recorder, op)
        self.reduce = recorder.reduce

    def at(self, memory: Operand, at: Operand, x: Operand) -> None:
        """Note an addition to places that may be the same."""
        self._recorder.scatter("add", memory, at, x)


def _steps(i: int, *arrays: Floats) -> tuple[int, ...]:
    return tuple(array.strides[i] // 8 for array in arrays)


def _spread(array: Floats, mine: str, order: Sequence[str], shape: tuple[int, ...]) -> Floats:
    """Return an array with an axis for every letter in order, those it has not of step 0."""
    turned = array.transpose([mine.index(letter) for letter in order if letter in mine])
    missing = [i for i, letter in enumerate(order) if letter not in mine]
    return np.broadcast_to(np.expand_dims(turned, missing), shape)


def _turned(three: Sequence[int], turned: bool) -> list[int]:
    out, a, b = three
    return [out, b, a] if turned else [out, a, b]


def _form(kept: Sequence[Axis], along: Sequence[Axis]) -> tuple[str, bool, Axis, Axis]:
    """Choose what goes by vectors: return the form, whether a and b change places, the axes j and k."""
    j, k = _longest(kept), _longest(along)
    for axis in kept:
        if axis.size >= LEAST and axis.steps[0] == 1 and axis.steps[1:] in NEXT:
            return f"j{min(axis.steps[1:])}", axis.steps[2] == 0, axis, k
    for axis in along:
        if axis.size >= LEAST and axis.steps[1:] in NEXT:
            return f"k{min(axis.steps[1:])}", axis.steps[1] == 0, j, axis
    return "s", False, j, k


def _longest(axes: Sequence[Axis]) -> Axis:
    return max(axes, key=lambda axis: axis.size, default=NONE)


NEXT: Sequence[tuple[int, ...]] = ((0, 1), (1, 0), (1, 1))
"""How two factors step along an axis that goes by vectors: to the next number, or not at all."""

LEAST = 4
"""Fewer numbers than that along an axis are not worth a vector."""
