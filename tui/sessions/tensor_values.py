"""Looking at whole tensors of a step: which one, which slice of it, where in it."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...engine.recording.tensor import Number
from ...engine.recording.tensor_slice import BadIndex, Pick, parse_index, whole
from ...engine.recording.tensor_values import MOST, NoValues, View, Which, Window
from ..text.format import plain
from ..text.format import whole as whole_number
from ..views.tensors.tensor_choices import Choice, choices
from ..views.tensors.trace import named
from ..views.tensors.values import Layout, Shown, layout
from .heat import Came
from .tensors import TensorSession

MARGIN = 1
"""Screenfuls around the one in sight that are fetched with it: most keys find their numbers then."""
Part = tuple[Which, Pick, int, tuple[int, int], tuple[int, int]]
"""A tensor, a pick, how it is wrapped, rows and columns: what is fetched at a time."""


class ValuesSession:
    """A look at the tensors of a pass, beside the session that steps through it."""

    def __init__(self, tensors: TensorSession) -> None:
        self.tensors = tensors
        self.all_digits = False
        self._size = (80, 20)
        self._laid: tuple[object, Layout] | None = None
        """The layout, and what it was made for."""
        self._part: Part | None = None
        self._numbers: dict[tuple[int, int], Number] = {}
        self._window: Window | None = None
        self._failed = ""
        self._choose(0)
        self.note = self.hint

    @property
    def hint(self) -> str:
        """What can be done here."""
        return "v the step's next tensor, [ a slice, : to an index, n the next step, Esc back"

    # Steps and their tensors

    def step(self, move: Callable[[TensorSession], str]) -> str:
        """Move through the pass, and look at the first tensor of where that comes to."""
        taken = self.tensors.taken
        said = move(self.tensors)
        if self.tensors.taken != taken:
            self._choose(0)
        return said

    def choose(self, by: int) -> str:
        """Look at another tensor of this step."""
        if len(self.choices) < 2:
            return self._only()
        self._choose((self._at + by) % len(self.choices))
        return ""

    def _only(self) -> str:
        return "this step has no other tensor" if self.choices else "no step is taken: n takes one"

    @property
    def choice(self) -> Choice | None:
        """The tensor that is looked at."""
        return self.choices[self._at] if self.choices else None

    @property
    def title(self) -> str:
        """What the pane is about."""
        return "values" if self.choice is None else f"values at {named(self.tensors.node)}"

    def _choose(self, at: int) -> None:
        self.choices = choices(self.tensors.recording, self.tensors.taken)
        self._at = at
        self._look(whole(self.choice.shape if self.choice else ()))

    # Slices and places

    def _look(self, pick: Pick) -> None:
        """Look at a part of the tensor, from its beginning."""
        self.pick = pick
        self.place = (0,) * len(pick.shape)
        """The number that is looked at, by its indices in what is picked."""
        self.top = self.left = 0

    def slice(self, text: str) -> str:
        """Pick a part of the tensor, as PyTorch would; nothing picks all of it."""
        try:
            self._look(parse_index(text, self.pick.of))
        except BadIndex as error:
            return plain(str(error))
        return ""

    @property
    def slice_now(self) -> str:
        """The slice that is shown, to be changed."""
        return "" if self.pick.is_whole else self.pick.text

    @property
    def refusal(self) -> str:
        """Why there is nothing to slice or to go to."""
        return "" if self.choice else "no step is taken: n takes one"

    def jump(self, text: str) -> str:
        """Go to an index of what is shown: a row, or row and column, or one a dimension."""
        words = text.strip().strip("[]()").replace(" ", ",").split(",")
        numbers = [whole_number(word) for word in words if word.strip()]
        shape = self.pick.shape
        if not numbers:
            return ""
        if any(number is None for number in numbers) or len(numbers) > len(shape):
            return f"{plain(text.strip())} is no place: {_wanted(shape)}"
        found: list[int] = []
        for number, size in zip(numbers, shape, strict=False):
            if number is None or not -size <= number < size:
                return f"{plain(text.strip())} is outside of it: {_wanted(shape)}"
            found.append(number % size)
        self._go((*found, *self.place[len(found) :]))
        return ""

    def move(self, rows: int, columns: int) -> str:
        """Move the place by so many rows and columns."""
        grid = self.layout.grid
        if not grid.rows or not grid.columns:
            return ""
        row, column = grid.cell(self.place)
        row = max(0, min(row + rows, grid.rows - 1))
        self._go(grid.place(row, max(0, min(column + columns, grid.length(row) - 1))))
        return ""

    def page(self, rows: int, columns: int) -> str:
        """Move by screenfuls."""
        lay = self.layout
        return self.move(rows * max(1, lay.rows - 1), columns * max(1, lay.columns - 1))

    def home(self) -> str:
        """Go to the row's first number; from there to the first row."""
        return self.move(-self._row if not self._column else 0, -self._column)

    def end(self) -> str:
        """Go to the row's last number; from there to the last row."""
        grid = self.layout.grid
        last = self._column >= grid.length(self._row) - 1
        return self.move(grid.rows if last else 0, grid.columns)

    @property
    def _row(self) -> int:
        return self.layout.grid.cell(self.place)[0]

    @property
    def _column(self) -> int:
        return self.layout.grid.cell(self.place)[1]

    def point(self, row: int, column: int) -> str:
        """Go to a number in sight, counted from the first that is."""
        grid = self.layout.grid
        if not 0 <= row < grid.rows - self.top or not 0 <= column < self.layout.columns:
            return ""
        return self.move(self.top + row - self._row, self.left + column - self._column)

    def toggle_digits(self) -> str:
        """Show every digit, or some again."""
        self.all_digits = not self.all_digits
        self._follow()
        return "every digit" if self.all_digits else ""

    def _go(self, place: tuple[int, ...]) -> None:
        self.place = place
        self._follow()

    def _follow(self) -> None:
        """Keep the place in sight."""
        lay = self.layout
        row, column = lay.grid.cell(self.place) if all(self.pick.shape) else (0, 0)
        self.top = _kept_in(self.top, row, lay.rows, lay.grid.rows)
        self.left = _kept_in(self.left, column, lay.columns, lay.grid.columns)

    # What is in sight

    @property
    def layout(self) -> Layout:
        """How it lies in the pane."""
        now = self.pick, self.dtype, self.all_digits, self._size
        if self._laid is None or self._laid[0] != now:
            self._laid = now, layout(self.pick, self.dtype, self.all_digits, *self._size)
        return self._laid[1]

    @property
    def dtype(self) -> str:
        """Of the tensor."""
        return self.choice.dtype if self.choice else ""

    def fit(self, width: int, height: int) -> None:
        """Take the size of the pane."""
        if (width, height) != self._size:
            self._size = width, height
            self._follow()

    @property
    def shown(self) -> Shown | None:
        """What the pane shows."""
        choice = self.choice
        if choice is None:
            return None
        here = self._covers(self._part)
        return Shown(
            choice.title,
            f"{self._at + 1} of {len(self.choices)}",
            self.pick,
            self.dtype,
            self._window.how if here and self._window else "",
            self.top,
            self.left,
            self.place,
            self._numbers if here or self._is_of_it(self._part) else {},
            self._said(here),
            not here,
            self.all_digits,
        )

    def _said(self, here: bool) -> str:
        if self.tensors.opened.values is None:
            return "only summaries are left of this pass: `open` the program to look at its tensors"
        return self._failed if here else ""

    # Fetching

    def wanted(self) -> Callable[[], Came] | None:
        """Return what fetches the numbers that are missing, if any are."""
        choice, values = self.choice, self.tensors.opened.values
        if choice is None or values is None or self._covers(self._part) or not math.prod(self.pick.shape):
            return None
        which, pick, wrap, rows, columns = part = self._around(choice.which)

        def fetch() -> Came:
            try:
                window = values.window(which, View(pick, wrap, rows, columns))
            except NoValues as error:
                said = str(error)
                return lambda: self._take(part, None, said)
            return lambda: self._take(part, window, "")

        return fetch

    def _around(self, which: Which) -> Part:
        """The part in sight and some around it."""
        lay, grid = self.layout, self.layout.grid
        margin = MARGIN if lay.rows * lay.columns * (1 + 2 * MARGIN) ** 2 <= MOST else 0
        rows = _around(self.top, lay.rows, margin, grid.rows)
        columns = _around(self.left, lay.columns, margin, grid.columns)
        return which, self.pick, grid.wrap, rows, columns

    def _is_of_it(self, part: Part | None) -> bool:
        """Whether a part is of the tensor and the slice that are shown, wrapped as they are."""
        if part is None or self.choice is None:
            return False
        wrap = self.layout.grid.wrap if len(self.pick.shape) == 1 else part[2]
        return part[:3] == (self.choice.which, self.pick, wrap)

    def _covers(self, part: Part | None) -> bool:
        """Whether a part has all that is in sight."""
        if part is None or not self._is_of_it(part):
            return False
        lay = self.layout
        bottom = min(lay.grid.rows, self.top + lay.rows)
        right = min(lay.grid.columns, self.left + lay.columns)
        (first, last), (left, end) = part[3:]
        return first <= self.top and bottom <= last and left <= self.left and right <= end

    def _take(self, part: Part, window: Window | None, failed: str) -> None:
        self._part, self._window, self._failed = part, window, failed
        rows = window.rows if window else ()
        self._numbers = {
            (part[3][0] + y, part[4][0] + x): number
            for y, row in enumerate(rows)
            for x, number in enumerate(row)
        }


def _around(first: int, room: int, margin: int, count: int) -> tuple[int, int]:
    """What is in sight, and so many screenfuls before and after it, as far as there is any."""
    return max(0, first - margin * room), min(count, first + (1 + margin) * room)


def _kept_in(first: int, at: int, room: int, count: int) -> int:
    """Where a view of `room` cells begins so that `at` is in it, moved as little as can be."""
    first = min(max(first, at - room + 1), at)
    return max(0, min(first, count - room))


def _wanted(shape: tuple[int, ...]) -> str:
    bounds = ", ".join(f"0 to {size - 1:,}" for size in shape if size)
    return f"indices {bounds}" if bounds else "it has one number" if not shape else "it has no elements"
