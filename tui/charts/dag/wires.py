"""Orthogonal routing of wires: a column for every trunk, then the characters.

All wires that leave one box form a net. Between two layers a net comes in at one row on the left
and goes out at one or more rows on the right; its trunk is the vertical line between them. Rules
that make the picture readable without colour:

- two nets share a cell only where one goes straight across the other, drawn `┼` (ascii: `)`, the
  vertical wire hopping over the horizontal one);
- a net never needs a four-way junction, so `┼` never is one; its branches and corners are drawn
  `├ ┤ ┬ ┴ ┌ ┐ └ ┘` (ascii: `+`, which joins every neighbour that points at it);
- `▸` (ascii: `>`) sits before the port at which a wire ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise, repeat
from typing import Literal

from .layout import BoxSpec, Layout, layout

GlyphSet = Literal["unicode", "ascii"]
Cell = tuple[int, int]  # x, y
Jog = tuple[int, int]  # the trunk column at which a wire leaves its row, the row it moves to
Routes = dict[Cell, list[Jog]]  # for the rows (left, right) at the two sides of a gap

UP, RIGHT, DOWN, LEFT = 1, 2, 4, 8
ARROW = 16
WITH_ROW = bytes(arms | LEFT | RIGHT for arms in range(256))  # adds a horizontal wire to a cell
# Indexed by the sum of the arms of a cell; no wire ends in the open, so single arms are blank.
GLYPHS = {
    "unicode": "   └ │┌├ ┘─┴┐┤┬┼▸",
    "ascii": "   + |++ +-++++)>",
}

LEAD = 1  # cells between a layer and the first trunk column behind it
TAIL = 2  # cells between the last trunk column and the next layer; the arrow is in the last


@dataclass(frozen=True)
class Box:
    """A box in its place; its height may be more than was asked for, to hold its inputs."""

    key: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Drawing:
    """A picture of the graph: where to paint the boxes, and the wires around them.

    `rows` holds the wires only, blank where boxes are, every row `width` characters long.
    `wires` holds for every edge, in the order given, the (x, y) cells it runs through, from the
    one right of its source to the arrow left of its target.
    """

    width: int
    height: int
    boxes: dict[int, Box]
    rows: list[str]
    wires: list[tuple[Cell, ...]]


def draw(
    boxes: Sequence[BoxSpec],
    edges: Sequence[tuple[int, int]],
    glyphs: GlyphSet = "unicode",
    tail: int = TAIL,
) -> Drawing:
    """Draw a graph without cycles, sources left; ValueError if it has one, KeyError if unknown.

    Edges are (source key, target key), in the order of the target's inputs, which enter it from
    top to bottom; an edge given twice is drawn twice. `tail` cells are kept before a box for what is
    written onto the end of a wire.
    """
    index = {spec.key: number for number, spec in enumerate(boxes)}
    graph = layout(boxes, [(index[source], index[target]) for source, target in edges])
    gaps = [Gap(_nets(graph, layer)) for layer in graph.layers]
    box_columns, trunk_columns = _columns(boxes, graph, gaps, tail)
    placed = _place(boxes, graph, box_columns)
    paths = _paths(graph, placed, gaps, trunk_columns)
    rows = _raster(paths, placed, GLYPHS[glyphs])
    return Drawing(
        width=max(map(len, rows), default=0),
        height=len(rows),
        boxes={box.key: box for box in placed},
        rows=rows,
        wires=[tuple(_cells(path)) for path in paths],
    )


# --- routing --------------------------------------------------------------------------------------


@dataclass(eq=False)
class Trunk:
    """A vertical line between two layers, from the row it comes in to the rows it serves."""

    net: int  # the row of its net at the left side of the gap
    left: int
    rights: set[int]
    waits: set[int]  # rows on which another net comes in, and has to turn off before
    prefix: list[Jog]  # how the wire got from the net's row to `left`
    earliest: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """The top and the bottom row."""
        return min(self.left, *self.rights), max(self.left, *self.rights)

    @property
    def rank(self) -> tuple[int, int]:
        """Nested trunks do not cross: going down, the lowest turns first; going up, the highest."""
        top, bottom = self.span
        downwards = bottom - self.left >= self.left - top
        return (0, -self.left) if downwards else (1, self.left)


def _nets(graph: Layout, layer: list[int]) -> dict[int, set[int]]:
    """The rows at which each net goes out to the next layer, by the row at which it comes in."""
    return {
        graph.exit_row(item): {graph.entry_row(link) for link in graph.outgoing[item]}
        for item in layer
        if graph.outgoing[item]
    }


def _trunks(left: int, rights: set[int], rows: Iterable[int]) -> list[Trunk]:
    """One trunk, none if the wire runs straight, two if it runs straight and both up and down."""
    up, down = {r for r in rights if r < left}, {r for r in rights if r > left}
    parts = [up, down] if left in rights else [up | down]
    return [Trunk(left, left, part, part & set(rows), []) for part in parts if part]


class Gap:
    """The space between two layers; its trunks are put into columns from left to right.

    A net that comes in at a row has to turn off before another may use the rest of the row. Nets
    that wait for each other in a circle are untangled by a detour over a row nobody uses.
    """

    def __init__(self, nets: dict[int, set[int]]) -> None:
        self.columns = 0
        self.routes: Routes = {(row, row): [] for row, rights in nets.items() if row in rights}
        self.rows = set(nets).union(*nets.values())
        trunks = [t for row, rights in nets.items() for t in _trunks(row, rights, nets)]
        self.pending = dict.fromkeys(trunks)  # a set that keeps its order
        self.departures = {trunk.left: trunk for trunk in trunks}
        self.arrivals = {row: trunk for trunk in trunks for row in trunk.rights}
        self.last_column = [-1] * (max(self.rows, default=0) + len(trunks) + 2)  # by row
        self.ready: list[tuple[tuple[int, int], Trunk]] = []  # no two ranks are equal
        for trunk in trunks:
            self._offer(trunk)
        self._fill()

    def _fill(self) -> None:
        while self.pending:
            if self.ready:
                trunk = heappop(self.ready)[-1]
                self._put(trunk)
                del self.pending[trunk]
            else:
                self._detour(self._waiting_in_circle())

    def _offer(self, trunk: Trunk) -> None:
        if not trunk.waits:
            heappush(self.ready, (trunk.rank, trunk))

    def _put(self, trunk: Trunk) -> None:
        """Take the first column right of all trunks on these rows and those next to them."""
        top, bottom = trunk.span
        column = max(trunk.earliest, 1 + max(self.last_column[max(top - 1, 0) : bottom + 2]))
        self.last_column[top : bottom + 1] = [column] * (bottom + 1 - top)
        self.columns = max(self.columns, column + 1)
        for row in trunk.rights:
            self.routes[trunk.net, row] = [*trunk.prefix, (column, row)]
        follower = self.arrivals.get(trunk.left)
        if follower and trunk.left in follower.waits:
            follower.waits.remove(trunk.left)
            follower.earliest = max(follower.earliest, column + 2)  # two `+` would read as joined
            self._offer(follower)

    def _waiting_in_circle(self) -> Trunk:
        trunk, seen = next(iter(self.pending)), set[Trunk]()
        while trunk not in seen:
            seen.add(trunk)
            trunk = self.departures[min(trunk.waits)]
        return trunk

    def _detour(self, trunk: Trunk) -> None:
        """Let a trunk leave its row at once, and come in again at a row of its own."""
        free = (row for row in range(len(self.last_column) - 1) if row not in self.rows)
        row = min(free, key=lambda row: abs(row - trunk.left))
        self.rows.add(row)
        first = Trunk(trunk.net, trunk.left, {row}, set(), trunk.prefix)
        self._put(first)
        trunk.prefix, trunk.left = self.routes.pop((trunk.net, row)), row


# --- cells ----------------------------------------------------------------------------------------


def _columns(
    specs: Sequence[BoxSpec], graph: Layout, gaps: Sequence[Gap], tail: int
) -> tuple[list[int], list[int]]:
    """The x of each layer's boxes, and of the first trunk column behind it."""
    boxes, trunks, x = [], [], 0
    for layer, gap in zip(graph.layers, gaps, strict=True):
        boxes.append(x)
        trunks.append(x + max(specs[item].width for item in layer if item < graph.boxes) + LEAD)
        x = trunks[-1] + gap.columns + tail
    return boxes, trunks


