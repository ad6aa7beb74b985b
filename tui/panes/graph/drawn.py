"""The drawn graph: boxes and wires, laid out in layers, scrolling both ways."""

from collections.abc import Iterator, Sequence

from textual import events
from textual.geometry import Size as CellSize

from ...bindings import bindings
from ...charts.dag import Box, Drawing, draw
from ...charts.dag.wires import Cell
from ...sessions.stepping import SteppingSession
from ...text.format import fitted
from ...text.lines import Line, Piece, merged, sign_style
from ...views.graph.box_text import PANNED, SIZES, BoxText, Size, short
from ...views.graph.boxes import FoldedGraph, Item, TooMany
from ...views.graph.flow import Flow, Flows
from ..base import Painted, page_start
from ..rows import NodesPane

MANY = 60
"""Boxes from which only the smallest size is tried: to lay them out takes a tenth of a second."""
PAN = 16, 4
"""The cells that a pan moves by, across and down."""
FRAMES = {
    "unicode": {"node": "╭─╮│╰╯", "current": "┏━┓┃┗┛", "scope": "╔═╗║╚╝"},
    "ascii": {"node": ".-.|''", "current": "#=##'#", "scope": "+-+|++"},
}


class GraphPane(Painted, can_focus=True):
    """Draws a FoldedGraph as large as it fits; a move paints boxes, wires are laid out once a fold."""

    BINDINGS = bindings("drawing")

    def __init__(self, session: SteppingSession, graph: FoldedGraph, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.graph = graph
        self.border_title = "graph"
        self.message = ""
        self.fits = True
        """Whether boxes become smaller until all of them are in sight."""
        self.in_sight = True
        self.wanted: set[str] | None = set(graph.open)
        """The scopes to show open where they fit; None once a person has opened or folded some."""
        self.items: list[Item] = []
        self.index: dict[Item, int] = {}
        self.drawing: Drawing | None = None
        self.text = BoxText(graph, self.glyphs, SIZES[0])
        self.flows = Flows(())
        self.boxes_at: dict[int, list[Box]] = {}
        self._over: dict[Cell, Piece] = {}
        """What the moment puts onto the wires, by cell."""

    # Laying out

    def lay_out(self) -> None:
        """Draw anew, after a fold or at another size."""
        try:
            self.drawing = self._fitted()
        except TooMany as error:
            self.message, self.drawing, self.items, self.index = str(error), None, [], {}
            self.boxes_at.clear()
            self.virtual_size = CellSize(0, 0)
            self.refresh()
            return
        self.message = ""
        self.index = {item: i for i, item in enumerate(self.items)}
        self.flows = Flows(self.graph.uses)
        self.border_title = self._title
        self.boxes_at = {}
        for box in sorted(self.drawing.boxes.values(), key=lambda box: box.x):
            for y in range(box.y, box.y + box.height):
                self.boxes_at.setdefault(y, []).append(box)
        self.virtual_size = CellSize(self.drawing.width, self.drawing.height)
        self.refresh()
        self.call_after_refresh(self.follow)  # once it is known which scrollbars take a cell

    def _fitted(self) -> Drawing:
        """The drawing; of scopes that nobody opened by hand only as many are open as fit."""
        if self.wanted is None or not self.fits:
            return self._draw_open()
        self.graph.open = set(self.wanted)
        drawing = self._draw_open()
        for depth in range(max((scope.count("/") for scope in self.wanted), default=-1) + 1, 0, -1):
            if self.in_sight:
                break
            self.graph.fold_from(depth)
            drawing = self._draw_open()
        return drawing

    def _draw_open(self) -> Drawing:
        self.items, edges = self.graph.draw()
        return self._largest(edges)

    @property
    def _title(self) -> str:
        if not self.fits:
            return "graph, large; 0 fits it into the pane"
        if self.in_sight:
            return "graph"
        way = "0 folds it to fit" if self.graph.open else "w fills the screen, HJK pan"
        return f"graph, larger than the pane; {way}"

    def _largest(self, edges: list[tuple[int, int]]) -> Drawing:
        """The largest drawing that fits into the pane; the smallest there is if none does."""
        sizes = SIZES[:1] if not self.fits else SIZES if len(self.items) <= MANY else SIZES[-1:]
        room = self.size
        for size in sizes:
            drawing = self._at_size(size, edges)
            self.in_sight = drawing.width <= room.width and drawing.height <= room.height
            if self.in_sight:
                return drawing
        return self._at_size(PANNED, edges) if len(sizes) > 1 else drawing

    def _at_size(self, size: Size, edges: list[tuple[int, int]]) -> Drawing:
        self.text = BoxText(self.graph, self.glyphs, size)
        boxes = [self.text.spec(i, item) for i, item in enumerate(self.items)]
        return draw(boxes, edges, self.glyphs.name, size.tail)

    def box_of(self, node: int) -> Box | None:
        """The box a node is drawn in."""
        at = self.index.get(self.graph.item_of(node))
        return self.drawing.boxes[at] if self.drawing and at is not None else None

    def follow(self) -> None:
        """Bring the selected node's box into sight and repaint what changed."""
        if not self.drawing and not self.message:
            self.lay_out()
        self._lay_over()
        if box := self.box_of(self.session.selected):
            x = page_start(box.x, box.width, self.inner.width)
            y = page_start(box.y, box.height, self.inner.height)
            self.scroll_to(x, y, animate=False, force=True, immediate=True)
        self.sync()

    def _lay_over(self) -> None:
        """Collect what the moment changes of the wires: light, direction, the contributions carried."""
        self._over = {}
        for edge, wire in enumerate(self.drawing.wires if self.drawing else ()):
            if flow := self.flows.of(self.session.playback, edge):
                self._over.update(self._flow_cells(wire, flow))

    def _flow_cells(self, wire: tuple[Cell, ...], flow: Flow) -> Iterator[tuple[Cell, Piece]]:
        """The cells of a wire along which something flows."""
        assert self.drawing
        style = "lit" if flow.current else "dim"
        if flow.current:
            yield from ((cell, (self._wire_at(cell), style)) for cell in wire)
        if not flow.backward:
            return
        yield wire[-1], (self.glyphs.line, style)
        yield wire[0], (self.glyphs.backward, style)
        if flow.amount is not None:
            text = short(flow.amount, max(5, self.text.size.tail - 2), signed=True)
            style = "lit" if flow.current else sign_style(flow.amount) or "dim"
            written = list(_written(text, wire, style))
            yield from written or (self._beside(text, wire[-1], style) if flow.current else ())

    def _beside(self, text: str, end: Cell, style: str) -> Iterator[tuple[Cell, Piece]]:
        """A text in the free cells nearest to the end of a wire that is too short for it, if any are."""
        for left, down in ((left, down) for left in range(14) for down in (0, -1, 1)):
            x, y = end[0] - len(text) - left, end[1] + down
            apart = (x + len(text), y) not in self._over or left == 0
            if apart and all(self._is_free(at, y) for at in range(x, x + len(text))):
                yield from (((x + i, y), (ch, style)) for i, ch in enumerate(text))
                return

    def _is_free(self, x: int, y: int) -> bool:
        """Whether neither a wire, nor a box, nor a contribution has a cell."""
        assert self.drawing
        if not (0 <= y < self.drawing.height and 0 <= x < self.drawing.width) or (x, y) in self._over:
            return False
        boxed = any(box.x <= x < box.x + box.width for box in self.boxes_at.get(y, ()))
        return not boxed and self.drawing.rows[y][x] == " "

    def _wire_at(self, cell: Cell) -> str:
        assert self.drawing
        return self.drawing.rows[cell[1]][cell[0]]

    def on_resize(self) -> None:
        """Fit the new size, and keep the selected box in sight."""
        if self.display and self.is_mounted:
            self.drawing = None
            self.call_after_refresh(self.follow)  # how far it can scroll is known only then

    # Drawing

    def line(self, y: int) -> Line:
        """Paint the wires, then the boxes over them, then cut out what is in sight."""
        if not self.drawing:
            shown = fitted(f" {self.message}", self.inner.width, self.glyphs.ellipsis)
            return ((shown, ""),) if y == 0 else ()
        left, row = self.scroll_offset.x, y + self.scroll_offset.y
        if row >= self.drawing.height:
            return ()
        right = left + self.inner.width
        cells = [
            self._over.get((x, row)) or (ch, "dim")
            for x, ch in enumerate(self.drawing.rows[row][left:right], left)
        ]
        cells += [(" ", "")] * (self.inner.width - len(cells))
        for box in self.boxes_at.get(row, ()):
            if left - box.width < box.x < right:
                for x, cell in enumerate(self._box_cells(box, row - box.y), box.x - left):
                    if 0 <= x < len(cells):
                        cells[x] = cell
        return merged(cells)

    def _box_cells(self, box: Box, line: int) -> list[Piece]:
        """One line of a box, a (character, style) for each of its cells.

        A wide character keeps its second cell as an empty string.
        """
        item, session = self.items[box.key], self.session
        current = session.current is not None and self.graph.item_of(session.current) == item
        selected = self.graph.item_of(session.selected) == item
        mark = ("lit " * current + "selected" * (selected and self.has_focus)).strip()
        stop = not item.scope and session.breakpoints.on(item.node)
        lines = self.text.lines(item, box.width - 2, session.playback, session.changed, stop)
        if self.text.size.kind == "framed":
            return self._framed(
                box, lines, line, mark, "current" if current else "scope" if item.scope else "node"
            )
        first = self.glyphs.current if current and line == 0 else "["
        inner = lines[line] if line < len(lines) else ()
        return [(first, mark), *_styled(inner, box.width - 2, mark), ("]", mark)]

    def _framed(self, box: Box, lines: list[Line], line: int, mark: str, kind: str) -> list[Piece]:
        a, top, b, side, c, d = tuple(FRAMES[self.glyphs.name][kind])
        if line in (0, box.height - 1):
            ends = (a, b) if line == 0 else (c, d)
            return [(ch, mark) for ch in f"{ends[0]}{top * (box.width - 2)}{ends[1]}"]
        inner = lines[line - 1] if line <= len(lines) else ()
        return [(side, mark), *_styled(inner, box.width - 2, mark), (side, mark)]

    # Moving

    def _select(self, item: Item) -> None:
        self.post_message(NodesPane.Selected(self.graph.node_of(item)))

    def on_click(self, event: events.Click) -> None:
        """Select the box under the mouse."""
        place = event.get_content_offset(self)
        if place is None:
            return
        x, y = place + self.scroll_offset
        for box in self.boxes_at.get(y, ()):
            if box.x <= x < box.x + box.width:
                self._select(self.items[box.key])

    def action_step(self, down: int, right: int) -> None:
        """Select the nearest box in a direction."""
        here = self.box_of(self.session.selected)
        if not here or not self.drawing:
            return
        ahead = [
            (along + 3 * abs(across), box.key)
            for box in self.drawing.boxes.values()
            if (along := (box.x - here.x) * right + (box.y - here.y) * down) > 0
            for across in [(box.y - here.y) * right + (box.x - here.x) * down]
        ]
        if ahead:
            self._select(self.items[min(ahead)[1]])

    def action_pan(self, down: int, right: int) -> None:
        """Move what is in sight, and leave the selection."""
        across, deep = PAN
        self.scroll_relative(right * across, down * deep, animate=False, force=True, immediate=True)
        self.refresh()

    def action_fit(self) -> None:
        """Make the boxes small enough, and fold scopes, for all to be in sight; or make them large."""
        if not self.fits or not self.in_sight:
            self.fits, self.wanted = True, set(self.graph.open)
        else:
            self.fits = False
        self.lay_out()
        self.follow()

    def action_fold(self) -> None:
        """Open the folded scope, or fold the scope the node is in."""
        self.wanted = None
        self.graph.toggle(self.graph.item_of(self.session.selected))
        self.lay_out()
        self.follow()

    def reveal(self) -> None:
        """Open the scopes around the selected node."""
        if self.graph.reveal(self.session.selected):
            self.wanted = None
            self.lay_out()
        self.follow()

    def fold_to(self, depth: int) -> None:
        """Show some levels of scopes only."""
        self.wanted = None
        self.graph.fold_to(depth)
        self.lay_out()
        self.follow()

    def open_all(self) -> None:
        """Open every scope and sum, where that can still be drawn."""
        self.wanted = None
        self.graph.open_all()
        self.lay_out()
        self.follow()


def _styled(line: Line, width: int, mark: str) -> list[Piece]:
    """A line as so many cells, a mark on top of their styles."""
    cells = [(ch, style) for text, style in line for ch in _cells(text)]
    cells += [(" ", "")] * (width - len(cells))
    return [(ch, f"{style} {mark}".strip()) for ch, style in cells[:width]]


def _written(text: str, wire: Sequence[Cell], style: str) -> Iterator[tuple[Cell, Piece]]:
    """A text on the level piece of a wire nearest to its end that has room for it, if any has."""
    last = len(wire) - 1
    while last >= len(text) + 1:
        y, first = wire[last][1], last
        while first > 1 and wire[first - 1][1] == y:
            first -= 1
        if last - first >= len(text):
            start = wire[last][0] - len(text)
            yield from (((start + i, y), (ch, style)) for i, ch in enumerate(text))
            return
        last = first - 1


def _cells(text: str) -> list[str]:
    """Split a text into its terminal cells; combining marks stay with their base."""
    from rich.cells import cell_len

    cells: list[str] = []
    for ch in text:
        wide = cell_len(ch)
        if wide == 0 and cells:
            cells[-1] += ch
        else:
            cells += [ch, *[""] * (wide - 1)]
    return cells
