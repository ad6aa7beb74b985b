"""The expression tree: the graph unrolled from its root, folded by branch and by scope."""

from ...bindings import bindings
from ...sessions.stepping import SteppingSession
from ...text.format import fitted, number, plain
from ...text.lines import Line, sign_style
from ...views.graph.outline import Outline, TreeRow
from ...views.steps.chain_rule import formula, name
from ..rows import NodesPane

NUMBER = 10
WIDEST = 60
"""The most cells before the numbers: they stand near the names, however wide the pane."""


class TreePane(NodesPane):
    """The rows of an Outline; a shared node stands once, references elsewhere jump to it."""

    BINDINGS = bindings("tree")

    def __init__(self, session: SteppingSession, outline: Outline, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.outline = outline
        self.cursor = outline.nearest(session.selected)
        self.border_title = "expression tree"

    def count(self) -> int:
        """The number of visible rows."""
        return len(self.outline)

    def node_at(self, index: int) -> int:
        """The node of a row; of a scope's heading, the node through which it is entered."""
        return self.outline[index].node

    def follow(self) -> None:
        """Show the selected node, or the fold that hides it, and repaint what changed."""
        rows = self.outline
        if self.cursor >= len(rows) or rows[self.cursor].node != self.session.selected:
            self.follow_to(self.outline.nearest(self.session.selected))
        self.sync()

    def sync(self) -> None:
        """Look up once where the current node is, then repaint what differs."""
        current = self.session.current
        self._current_row = -1 if current is None else self.outline.nearest(current)
        super().sync()

    # Drawing

    def row(self, index: int, width: int) -> Line:
        """Draw one row."""
        row, signs = self.outline[index], self.glyphs
        current = index == self._current_row
        made = self.session.playback.value(row.node, "data") is not None
        numbers = self._numbers(row) if made and row.kind != "scope" and width >= 30 else ()
        left = (signs.current if current else " ", "changed")
        stop = row.kind == "node" and self.session.breakpoints.on(row.node)
        room = min(width - 2 - sum(len(text) for text, _ in numbers), WIDEST)
        # What forward has not computed yet is not there: the tree grows from its leaves.
        shown = f"{self._sign(row)} {self._text(row)}" if made or row.kind == "scope" else signs.waiting
        text = f"{self._indent(row.depth, width)}{shown}"
        dim = row.kind == "reference" or not made
        style = "strong" if current or (row.kind == "scope" and made) else "dim" if dim else ""
        return (
            left,
            (signs.breakpoint if stop else " ", "breakpoint"),
            (fitted(text, room, signs.ellipsis), style),
            *numbers,
        )

    def _indent(self, depth: int, width: int) -> str:
        unit = 1 if width < 50 else 2
        deepest = max(3, width // (4 * unit))
        if depth <= deepest:
            return " " * (unit * depth)
        return f"{self.glyphs.ellipsis}{depth} ".rjust(unit * deepest)

    def _sign(self, row: TreeRow) -> str:
        if row.kind == "reference":
            return self.glyphs.reference
        if not self.outline.can_fold(row):
            return " "
        return self.glyphs.opened if self.outline.is_open(row) else self.glyphs.folded

    def _text(self, row: TreeRow) -> str:
        if row.kind == "scope":
            size = self.outline.sizes[row.scope]
            return f"{plain(row.scope.rpartition('/')[2])}  {size:,} node{'s'[: size != 1]}"
        if row.kind == "reference":
            return name(self.session.recording, row.node)
        if flat := self.outline.sum_of(row):
            called, text = name(self.session.recording, row.node), flat.text(self.glyphs.total)
            named = row.node in self.session.recording.labels
            return f"{called} = {text}" if named else f"{text}  {called}"
        return formula(self.session.recording, row.node)

    def _numbers(self, row: TreeRow) -> Line:
        playback, changed = self.session.playback, self.session.changed
        grad = playback.value(row.node, "grad")
        stale = bool(grad) and playback.stale
        unchanged = self.glyphs.stale if stale else " "
        mark = self.glyphs.changed if (row.node, "grad") in changed else unchanged
        shown: Line = (
            (f" {mark}", "dim" if stale else "changed"),
            (f"{number(grad, True):>{NUMBER}}", "dim" if stale else sign_style(grad)),
        )
        if self.inner.width >= 48:
            data = number(playback.value(row.node, "data"))
            typed = self.glyphs.override if row.node in self.session.editing.overrides else " "
            mark = self.glyphs.changed if (row.node, "data") in changed else typed
            shown = ((f" {mark}", "changed"), (f"{data:>{NUMBER}}", ""), *shown)
        return shown

    # Folding

    def action_fold(self) -> None:
        """Fold or open; on a reference, jump to the node itself."""
        row = self.outline[self.cursor]
        if row.kind == "reference":
            self.move(self.outline.reveal(row.node))
        else:
            self.outline.toggle(self.cursor)
            self.move(self.cursor)

    def action_outwards(self) -> None:
        """Fold the branch; where it is folded, go to the row above it."""
        rows, row = self.outline, self.outline[self.cursor]
        if row.kind != "reference" and self.outline.can_fold(row) and self.outline.is_open(row):
            self.outline.fold(self.cursor)
            self.move(self.cursor)
            return
        above = self.cursor
        while above and rows[above].depth >= row.depth:
            above -= 1
        self.move(above)

    def action_inwards(self) -> None:
        """Open the branch; where it is open, go into it."""
        row = self.outline[self.cursor]
        if row.kind != "reference" and self.outline.can_fold(row) and self.outline.is_open(row):
            self.move(self.cursor + 1)
        elif row.kind == "reference" or self.outline.can_fold(row):
            self.action_fold()

    def reveal(self) -> None:
        """Open whatever hides the selected node."""
        index = self.outline.reveal(self.session.selected)
        self.sync()  # first take the new length, or there is nowhere to scroll to
        self.show(index)
        self.sync()

    def fold_to(self, depth: int) -> None:
        """Show some levels only."""
        self.outline.fold_to(depth)
        self.cursor = self.outline.nearest(self.session.selected)
        self.follow()

    def open_all(self) -> None:
        """Show everything."""
        self.outline.open_all()
        self.cursor = self.outline.nearest(self.session.selected)
        self.follow()
