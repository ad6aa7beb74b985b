"""The node table: data and grad of every node, in the order the backward pass visits them."""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

from array import array

from ....engine.recording.log import Field
from ...sessions.stepping import SteppingSession
from ...text.format import cells, fitted, number, plain
from ...text.lines import Line, Piece, sign_style
from ...views.steps.chain_rule import name, place
from ...views.steps.wrong import differ
from ..rows import NodesPane

NUMBER = 10
WIDEST = 40
"""The most cells of a name: its numbers stand near it, however wide the pane."""


class TablePane(NodesPane):
    """One row a node; what the last step wrote carries a sign and a colour."""

    HEADER = True

    def __init__(self, session: SteppingSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.order = _backward_order(session)
        self.row_of = array("I", bytes(4 * len(self.order)))
        for row, node in enumerate(self.order):
            self.row_of[node] = row
        self.cursor = self.row_of[session.selected]
        self.border_title = "nodes, in backward order"

    def count(self) -> int:
        """The number of nodes."""
        return len(self.order)

    def node_at(self, index: int) -> int:
        """The node visited index-th by the backward pass."""
        return self.order[index]

    def follow(self) -> None:
        """Show the selected node and repaint what changed."""
        if self.order[self.cursor] != self.session.selected:
            self.follow_to(self.row_of[self.session.selected])
        self.sync()

    def header(self, width: int) -> Line:
        """Draw the columns' names."""
        words, op = self._widths(width)
        titles = f"   {'node':{words}} {'op'[:op]:{op}}{'data':>{NUMBER + 1}} {'grad':>{NUMBER + 1}}"
        if self.session.beside:
            titles += f" {'right':>{NUMBER + 1}}"
        return ((titles[:width], "header"),)

    def row(self, index: int, width: int) -> Line:
        """Draw one node."""
        node, session, signs = self.order[index], self.session, self.glyphs
        words, op_width = self._widths(width)
        op = session.recording.ops[node]
        current = session.current == node
        made = session.playback.value(node, "data") is not None
        return (
            (signs.current if current else " ", "changed"),
            (signs.breakpoint if session.breakpoints.on(node) else " ", "breakpoint"),
            (" ", ""),
            (
                fitted(self._called(node, words), words, signs.ellipsis),
                _name_style(current, made),
            ),
            (" ", ""),
            (fitted(plain(op.symbol) if op else "", op_width, signs.ellipsis), "dim"),
            *self._number(node, "data"),
            (" ", ""),
            *self._number(node, "grad"),
            *self._right(node),
        )

    def _right(self, node: int) -> tuple[Piece, ...]:
        """The gradient in the right pass that stands beside this one, marked where they differ."""
        beside = self.session.beside
        if beside is None:
            return ()
        right = beside.playback.value(node, "grad")
        apart = differ(self.session.playback.value(node, "grad") or 0.0, right or 0.0, 1e-9)
        return (
            (f" {self.glyphs.differs if apart else ' '}", "warning"),
            (f"{number(right, signed=True):>{NUMBER}}", "warning" if apart else "dim"),
        )

    def _called(self, node: int, room: int) -> str:
        """A leaf's name, which other leaves may share, with its scope where there is room."""
        recording = self.session.recording
        shared = recording.ops[node] is None and node in recording.labels
        full = place(recording, node) if shared else ""
        return full if 0 < cells(full) <= room else name(recording, node)

    def _number(self, node: int, field: Field) -> tuple[Piece, Piece]:
        x = self.session.playback.value(node, field)
        changed = (node, field) in self.session.changed
        grad = field == "grad"
        stale = grad and bool(x) and self.session.playback.stale
        style = "dim" if stale else "changed" if changed and not grad else sign_style(x) if grad else ""
        typed = not grad and node in self.session.editing.overrides
        unchanged = self.glyphs.stale if stale else self.glyphs.override if typed else " "
        return (
            (self.glyphs.changed if changed else unchanged, "dim" if stale else "changed"),
            (f"{number(x, signed=grad):>{NUMBER}}", style),
        )

    def _widths(self, width: int) -> tuple[int, int]:
        """The cells left for the node's name and for its op; numbers are never cut."""
        columns = 3 if self.session.beside else 2
        left = width - 3 - 1 - columns * (NUMBER + 2) + 1
        op = 7 if left >= 20 else 4 if left >= 13 else 0
        return min(WIDEST, max(1, left - op)), op


def _name_style(current: bool, made: bool) -> str:
    return "strong" if current else "" if made else "dim"


def _backward_order(session: SteppingSession) -> array[int]:
    """Every node where the last backward phase visits it first; unvisited ones at the end."""
    recording = session.recording
    passes = [phase for phase in recording.phases if phase.name == "backward"]
    seen = bytearray(recording.node_count)
    order = array("I")
    for step in range(passes[-1].start, passes[-1].end) if passes else ():
        node = recording.step_node[step]
        if node >= 0 and not seen[node]:
            seen[node] = 1
            order.append(node)
    order.extend(node for node in range(recording.node_count - 1, -1, -1) if not seen[node])
    return order
