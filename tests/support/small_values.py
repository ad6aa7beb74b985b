"""Tensors of a small pass that count what is asked of them: their numbers say where they stand."""

import math
from threading import Event

from micrograd_tui.engine.recording.tensor import Shape
from micrograd_tui.engine.recording.tensor_slice import Grid
from micrograd_tui.engine.recording.tensor_values import Blocks, Budget, NoValues, View, Which, Window


class SmallValues:
    """Number `[i, j]` of each tensor is `100 i + j`, whatever its shape. `go` lets an answer come."""

    def __init__(self, failed: str = "") -> None:
        self.budget = Budget(10_000_000, 2_500_000, 3)
        self.failed = failed
        self.asked: list[View] = []
        self.go = Event()
        self.go.set()
        self.closed = False

    def shape(self, which: Which) -> tuple[Shape, str]:
        return (4, 2), "float32"

    def window(self, which: Which, view: View) -> Window:
        self._wait()
        self.asked.append(view)
        grid = Grid(view.pick.shape, max(1, view.wrap))
        (top, bottom), (left, right) = view.rows, view.columns
        rows = (
            tuple(
                number(view.pick.at(grid.place(row, column)))
                for column in range(left, min(right, grid.length(row)))
            )
            for row in range(top, min(bottom, grid.rows))
        )
        return Window("float32", "kept", tuple(rows))

    def blocks(self, which: Which, rows: int, columns: int) -> Blocks:
        self._wait()
        return Blocks(((0.0, 1.0), (2.0, math.nan)), (4, 2), "kept")

    def close(self) -> None:
        self.closed = True
        self.go.set()

    def _wait(self) -> None:
        assert self.go.wait(60)
        if self.closed:
            raise NoValues("it was closed")
        if self.failed:
            raise NoValues(self.failed)


def number(place: tuple[int, ...]) -> float:
    """The number at a place."""
    return float(sum(index * 100**power for power, index in enumerate(reversed(place))))
