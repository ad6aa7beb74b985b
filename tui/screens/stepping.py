"""The stepping screen: keys go to the session, news of the session go to the panes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from ..bindings import bindings
from ..panes.bars import KeyBar, LossPane, NoteBar, Timeline, TitleBar
from ..panes.base import Painted
from ..panes.graph.drawn import GraphPane
from ..panes.graph.step import StepPane
from ..panes.graph.table import TablePane
from ..panes.graph.tree import TreePane
from ..panes.prompt import Prompt
from ..panes.rows import RowsPane
from ..sessions.stepping import Session
from ..text.format import number
from ..views.boxes import FoldedGraph
from ..views.outline import Outline

if TYPE_CHECKING:
    from .folding import Folder

SPEEDS = (0.5, 1, 2, 4, 8, 16, 32)
LARGE = 20_000  # nodes from which a new recording or a file takes long enough to say so
SLOW = {"update": "updating, then forward and backward again ...", "export": "writing ..."}
REVEALING = ("select_input", "select_consumer", "search", "next_match", "previous_match")
QUESTIONS = {
    "jump": "go to step K, or node / op / scope NAME: ",
    "toggle_condition": "stop at nan, inf, zero, |grad| > x, or op / scope / node NAME (empty clears): ",
    "set_learning_rate": "learning rate: ",
    "search": "search: ",
    "export": "export to FILE.json or FILE.txt: ",
}


class SteppingScreen(Screen[None]):
    """Panes on one session. An action is one line into the session, then the panes are synced."""

    BINDINGS = bindings("graph")
    FOOTER: tuple[str, ...] = ("graph",)
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (140, "-extra")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        # Made here, not where they are drawn: the opening of a large graph does this in a thread.
        self.outline = Outline(session.recording)
        self.graph = FoldedGraph(session.recording)
        self.speed = 2
        self.playing: Timer | None = None
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
        yield KeyBar(*self.FOOTER, id="keys")

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
                pane.follow() if hasattr(pane, "follow") else pane.sync()

    @property
    def view(self) -> TreePane | GraphPane:
        """The view of the graph that shows: the tree or the drawing."""
        graph = self.query_one(GraphPane)
        return graph if graph.display else self.query_one(TreePane)

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table, if it is in sight."""
        if context == "graph":
            return self
        if context == "timeline":
            return self.query_one(Timeline)
        shown = "drawing" if isinstance(self.view, GraphPane) else "tree"
        in_rows = context == "rows" and shown == "tree"
        return self.view if context == shown or in_rows else None

    def on_rows_pane_selected(self, event: RowsPane.Selected) -> None:
        """A pane's cursor moved."""
        self.session.select(event.node)
        self.sync_panes()

    def on_screen_resume(self) -> None:
        """Another screen closed."""
        self.sync_panes()

    # Actions

    def action_do(self, name: str) -> None:
        """Call the session."""
        self._do(name, getattr(self.session, name))

    def _do(self, name: str, work: Callable[[], None]) -> None:
        """Do some work on the session and show what came of it; first say so if it will take long."""

        def finish() -> None:
            self.session.note = ""
            work()
            if name in REVEALING:
                self.view.reveal()
            self.sync_panes()

        if name in SLOW and self.session.recording.node_count >= LARGE:
            self.session.note = SLOW[name]
            self.sync_panes()
            self.call_after_refresh(finish)
        else:
            finish()

    async def action_ask(self, name: str) -> None:
        """Ask for the answer an action needs."""
        self.query_one(NoteBar).display = False
        now = number(self.session.learning_rate) if name == "set_learning_rate" else ""
        await self.query_one(Prompt).ask(name, QUESTIONS[name], now)

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """Pass the answer to the session."""
        self.query_one(NoteBar).display = True
        if event.text is None:
            return
        work = self._export if event.action == "export" else getattr(self.session, event.action)
        self._do(event.action, partial(work, event.text))

    def _export(self, name: str) -> None:
        from ..sessions.export import export

        self.session.note = export(self.session.opened.title, self.session.recording, name)

    def action_play(self) -> None:
        """Start or stop playing."""
        if self.playing:
            self.playing.stop()
            self.playing = None
            self.session.note = "paused"
        else:
            self.playing = self.set_interval(1 / SPEEDS[self.speed], self._tick)
            self.session.note = self._pace
        self.sync_panes()

    @property
    def _pace(self) -> str:
        pace = f"{SPEEDS[self.speed]} steps a second"
        return f"playing, {pace}; Space pauses" if self.playing else pace

    def _tick(self) -> None:
        self.action_do("next_step")
        if not self.playing:
            return
        if self.session.note:
            self.playing.stop()
            self.playing = None
        else:
            self.session.note = self._pace
            self.query_one(NoteBar).sync()

    def action_faster(self) -> None:
        """Play faster."""
        self._set_speed(self.speed + 1)

    def action_slower(self) -> None:
        """Play slower."""
        self._set_speed(self.speed - 1)

    def _set_speed(self, speed: int) -> None:
        self.speed = max(0, min(speed, len(SPEEDS) - 1))
        self.session.note = self._pace
        if self.playing:
            self.playing.stop()
            self.playing = self.set_interval(1 / SPEEDS[self.speed], self._tick)
        self.sync_panes()

    def action_view(self) -> None:
        """Swap the tree and the drawn graph."""
        tree, graph = self.query_one(TreePane), self.query_one(GraphPane)
        tree.display, graph.display = graph.display, tree.display
        self.set_class(graph.display, "-drawn")
        if not self.query_one("#panes").display:
            shown = "drawn graph" if graph.display else "expression tree"
            self.session.note = f"the {shown} needs 60x20"
            self.sync_panes()
        self.view.focus()
        self.call_after_refresh(self.view.follow)

    def action_show_fold(self) -> None:
        """Show which lines of numpy the graph folds into."""
        from .folding import Folder

        self.folder = self.folder or Folder(self)
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

    def action_help(self) -> None:
        """Show the keys."""
        from .help import HelpScreen

        self.app.push_screen(HelpScreen())

    def action_command_palette(self) -> None:
        """Open the palette."""
        self.app.action_command_palette()

    async def action_quit(self) -> None:
        """Leave."""
        await self.app.action_quit()

    def action_suspend_process(self) -> None:
        """Suspend to the shell."""
        self.app.action_suspend_process()
