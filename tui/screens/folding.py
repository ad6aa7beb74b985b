"""The fold of a graph: which scalar nodes became which line of numpy, on top of the stepping screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from ..bindings import bindings
from ..live.background import Task
from ..panes.bars import KeyBar, NoteBar, TitleBar
from ..panes.base import Painted
from ..panes.graph.fold import ExplanationPane, MarkedTree, Marks, StagesPane, StatementsPane
from ..panes.rows import NodesPane
from ..sessions.folding import fold_opened
from ..sessions.stepping import SteppingSession
from ..sessions.target import BadTarget
from ..views.fold import count_line
from ..views.graph.outline import Outline
from .base import BaseScreen

if TYPE_CHECKING:  # it brings numpy
    from ...engine.compile.explain.explain import Folding


class FoldingScreen(BaseScreen[SteppingSession]):
    """The tree on the left, the lines of numpy on the right; each shows what is selected in the other."""

    CONTEXT = "folding"
    BINDINGS = bindings("folding")

    def __init__(
        self,
        session: SteppingSession,
        outline: Outline,
        folding: Folding,
        marks: Marks,
        leave: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(session)
        self.leave = leave
        self.outline, self.folding, self.marks = outline, folding, marks

    def compose(self) -> ComposeResult:
        """Lay out the panes; where they stand is the stylesheet's business."""
        yield TitleBar(self.session, id="title")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield MarkedTree(self.session, self.outline, self.marks, id="tree")
            with Vertical(id="right"):
                yield StagesPane(self.folding, id="stages")
                yield StatementsPane(self.folding, id="statements")
                yield ExplanationPane(self.session, self.folding, id="wide-step")
        yield ExplanationPane(self.session, self.folding, id="step")
        yield NoteBar(self.session, id="note")
        yield KeyBar("folding", session=self.session, id="keys")

    def on_mount(self) -> None:
        """Start in the lines."""
        self.query_one(StatementsPane).focus()

    def sync_panes(self) -> None:
        """Let every pane repaint what has changed."""
        pointed = self.query_one(StatementsPane).pointed
        self.query_one(MarkedTree).array_op = pointed.array_op if pointed else -2
        for explanation in self.query(ExplanationPane):
            explanation.pointed = pointed
        for pane in self.query(Painted):
            if pane.display:
                pane.sync()

    def on_screen_resume(self) -> None:
        """Another screen closed."""
        self.call_after_refresh(self.sync_panes)

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table."""
        if context in ("statements", "rows"):
            return self.query_one(StatementsPane)
        return self.query_one(MarkedTree) if context == "tree" else super().owner(context)

    def on_statements_pane_pointed(self) -> None:
        """Another line is under the cursor."""
        pointed = self.query_one(StatementsPane).pointed
        nodes = bool(pointed and self.folding.nodes_of(pointed))
        self.show_note("a bar marks its nodes in the tree; Enter selects the first" if nodes else "")

    def on_statements_pane_entered(self) -> None:
        """Show the first node behind the line."""
        statements = self.query_one(StatementsPane)
        node = statements.node_at(statements.cursor)
        if node < 0:
            self.show_note("this line computes no node of the graph")
            return
        self.session.select(node)
        self.query_one(MarkedTree).reveal()
        self.sync_panes()

    def on_nodes_pane_selected(self, event: NodesPane.Selected) -> None:
        """The tree's cursor moved: point to the line its node is behind."""
        self.session.select(event.node)
        self.query_one(StatementsPane).point_to(event.node)
        line = self.folding.statement_of.get(self.folding.array_op_of[event.node])
        self.show_note(f"line {line.number}: {line.sentence}" if line else "a leaf: nothing computes it")

    # Actions

    def action_back(self) -> None:
        """Go back to stepping."""
        self.session.note = ""
        self.dismiss()

    async def action_quit(self) -> None:
        """Leave as from the screen below: a live run is asked about first."""
        await self.leave()


class Folder:
    """Folds the graph of a screen in a thread, once, and shows it."""

    def __init__(self, screen: BaseScreen[SteppingSession], outline: Outline) -> None:
        self.screen = screen
        self.outline = outline
        self.found: tuple[Folding, Marks] | None = None
        self.note = ""

    def show(self) -> None:
        """Show the fold, as soon as it is there; the keys typed meanwhile are for its screen."""
        self.screen.scheduler.keys.hold()
        if self.found:
            self._push()
            return
        self.screen.show_note(f"folding {self.screen.session.recording.node_count:,} nodes ...")
        self.screen.scheduler.background.run(self._fold, self._folded)

    def _fold(self, task: Task) -> tuple[Folding, Marks] | str:
        try:
            folding, self.note = fold_opened(self.screen.session.opened)
        except BadTarget as error:
            return str(error)
        return folding, Marks(folding, self.outline)

    def _folded(self, found: tuple[Folding, Marks] | str | None, seconds: float) -> None:
        if isinstance(found, str):
            self.screen.show_note(found)
            self._release(self.screen)
        else:
            self.found = found
            self._push()

    def _release(self, screen: Screen[Any]) -> None:
        """Have the keys that came meanwhile handled by this screen."""
        screen.call_after_refresh(self.screen.scheduler.keys.release)

    def _push(self) -> None:
        shown: Screen[Any] = self.screen
        if self.found and self.screen.is_current:
            session, folding = self.screen.session, self.found[0]
            session.note = self.note or f"{count_line(folding)}; Down goes through them, Esc goes back"
            shown = FoldingScreen(session, self.outline, *self.found, self.screen.action_quit)
            self.screen.app.push_screen(shown)
        self._release(shown)
