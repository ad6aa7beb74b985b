"""The heat map of a step: fetched when the step is shown, from whoever holds the tensors."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable

from ...engine.recording.tensor import TensorRecording
from ...engine.recording.tensor_values import Blocks, NoValues, Values, Which
from ..charts.heat import heat_lines, legend
from ..text.glyphs import Glyphs
from ..text.lines import Line

MARGIN = "   "
REMEMBERED = 100
"""Heat maps: some keys back they are there at once."""
Key = tuple[Which, int, int]
Came = Callable[[], object]
"""What is to be done, in the app's own thread, with what has come."""


class Heat:
    """The heat maps of a pass, a step at a time. `version` counts what has come."""

    def __init__(self, recording: TensorRecording, values: Values | None) -> None:
        self._recording, self._values = recording, values
        self._found: dict[Key, Blocks | str] = {}
        self._wanted: Key | None = None
        self.version = 0

    def lines(self, taken: int, rows: int, columns: int, signs: Glyphs) -> list[Line]:
        """Return the map of the step taken last, blank lines until it is there; nothing of a scalar."""
        key = self._wanted = self._key(taken, rows, columns)
        if key is None:
            return []
        found = self._found.get(key)
        if isinstance(found, str):
            return _wrapped(f"no heat map: {found}", columns)
        if found is None:
            height = min(rows, _height(self._shape(key[0])))
            return [((f"{MARGIN}heat map ...", "dim"),), *[((" ", ""),)] * (height + 1)]
        drawn = heat_lines(found.means, signs)
        edge = (signs.guide, "dim")
        told = _wrapped(f"mean |x| of {_blocks(found)}: {legend(found.means, signs)}", columns)
        return [*(((MARGIN, ""), edge, *line, edge) for line in drawn), *told]

    def wanted(self) -> Callable[[], Came] | None:
        """Return what fetches the map that was asked for last, if it is not there."""
        key, values = self._wanted, self._values
        if key is None or values is None or key in self._found:
            return None

        def fetch() -> Came:
            try:
                came: Blocks | str = values.blocks(*key)
            except NoValues as error:
                came = str(error)
            return lambda: self._take(key, came)

        return fetch

    def _take(self, key: Key, came: Blocks | str) -> None:
        while len(self._found) >= REMEMBERED:
            del self._found[next(iter(self._found))]
        self._found[key] = came
        self.version += 1

    def _key(self, taken: int, rows: int, columns: int) -> Key | None:
        if self._values is None or not taken or columns < 1:
            return None
        grad = self._recording.steps[taken - 1].grad
        place = next(
            (i for i, each in enumerate(grad) if each is not None and math.prod(each.shape) > 1), -1
        )
        return (Which(taken - 1, "grad", place), rows, columns) if place >= 0 else None

    def _shape(self, which: Which) -> tuple[int, ...]:
        known = self._recording.steps[which.step].grad[which.place]
        return known.shape if known else ()


def _wrapped(text: str, width: int) -> list[Line]:
    return [((f"{MARGIN}{part}", "dim"),) for part in textwrap.wrap(text, max(8, width + 2))]


def _height(shape: tuple[int, ...]) -> int:
    """About how many rows a map will have, so that the lines below it stay where they are."""
    return 1 if len(shape) < 2 else max(1, math.prod(shape[:-1]))


def _blocks(found: Blocks) -> str:
    """Return `blocks of 524x32`, or that each number is seen."""
    rows, columns = len(found.means), len(found.means[0]) if found.means else 1
    height, width = -(-found.of[0] // max(1, rows)), -(-found.of[1] // columns)
    return f"blocks of {height}x{width}" if height * width > 1 else "each number"
