"""The fold of a graph: which scalar nodes became which line of numpy, on top of the stepping screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from ..bindings import bindings
from ..panes.bars import KeyBar, NoteBar, TitleBar
from ..panes.base import Painted
from ..panes.graph.fold import ExplanationPane, MarkedTree, Marks, StagesPane, StatementsPane
from ..panes.rows import RowsPane
from ..sessions.folding import fold_opened
from ..sessions.stepping import Session
from ..sessions.target import BadTarget
from ..views.fold import count_line
from ..views.outline import Outline
from .stepping import SteppingScreen

if TYPE_CHECKING:  # it brings numpy
    from ...engine.compile.explain.explain import Folding


class FoldingScreen(Screen[None]):
    """The tree on the left, the lines of numpy on the right; each shows what is selected in the other."""

    BINDINGS = bindings("folding")
    HORIZONTAL_BREAKPOINTS = SteppingScreen.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = SteppingScreen.VERTICAL_BREAKPOINTS

    def __init__(
        self,
        session: Session,
        outline: Outline,
        folding: Folding,
        marks: Marks,
        leave: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__()
        self.leave = leave
        self.session, self.outline, self.folding, self.marks = session, outline, folding, marks

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
        yield KeyBar("folding", id="keys")

    def on_mount(self) -> None:
        """Start in the lines."""
        self.query_one(StatementsPane).focus()

    def sync_panes(self) -> None:
        """Let every pane repaint what has changed."""
        pointed = self.query_one(StatementsPane).pointed
        self.query_one(MarkedTree).piece = pointed.piece if pointed else -2
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
        return {"folding": self, "tree": self.query_one(MarkedTree)}.get(context)

    def on_statements_pane_pointed(self) -> None:
        """Another line is under the cursor."""
        pointed = self.query_one(StatementsPane).pointed
        nodes = bool(pointed and self.folding.nodes_of(pointed))
        self.session.note = "a bar marks its nodes in the tree; Enter selects the first" if nodes else ""
        self.sync_panes()

    def on_statements_pane_entered(self) -> None:
        """Show the first node behind the line."""
        statements = self.query_one(StatementsPane)
        node = statements.node_at(statements.cursor)
        if node < 0:
            self.session.note = "no operation of the graph is behind this line"
        else:
            self.session.select(node)
            self.query_one(MarkedTree).reveal()
        self.sync_panes()

    def on_rows_pane_selected(self, event: RowsPane.Selected) -> None:
        """The tree's cursor moved: point to the line its node is behind."""
        self.session.select(event.node)
        self.query_one(StatementsPane).point_to(event.node)
        piece = self.folding.piece_of[event.node]
        line = self.folding.line_of_piece.get(piece)
        self.session.note = (
            f"line {line.number}: {line.sentence}" if line else "a leaf: nothing computes it"
        )
        self.sync_panes()

    # Actions

    def action_back(self) -> None:
        """Go back to stepping."""
        self.session.note = ""
        self.dismiss()

    def action_help(self) -> None:
        """Show the keys."""
        from .help import HelpScreen

        self.app.push_screen(HelpScreen("folding"))

    def action_command_palette(self) -> None:
        """Open the palette."""
        self.app.action_command_palette()

    async def action_quit(self) -> None:
        """Leave as from the screen below: a live run is asked about first."""
        await self.leave()

    def action_suspend_process(self) -> None:
        """Suspend to the shell."""
        self.app.action_suspend_process()


class Folder:
    """Folds the graph of a stepping screen in a thread, once, and shows it."""

    def __init__(self, screen: SteppingScreen) -> None:
        self.screen = screen
        self.found: tuple[Folding, Marks] | None = None
        self.said = ""

    def show(self) -> None:
        """Show the fold, as soon as it is there."""
        self.screen.app.keys.hold()  # type: ignore[attr-defined]
        if self.found:
            self._push()
            return
        session = self.screen.session
        session.note = f"folding {session.recording.node_count:,} nodes ..."
        self.screen.sync_panes()
        self.screen.run_worker(self._work, thread=True, exclusive=True, group="fold")

    def _work(self) -> None:
        session = self.screen.session
        try:
            folding, self.said = fold_opened(session.opened)
        except BadTarget as error:
            self.screen.call_later(self._refuse, str(error))
            return
        self.found = folding, Marks(folding, self.screen.outline)
        self.screen.call_later(self._push)

    def _refuse(self, sentence: str) -> None:
        self.screen.session.note = sentence
        self.screen.sync_panes()
        self._shown(self.screen)

    def _shown(self, screen: Screen[None]) -> None:
        """Let the keys that came meanwhile go to this screen."""
        screen.call_after_refresh(self.screen.app.keys.release)  # type: ignore[attr-defined]

    def _push(self) -> None:
        shown: Screen[None] = self.screen
        if self.found and self.screen.is_current:
            session, folding = self.screen.session, self.found[0]
            session.note = self.said or f"{count_line(folding)}; Down goes through them, Esc goes back"
            outline, leave = self.screen.outline, self.screen.action_quit
            shown = FoldingScreen(session, outline, *self.found, leave)
            self.screen.app.push_screen(shown)
        self._shown(shown)
