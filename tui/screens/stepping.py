"""The stepping screen: keys go to the session, news of the session go to the panes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from ..bindings import bindings
from ..keys import Do
from ..panes.bars import KeyBar, LossPane, NoteBar, Timeline, TitleBar
from ..panes.base import Painted
from ..panes.graph.attention import AttentionPane
from ..panes.graph.drawn import GraphPane
from ..panes.graph.right import RightPane
from ..panes.graph.selected import SelectedPane
from ..panes.graph.source import SourcePane
from ..panes.graph.step import StepPane
from ..panes.graph.table import TablePane
from ..panes.graph.tree import TreePane
from ..panes.prompt import Prompt
from ..panes.rows import NodesPane
from ..sessions.stepping import SteppingSession
from ..views.graph.attention import fold_in_attention
from ..views.graph.boxes import FoldedGraph
from ..views.graph.folds import Fold, fold_in_drawing, fold_in_tree
from ..views.graph.outline import Outline
from ..views.graph.sums import find_sums
from .experiments.experimenting import LARGE, ExperimentingScreen
from .experiments.predicting import PredictingScreen
from .filling import Filling
from .player import PlayingScreen

if TYPE_CHECKING:
    from .folding import Folder

BARS = 5  # lines that are bars
SHORTEST_STEP, STEP, LONGEST_STEP = 5, 9, 12  # rows of the step below the other panes, with its border

CALLED = {"-tree": "expression tree", "-drawn": "drawn graph", "-attention": "view of attention"}


class SteppingScreen(
    PlayingScreen[SteppingSession], PredictingScreen[SteppingSession], ExperimentingScreen
):
    """Panes on one graph: its tree or its drawing, its table, the step, the timeline."""

    CONTEXT = "graph"
    BINDINGS = bindings("graph")
    FOOTER: tuple[str, ...] = ("graph",)

    def __init__(self, session: SteppingSession, apart: str = "") -> None:
        """`apart` is a scope that the drawing does not put together with others of its kind."""
        super().__init__(session)
        # Made here, not where they are drawn: the opening of a large graph does this in a thread.
        sums = find_sums(session.recording)
        self.outline = Outline(session.recording, sums)
        self.graph = FoldedGraph(session.recording, sums, apart)
        self.filling = Filling(self)
        self.folder: Folder | None = None
        session.moving.scopes.fold_of = self.fold_of

    def compose(self) -> ComposeResult:
        """Lay out the panes; where they stand is the stylesheet's business."""
        session = self.session
        yield TitleBar(session, id="title")
        with Container(id="panes"):
            yield TreePane(session, self.outline, id="tree")
            yield GraphPane(session, self.graph, id="graph")
            yield SourcePane(session, id="source")
            yield AttentionPane(session, id="attention")
            yield TablePane(session, id="table")
            selected = SelectedPane(session, id="selected")
            yield StepPane(session, selected, id="wide-step")
            yield selected
            if session.beside:
                yield RightPane(session, session.beside, id="right-step")
        yield StepPane(session, id="step")
        yield LossPane(session, id="loss")
        yield Timeline(session, id="timeline")
        yield NoteBar(session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar(*self.FOOTER, session=session, id="keys")

    def on_mount(self) -> None:
        """Start in the tree."""
        for pane in self.query("StepPane, SelectedPane, SourcePane, RightPane"):
            pane.can_focus = True  # to fill the screen
        self.set_class(self.session.has_source, "-sourced")
        self.set_class(self.session.beside is not None, "-beside")
        self.set_focus(self.query_one(TreePane))  # at once: `focus()` would come after a question

    def on_resize(self) -> None:
        """Share the rows out, and give the keyboard back to a pane once there is room for it again."""
        self._share_rows()
        self.call_after_refresh(self._focus_something)

    def _share_rows(self) -> None:
        """Give the step what rows the list of nodes leaves: few nodes are all in sight."""
        left = self.size.height - BARS - self.session.recording.node_count - 2  # border and header
        step, panes = self.query_one("#step"), self.query_one("#panes")
        alone = self.has_class("-tiny") or self.has_class("-short") or self.filling.pane is step
        rows = STEP if left < SHORTEST_STEP else min(left, LONGEST_STEP)
        step.styles.height = "1fr" if alone else rows
        if self._table_over_step and left >= SHORTEST_STEP // 2:
            panes.styles.grid_rows = f"1fr {max(left, STEP - 2)}"
        else:
            panes.styles.clear_rule("grid_rows")

    @property
    def _table_over_step(self) -> bool:
        """Whether the table and the step share a column."""
        wide = self.has_class("-wide") or (self.has_class("-extra") and self.has_class("-tall"))
        return wide and not (self.has_class("-drawn") or self.has_class("-attention"))

    def _focus_something(self) -> None:
        if self.focused is None and self.app.app_focus:
            self.shown.focus()

    # Panes

    def sync_panes(self) -> None:
        """Let every pane repaint what the session changed."""
        for pane in self.query(Painted):
            if pane.display:
                pane.follow()

    @property
    def view(self) -> TreePane | GraphPane:
        """The view of the graph that shows: the tree or the drawing; of both, the one with the focus."""
        tree, graph = self.query_one(TreePane), self.query_one(GraphPane)
        beside = graph.display and tree.display
        return graph if graph.has_focus or (graph.display and not beside) else tree

    @property
    def shown(self) -> TreePane | GraphPane | AttentionPane:
        """The pane that shows the graph, whichever way."""
        return self.query_one(AttentionPane) if self.has_class("-attention") else self.view

    def fold_of(self, node: int) -> Fold | None:
        """What hides a node in the view that shows: steps pass over it as one."""
        if self.has_class("-attention"):
            return fold_in_attention(self.session.recording, node)
        if isinstance(self.view, GraphPane):
            return fold_in_drawing(self.graph, node)
        return fold_in_tree(self.outline, node)

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table, if it is in sight."""
        if context == "timeline":
            return self.query_one(Timeline)
        if self.has_class("-attention"):
            return self.query_one(AttentionPane) if context == "attention" else super().owner(context)
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
        owes = action.goes_on and self.session.editing.owes
        slow = "backward on the new numbers ..." if owes else action.slow
        if slow and self.session.recording.node_count >= LARGE:
            self.show_note(slow)
            self.call_after_refresh(self._do, action)
        else:
            self._do(action)

    def _do(self, action: Do[SteppingSession]) -> None:
        self.session.do(action.act)
        if action.reveals:
            self.view.reveal()
        self.sync_panes()

    def action_view(self) -> None:
        """Show the next view of the graph: tree, drawing, and attention where there is any."""
        views = ("-tree", "-drawn", "-attention") if self.session.attention else ("-tree", "-drawn")
        here = next((i for i, view in enumerate(views) if self.has_class(view)), 0)
        shown = views[(here + 1) % len(views)]
        for view in views:
            self.set_class(view == shown, view)
        self._share_rows()
        if not self.query_one("#panes").display:
            self.show_note(f"the {CALLED[shown]} needs 60x20")
        self.shown.focus()
        self.call_after_refresh(self.sync_panes)

    def action_source(self) -> None:
        """Show the source in the place of the tree and the table, or beside them where there is room."""
        if not self.session.has_source:
            self.show_note("no lines of a program are known here; open FILE.py records them")
            return
        roomy = self.has_class("-wide") or self.has_class("-extra")
        self.toggle_class("-unsourced" if roomy else "-source")
        self._share_rows()
        self.call_after_refresh(self.sync_panes)

    def action_printed(self) -> None:
        """Show what the program printed."""
        from .printed import show_printed

        show_printed(self, self.session.opened.printed)

    def action_fill(self) -> None:
        """Let a pane fill the screen, or bring all back."""
        panes = [*self.query_one("#panes").children, self.query_one("#step")]
        if not self.query_one("#panes").display and not self.filling.pane:
            panes.clear()  # the step fills it already
        self.show_note(self.filling.toggle(panes, self.shown))
        self._share_rows()
        self.call_after_refresh(self.sync_panes)

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
