"""The stepping screen: keys go to the session, news of the session go to the panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from ..bindings import bindings
from ..keys import Do
from ..panes.bars import KeyBar, LossPane, NoteBar, Timeline, TitleBar
from ..panes.base import Painted
from ..panes.graph.drawn import GraphPane
from ..panes.graph.step import StepPane
from ..panes.graph.table import TablePane
from ..panes.graph.tree import TreePane
from ..panes.prompt import Prompt
from ..panes.rows import NodesPane
from ..sessions.stepping import SteppingSession
from ..views.boxes import FoldedGraph
from ..views.outline import Outline
from .base import BaseScreen
from .player import Player

if TYPE_CHECKING:
    from .folding import Folder

LARGE = 20_000  # nodes from which a new recording or a file takes long enough to say so


class SteppingScreen(BaseScreen[SteppingSession]):
    """Panes on one graph: its tree or its drawing, its table, the step, the timeline."""

    CONTEXT = "graph"
    BINDINGS = bindings("graph")
    FOOTER: tuple[str, ...] = ("graph",)

    def __init__(self, session: SteppingSession) -> None:
        super().__init__(session)
        # Made here, not where they are drawn: the opening of a large graph does this in a thread.
        self.outline = Outline(session.recording)
        self.graph = FoldedGraph(session.recording)
        self.player = Player(self, lambda: self.do(Do(lambda s: s.moving.next_step())))
        self.folder: Folder | None = None

    def compose(self) -> ComposeResult:
        """Lay out the panes; where they stand is the stylesheet's business."""
        session = self.session
        yield TitleBar(session, id="title")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield TreePane(session, self.outline, id="tree")
                yield GraphPane(session, self.graph, id="graph")
            with Vertical(id="right"):
                yield TablePane(session, id="table")
                yield StepPane(session, id="wide-step")
        yield StepPane(session, id="step")
        yield LossPane(session, id="loss")
        yield Timeline(session, id="timeline")
        yield NoteBar(session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar(*self.FOOTER, session=session, id="keys")

    def on_mount(self) -> None:
        """Start in the tree."""
        self.query_one(GraphPane).display = False
        self.query_one(TreePane).focus()

    def on_resize(self) -> None:
        """Give the keyboard back to a pane once there is room for it again."""
        self.call_after_refresh(self._focus_something)

    def _focus_something(self) -> None:
        if self.focused is None and self.app.app_focus:
            self.view.focus()

    # Panes

    def sync_panes(self) -> None:
        """Let every pane repaint what the session changed."""
        for pane in self.query(Painted):
            if pane.display:
                pane.follow()

    @property
    def view(self) -> TreePane | GraphPane:
        """The view of the graph that shows: the tree or the drawing."""
        graph = self.query_one(GraphPane)
        return graph if graph.display else self.query_one(TreePane)

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table, if it is in sight."""
        if context == "timeline":
            return self.query_one(Timeline)
        shown = ("drawing",) if isinstance(self.view, GraphPane) else ("tree", "rows")
        return self.view if context in shown else super().owner(context)

    def on_nodes_pane_selected(self, event: NodesPane.Selected) -> None:
        """A pane's cursor moved."""
        self.session.select(event.node)
        self.sync_panes()

    def on_timeline_pointed(self, event: Timeline.Pointed) -> None:
        """The mouse pointed at a position."""
        self.do(Do(lambda s: s.moving.go_to(event.position)))

    def on_screen_resume(self) -> None:
        """Another screen closed."""
        self.sync_panes()

    # Actions

    def do(self, action: Do[SteppingSession]) -> None:
        """Call the session and show what came of it; first say so if it will take long."""
        if action.slow and self.session.recording.node_count >= LARGE:
            self.show_note(action.slow)
            self.call_after_refresh(self._do, action)
        else:
            self._do(action)

    def _do(self, action: Do[SteppingSession]) -> None:
        self.session.do(action.act)
        if action.reveals:
            self.view.reveal()
        self.sync_panes()

    def action_play(self) -> None:
        """Start or stop playing."""
        self.show_note(self.player.toggle())

    def action_faster(self) -> None:
        """Play faster."""
        self.show_note(self.player.faster())

    def action_slower(self) -> None:
        """Play slower."""
        self.show_note(self.player.slower())

    def action_view(self) -> None:
        """Swap the tree and the drawn graph."""
        tree, graph = self.query_one(TreePane), self.query_one(GraphPane)
        tree.display, graph.display = graph.display, tree.display
        self.set_class(graph.display, "-drawn")
        if not self.query_one("#panes").display:
            shown = "drawn graph" if graph.display else "expression tree"
            self.show_note(f"the {shown} needs 60x20")
        self.view.focus()
        self.call_after_refresh(self.view.follow)

    def action_show_fold(self) -> None:
        """Show which lines of numpy the graph folds into."""
        from .folding import Folder

        self.folder = self.folder or Folder(self, self.outline)
        self.folder.show()

    def action_fold_to(self, depth: int) -> None:
        """Fold the view to a depth."""
        self.view.fold_to(depth)

    def action_open_all(self) -> None:
        """Open everything in the view."""
        self.view.open_all()

    def action_fold_all(self) -> None:
        """Fold everything in the view."""
        self.view.fold_to(1)
