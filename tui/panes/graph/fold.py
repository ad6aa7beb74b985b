"""The fold on screen: its stages, its lines of numpy, what one of them does, its nodes in the tree."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from ...bindings import bindings
from ...sessions.stepping import SteppingSession
from ...text.format import fitted
from ...text.lines import Line
from ...views.fold import line_text, stages_text, wrapped
from ...views.graph.outline import Outline, TreeRow
from ..base import LinesPane
from ..rows import RowsPane
from .tree import TreePane

if TYPE_CHECKING:  # it brings numpy
    from ....engine.compile.explain.explain import ExplainedStatement, Folding

COUNT = 7


class StatementsPane(RowsPane):
    """The lines of numpy, forward and backward, each pass below a heading."""

    BINDINGS = bindings("statements")

    @dataclass
    class Pointed(Message):
        """The cursor moved to another line."""

    @dataclass
    class Entered(Message):
        """The nodes of the line under the cursor are wanted."""

    def __init__(self, folding: Folding, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.folding = folding
        self.shown: list[ExplainedStatement | str] = [
            "forward",
            *folding.forward,
            "backward",
            *folding.backward,
        ]
        self.border_title = "lines of numpy"

    @property
    def pointed(self) -> ExplainedStatement | None:
        """The line under the cursor, None on a heading."""
        here = self.shown[self.cursor]
        return None if isinstance(here, str) else here

    def count(self) -> int:
        """The number of lines, and the headings."""
        return len(self.shown)

    def node_at(self, index: int) -> int:
        """The first node behind a line, -1 if there is none."""
        line = self.shown[index]
        nodes = () if isinstance(line, str) else self.folding.nodes_of(line)
        return nodes[0] if nodes else -1

    def row(self, index: int, width: int) -> Line:
        """Draw a line: its number, its source, how many nodes are behind it."""
        line = self.shown[index]
        if isinstance(line, str):
            count = len(self.folding.forward if line == "forward" else self.folding.backward)
            return ((fitted(f"{line}, {count:,} lines", width, self.glyphs.ellipsis), "strong"),)
        nodes = f"{len(self.folding.nodes_of(line)):>{COUNT},}"
        number = f"{line.number:>3} "
        room = max(1, width - len(number) - COUNT - 1)
        text = f"  {line.text}" if line.role else line.text
        style = "dim" if line.role else ""
        return (
            (number, "dim"),
            (fitted(text, room, self.glyphs.ellipsis), style),
            (f" {'' if line.role else nodes:>{COUNT}}", "dim"),
        )

    def move(self, index: int) -> None:
        """Move the cursor to a line, and have it explained."""
        self.show(index)
        self.post_message(self.Pointed())
        self.sync()

    def point_to(self, node: int) -> None:
        """Move the cursor to the forward line a node is behind, if it is an operation."""
        array_op = self.folding.array_op_of[node]
        here = self.pointed
        if array_op >= 0 and (here is None or here.array_op != array_op):
            self.show(self.shown.index(self.folding.statement_of[array_op]))

    def action_enter(self) -> None:
        """Ask for the line's nodes."""
        self.post_message(self.Entered())


class Marks:
    """Where the nodes behind each line stand in the tree with everything open."""

    def __init__(self, folding: Folding, outline: Outline) -> None:
        self.array_op_of = folding.array_op_of
        place_of = outline.tree.place_of
        self.places = [
            array("q", sorted(place_of[node] for node in those.nodes)) for those in folding.behind
        ]

    def any_within(self, array_op: int, start: int, end: int) -> bool:
        """Whether a node of the array operation stands from one place on to before another."""
        places = self.places[array_op] if array_op >= 0 else ()
        at = bisect_left(places, start)
        return at < len(places) and places[at] < end


class MarkedTree(TreePane):
    """The tree, with a bar beside the nodes behind the line under the cursor, and what hides them."""

    def __init__(
        self, session: SteppingSession, outline: Outline, marks: Marks, **kwargs: str | None
    ) -> None:
        super().__init__(session, outline, **kwargs)
        self.marks = marks
        self.array_op = -2
        """Whose nodes are marked; -2 for none, as leaves have -1."""

    def row(self, index: int, width: int) -> Line:
        """Draw one row, lit if its node is marked or hidden in it."""
        current, _, text, *rest = super().row(index, width)
        if not self._is_marked(self.outline[index]):
            return (current, (" ", ""), text, *rest)
        return (current, (self.glyphs.mark, "changed"), (text[0], "lit"), *rest)

    def _is_marked(self, row: TreeRow) -> bool:
        if row.kind != "scope" and self.marks.array_op_of[row.node] == self.array_op:
            return True
        hidden = self.outline.hidden_in(row)
        return bool(hidden) and self.marks.any_within(self.array_op, hidden.start, hidden.stop)


class StagesPane(LinesPane):
    """How many there were at each stage, in a line or two."""

    def __init__(self, folding: Folding, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.folding = folding

    def make(self, width: int, height: int) -> list[Line]:
        """Join the stages by arrows."""
        lines = [""]
        for i, stage in enumerate(self.folding.stages):
            text = f"{stage.count:,} {stage.unit}"
            text = f" {self.glyphs.arrow} {text}" if i else text
            if len(lines[-1]) + len(text) > width:
                lines.append("")
            lines[-1] += text if lines[-1] else text.lstrip()
        return [((fitted(line, width, self.glyphs.ellipsis), ""),) for line in lines]


class ExplanationPane(LinesPane):
    """What the line under the cursor does; on a heading, the stages in words."""

    def __init__(self, session: SteppingSession, folding: Folding, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.folding = folding
        self.pointed: ExplainedStatement | None = None
        self.border_title = "what it does"

    def make(self, width: int, height: int) -> list[Line]:
        """Explain the line, or the stages."""
        if self.pointed is None:
            words = stages_text(self.folding, width)
            return [((fitted(line, width, self.glyphs.ellipsis), ""),) for line in words]
        lines: list[Line] = []
        for title, text in line_text(self.folding, self.session.recording, self.pointed):
            for i, line in enumerate(wrapped(title, text, width)):
                style = "strong" if not title else "" if title == "PyTorch" else "dim"
                shown = fitted(line, width, self.glyphs.ellipsis)
                head = title if title and not i else ""
                lines.append(((head, "dim"), (shown[len(head) :], style)))
        return lines
