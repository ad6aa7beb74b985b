"""A part of a tensor as lines: what it is, which part, the indices of columns and rows, the numbers."""

import textwrap
from dataclasses import dataclass

from ....engine.recording.tensor import Number
from ....engine.recording.tensor_slice import Grid, Pick
from ...text.format import fitted, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line, Piece, cut
from .cells import cell, cell_width, exact
from .trace import shape_text

ABOVE = 3
"""Lines above the numbers."""
WRAPS = (50, 20, 10, 5, 2, 1)
"""How many numbers of a tensor of one dimension may stand in a row."""
HOW = {"kept": "kept", "again": "computed again", "there": ""}


@dataclass(frozen=True)
class Layout:
    """How a tensor lies in a pane: its rows, how many of them and of its columns are in sight."""

    grid: Grid
    label: int
    """The cells of a row's name."""
    cell: int
    rows: int
    columns: int


def layout(pick: Pick, dtype: str, all_digits: bool, width: int, height: int) -> Layout:
    """Return the layout for a size."""
    shape, size = pick.shape, cell_width(dtype, all_digits) + 1
    label = max(map(len, (row_name(pick, index) for index in _extremes(shape))), default=0) + 1
    columns = max(1, (width - label - 1) // size)
    wrap = next((each for each in WRAPS if each <= columns), 1)
    grid = Grid(shape, wrap)
    return Layout(grid, label, size, max(1, height - ABOVE), max(1, min(columns, grid.columns or 1)))


def _extremes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Places whose names are the longest."""
    return [tuple(size - 1 for size in shape)] if all(shape) else []


def row_name(pick: Pick, place: tuple[int, ...]) -> str:
    """Name the row of a place by its indices in the whole tensor: `3`, or `3,0,12` of more dimensions."""
    if not place:
        return ""
    kept = [i for i, each in enumerate(pick.places) if isinstance(each, range)]
    whole = pick.at(place)
    rows = kept if len(kept) == 1 else kept[:-1]
    return ",".join(str(whole[i]) for i in rows)


@dataclass(frozen=True, eq=False)
class Shown:
    """What the pane shows: a tensor, what is picked of it, the part in sight, the numbers."""

    title: str
    counted: str
    """`2 of 6`: which of the step's tensors it is."""
    pick: Pick
    dtype: str
    how: str
    top: int
    left: int
    at: tuple[int, ...]
    """The indices of the number that is looked at, in what is picked."""
    numbers: dict[tuple[int, int], Number]
    """By row and column."""
    said: str = ""
    """Why there are no numbers."""
    waits: bool = False
    """Whether they are on their way."""
    all_digits: bool = False


def values_lines(shown: Shown, lay: Layout, width: int, glyphs: Glyphs) -> list[Line]:
    """Return the lines for a width."""
    lines = [_title(shown), _part(shown, lay), _columns(shown, lay)]
    if not lay.grid.rows or not lay.grid.columns:
        lines += [((" it has no elements", "dim"),)]
    elif shown.said and not _some(shown, lay):
        lines += [((" ", ""),), *(((f" {part}", "warning"),) for part in _wrapped(shown.said, width))]
    elif shown.waits and not _some(shown, lay):
        lines += [((" ", ""),), ((" computing ...", "dim"),)]
    else:
        last = min(lay.grid.rows, shown.top + lay.rows)
        lines += [_row(shown, lay, row, glyphs) for row in range(shown.top, last)]
    return [cut(line, width, glyphs.ellipsis) for line in lines]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(8, width - 2))


def _some(shown: Shown, lay: Layout) -> bool:
    return any(
        (row, shown.left) in shown.numbers
        for row in range(shown.top, min(lay.grid.rows, shown.top + lay.rows))
    )


def _title(shown: Shown) -> Line:
    size = f"{shape_text(shown.pick.of)} {plain(shown.dtype)}"
    return ((f" {shown.title}", "strong changed"), (f"  {size}", ""), (f"  {shown.counted}", "dim"))


def _part(shown: Shown, lay: Layout) -> Line:
    """Which part it is, and the number looked at with every digit."""
    pieces: list[Piece] = []
    if lay.grid.rows and lay.grid.columns:
        place = lay.grid.cell(shown.at)
        index = ", ".join(map(str, shown.pick.at(shown.at)))
        pieces.append((f" [{index}]{'' if shown.said else ' = '}", "dim"))
        pieces += [] if shown.said else [_exactly(shown, place)]
    if not shown.pick.is_whole:
        pieces.append((f"  slice {shown.pick.text}: {shape_text(shown.pick.shape)}", ""))
    if how := HOW.get(shown.how, ""):
        pieces.append((f"  {how}", "dim"))
    return tuple(pieces) or ((" ", ""),)


def _exactly(shown: Shown, place: tuple[int, int]) -> Piece:
    if place not in shown.numbers:
        return "...", "dim"
    number = shown.numbers[place]
    text, style = cell(number, shown.dtype, True)
    if isinstance(number, float) and shown.dtype != "bool" and style != "warning":
        text = exact(number, shown.dtype)
    return text, "warning" if style == "warning" else "strong"


def _columns(shown: Shown, lay: Layout) -> Line:
    """The indices of the columns; of a wrapped tensor how far they are from the row's first."""
    if not shown.pick.shape:
        return ((" ", ""),)
    names = []
    for column in _in_sight(shown, lay):
        if len(shown.pick.shape) == 1:
            names.append(f"+{column}" if lay.grid.wrap > 1 else "")
        else:
            last = next(each for each in reversed(shown.pick.places) if isinstance(each, range))
            names.append(str(last[column]))
    text = "".join(f"{name:>{lay.cell}}" for name in names)
    return ((" " * (lay.label), "header"), (text, "header"))


def _in_sight(shown: Shown, lay: Layout) -> range:
    return range(shown.left, min(lay.grid.columns, shown.left + lay.columns))


def _row(shown: Shown, lay: Layout, row: int, glyphs: Glyphs) -> Line:
    name = row_name(shown.pick, lay.grid.place(row, 0))
    at = lay.grid.cell(shown.at)
    pieces: list[Piece] = [
        (
            f"{fitted(name.rjust(lay.label - 1), lay.label - 1, glyphs.ellipsis)} ",
            "lit" if row == at[0] else "dim",
        )
    ]
    for column in _in_sight(shown, lay):
        if column >= lay.grid.length(row):
            break
        number = shown.numbers.get((row, column))
        if number is None:
            text, style = glyphs.ellipsis, "dim"
        else:
            text, style = cell(number, shown.dtype, shown.all_digits)
        if (row, column) == at:
            style = f"{style} selected" if style != "dim" else "selected"
        pieces += [(" " * max(1, lay.cell - len(text)), ""), (text[: lay.cell - 1], style)]
    return tuple(pieces)