def _place(specs: Sequence[BoxSpec], graph: Layout, lefts: list[int]) -> list[Box]:
    """The boxes in the order given."""
    x = {item: left for layer, left in zip(graph.layers, lefts, strict=True) for item in layer}
    return [
        Box(spec.key, x[item], graph.y[item], spec.width, graph.heights[item])
        for item, spec in enumerate(specs)
    ]


def _paths(graph: Layout, placed: list[Box], gaps: Sequence[Gap], trunks: list[int]) -> list[list[Cell]]:
    """The ends and corners of every edge."""
    number = {item: n for n, layer in enumerate(graph.layers) for item in layer}
    paths = []
    for chain in graph.chains:
        source, target = chain[0].source, placed[chain[-1].target]
        row = graph.exit_row(source)
        path = [(placed[source].x + placed[source].width, row)]
        for gap, link in enumerate(chain, number[source]):
            for column, next_row in gaps[gap].routes[row, graph.entry_row(link)]:
                path += [(trunks[gap] + column, row), (trunks[gap] + column, next_row)]
                row = next_row
        paths.append([*path, (target.x - 1, row)])
    return paths


def _cells(corners: Sequence[Cell]) -> list[Cell]:
    """Every cell along a path given by its ends and corners."""
    cells: list[Cell] = []
    for (x, y), (next_x, next_y) in pairwise(corners):
        if y == next_y:
            cells += zip(range(x, next_x), repeat(y))
        else:
            cells += zip(repeat(x), range(y, next_y, 1 if next_y > y else -1))
    return [*cells, corners[-1]]


def _raster(paths: list[list[Cell]], placed: list[Box], glyphs: str) -> list[str]:
    """Draw all paths; arms of different nets meet in a cell only where they cross."""
    width = max((box.x + box.width for box in placed), default=0)
    bottoms = [box.y + box.height for box in placed]
    height = max([*bottoms, *(y + 1 for path in paths for _, y in path)], default=0)
    canvas = [bytearray(width) for _ in range(height)]
    for (x, y), (end_x, end_y) in {segment for path in paths for segment in pairwise(path)}:
        canvas[y][x] |= RIGHT if x != end_x else UP if end_y < y else DOWN
        canvas[end_y][end_x] |= LEFT if x != end_x else DOWN if end_y < y else UP
        canvas[y][x + 1 : end_x] = canvas[y][x + 1 : end_x].translate(WITH_ROW)
        for between in range(min(y, end_y) + 1, max(y, end_y)):
            canvas[between][x] |= UP | DOWN
    for path in paths:
        (x, y), (end_x, end_y) = path[0], path[-1]
        canvas[y][x] |= LEFT
        canvas[end_y][end_x] = ARROW
    return [row.decode("ascii").translate(dict(enumerate(glyphs))) for row in canvas]
