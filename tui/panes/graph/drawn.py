"""The drawn graph: boxes and wires, laid out in layers, scrolling both ways."""

from textual import events
from textual.geometry import Size

from ....engine.recording.log import Field
from ...bindings import bindings
from ...charts.dag import Box, BoxSpec, Drawing, draw
from ...sessions.stepping import SteppingSession
from ...text.format import fitted, number, plain
from ...text.lines import Line, Piece, merged, sign_style
from ...views.boxes import FoldedGraph, Item, TooMany
from ...views.chain_rule import name
from ..base import Painted, page_start
from ..rows import NodesPane

WIDTH, HEIGHT = 16, 5
FRAMES = {
    "unicode": {"node": "╭─╮│╰╯", "current": "┏━┓┃┗┛", "scope": "╔═╗║╚╝"},
    "ascii": {"node": ".-.|''", "current": "#=##'#", "scope": "+-+|++"},
}


class GraphPane(Painted, can_focus=True):
    """Draws a FoldedGraph; the boxes are painted at each move, the wires laid out once a fold."""

    BINDINGS = bindings("drawing")

    def __init__(self, session: SteppingSession, graph: FoldedGraph, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.graph = graph
        self.border_title = "graph"
        self.message = ""
        self.items: list[Item] = []
        self.index: dict[Item, int] = {}
        self.drawing: Drawing | None = None
        self.edges_into: dict[int, list[int]] = {}
        self.boxes_at: dict[int, list[Box]] = {}
        self._lit: set[tuple[int, int]] = set()

    # Laying out

    def lay_out(self) -> None:
        """Draw anew, after a fold."""
        try:
            self.items, edges = self.graph.draw()
        except TooMany as error:
            self.message, self.drawing, self.items, self.index = str(error), None, [], {}
            self.boxes_at.clear()
            self.virtual_size = Size(0, 0)
            self.refresh()
            return
        self.message = ""
        self.index = {item: i for i, item in enumerate(self.items)}
        boxes = [BoxSpec(i, WIDTH, HEIGHT) for i in range(len(self.items))]
        self.drawing = draw(boxes, edges, self.glyphs.name)
        self.edges_into = {}
        for edge, (_, target) in enumerate(edges):
            self.edges_into.setdefault(target, []).append(edge)
        self.boxes_at = {}
        for box in sorted(self.drawing.boxes.values(), key=lambda box: box.x):
            for y in range(box.y, box.y + box.height):
                self.boxes_at.setdefault(y, []).append(box)
        self.virtual_size = Size(self.drawing.width, self.drawing.height)
        self.refresh()
        self.call_after_refresh(self.follow)  # once it is known which scrollbars take a cell

    def box_of(self, node: int) -> Box | None:
        """The box a node is drawn in."""
        at = self.index.get(self.graph.item_of(node))
        return self.drawing.boxes[at] if self.drawing and at is not None else None

    def follow(self) -> None:
        """Bring the selected node's box into sight and repaint what changed."""
        if not self.drawing and not self.message:
            self.lay_out()
        self._light()
        if box := self.box_of(self.session.selected):
            x = page_start(box.x, box.width, self.inner.width)
            y = page_start(box.y, box.height, self.inner.height)
            self.scroll_to(x, y, animate=False, force=True, immediate=True)
        self.sync()

    def _light(self) -> None:
        """Collect the cells of the wires into the current node's box."""
        self._lit = set()
        current = self.session.current
        if self.drawing and current is not None and self.session.playback.position:
            at = self.index.get(self.graph.item_of(current), -1)
            for edge in self.edges_into.get(at, ()):
                self._lit.update(self.drawing.wires[edge])

    def on_resize(self) -> None:
        """Keep the selected box in sight."""
        if self.display and self.is_mounted:
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
            (ch, "lit" if (x, row) in self._lit else "dim")
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
        item = self.items[box.key]
        current = self.session.current is not None and (self.graph.item_of(self.session.current) == item)
        selected = self.graph.item_of(self.session.selected) == item
        kind = "current" if current else "scope" if item.scope else "node"
        a, top, b, side, c, d = tuple(FRAMES[self.glyphs.name][kind])
        mark = ("lit " * current + "selected" * (selected and self.has_focus)).strip()
        if line in (0, box.height - 1):
            ends = (a, b) if line == 0 else (c, d)
            return [(ch, mark) for ch in f"{ends[0]}{top * (WIDTH - 2)}{ends[1]}"]
        text, style = self._content(item, line - 1)
        inside = [(ch, f"{style} {mark}".strip()) for ch in _cells(text, WIDTH - 2)]
        return [(side, mark), *inside, (side, mark)]

    def _content(self, item: Item, line: int) -> Piece:
        room, signs = WIDTH - 2, self.glyphs
        if item.scope:
            size = self.graph.sizes[item.scope]
            texts = (item.scope.rpartition("/")[2], f"{size:,} node{'s'[: size != 1]}")
            text = plain(texts[line]) if line < 2 else ""
            return fitted(text, room, signs.ellipsis), "strong" if line == 0 else "dim"
        recording, playback = self.session.recording, self.session.playback
        if line == 0:
            op = recording.ops[item.node]
            symbol = plain(op.symbol) if op else ""
            stop = signs.breakpoint if self.session.breakpoints.on(item.node) else ""
            named = item.node in recording.labels
            text = f"{stop}{name(recording, item.node)} {symbol if named else ''}"
            return fitted(text, room, signs.ellipsis), "strong"
        if line > 2:
            return " " * room, ""
        field: Field = "data" if line == 1 else "grad"
        x = playback.value(item.node, field)
        changed = signs.changed if (item.node, field) in self.session.changed else " "
        style = "changed" if changed != " " else sign_style(x) if field == "grad" else ""
        return f"{field[0]}{changed}{number(x, field == 'grad'):>{room - 2}}", style

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

    def action_fold(self) -> None:
        """Open the folded scope, or fold the scope the node is in."""
        self.graph.toggle(self.graph.item_of(self.session.selected))
        self.lay_out()
        self.follow()

    def reveal(self) -> None:
        """Open the scopes around the selected node."""
        while (item := self.graph.item_of(self.session.selected)).scope:
            self.graph.toggle(item)
        self.lay_out()
        self.follow()

    def fold_to(self, depth: int) -> None:
        """Show some levels of scopes only."""
        self.graph.fold_to(depth)
        self.lay_out()
        self.follow()

    def open_all(self) -> None:
        """Open every scope, where that can still be drawn."""
        self.fold_to(1 << 30)


def _cells(text: str, width: int) -> list[str]:
    """Split a text into its terminal cells; combining marks stay with their base."""
    from rich.cells import cell_len

    cells: list[str] = []
    for ch in text:
        wide = cell_len(ch)
        if wide == 0 and cells:
            cells[-1] += ch
        else:
            cells += [ch, *[""] * (wide - 1)]
    return cells[:width] + [" "] * (width - len(cells))
