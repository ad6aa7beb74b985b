"""A backward pass of tensors, stepped through: its modules on the left, the step on the right."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from ..bindings import bindings
from ..keys import Do
from ..live.fetching import Fetching
from ..panes.bars import KeyBar, NoteBar
from ..panes.prompt import Prompt
from ..panes.tensor_source import TensorSourcePane
from ..panes.tensors import ModulesPane, ProfilePane, RowSelected, TensorStepPane, TensorTitle, Went
from ..sessions.tensor_values import ValuesSession
from ..sessions.tensors import TensorSession
from .base import BaseScreen
from .filling import Filling
from .player import Player
from .values import ValuesScreen


class TensorScreen(BaseScreen[TensorSession]):
    """The profile takes the place of both panes while it is shown."""

    CONTEXT = "tensors"
    BINDINGS = bindings("tensors")

    def __init__(self, session: TensorSession) -> None:
        super().__init__(session)
        self.filling = Filling(self)
        self._fetching = Fetching(self, session.heat.wanted)
        step: Do[TensorSession] = Do(lambda s: s.moving.next_step())
        self.player = Player(self, lambda: self.do(step), lambda: session.has_news)

    def compose(self) -> ComposeResult:
        """Lay out the panes; where they stand is the stylesheet's business."""
        session = self.session
        yield TensorTitle(session, id="title")
        with Horizontal(id="panes"):
            with Vertical(id="tensor-left"):
                yield ModulesPane(session, id="modules")
                yield TensorSourcePane(session, id="tensor-source")
            yield TensorStepPane(session, id="tensor-step")
            yield ProfilePane(session, id="profile")
        yield NoteBar(session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar("tensors", session=session, id="keys")

    def on_mount(self) -> None:
        """Start in the tree."""
        self.set_class(self.session.has_source, "-sourced")
        self.query_one(TensorSourcePane).can_focus = True  # to fill the screen
        self.query_one(ModulesPane).focus()

    def on_unmount(self) -> None:
        """Nobody will look at its tensors any more."""
        if self.session.opened.values:
            self.session.opened.values.close()

    def sync_panes(self) -> None:
        """Let every pane repaint, then fetch the heat map of the step."""
        super().sync_panes()
        self._fetching.look()

    def on_screen_resume(self) -> None:
        """Another screen closed; it may have taken steps."""
        self.query_one(ModulesPane).reveal()
        self.query_one(TensorStepPane).reveal()
        self.call_after_refresh(self.sync_panes)

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table."""
        if context in ("modules", "tensor rows"):
            return self.query_one(ModulesPane)
        return self.query_one(ProfilePane) if context == "profile" else super().owner(context)

    def on_row_selected(self, event: RowSelected) -> None:
        """The cursor of the tree moved."""
        self.session.select(event.row)
        self.sync_panes()

    def do(self, action: Do[TensorSession]) -> None:
        """Call the session, then have the tree follow and the profile come or go."""
        taken, profiling = self.session.taken, self.session.profiling
        self.session.note = action.act(self.session)
        self.query_one(ModulesPane).reveal()
        if self.session.taken != taken:
            self.query_one(TensorStepPane).reveal()
        if self.session.profiling != profiling:
            self._show_profile()
        self.sync_panes()

    def action_values(self) -> None:
        """Look at the step's tensors."""
        self.app.push_screen(ValuesScreen(ValuesSession(self.session)))

    def _show_profile(self) -> None:
        self.set_class(self.session.profiling, "-profiling")
        if self.session.profiling:
            self.query_one(ProfilePane).begin()
        else:
            self.query_one(ModulesPane).focus()
        self.call_after_refresh(self.sync_panes)

    def on_went(self, event: Went) -> None:
        """Go to the step of a row, and show it."""
        self.session.profiling = False
        self._show_profile()
        self.do(Do(lambda session: session.go(event.taken)))

    # Actions

    def action_play(self) -> None:
        """Start or stop playing."""
        self.show_note(self.player.toggle())

    def action_faster(self) -> None:
        """Play faster."""
        self.show_note(self.player.faster())

    def action_slower(self) -> None:
        """Play slower."""
        self.show_note(self.player.slower())

    def action_fold_to(self, depth: int) -> None:
        """Open modules to a depth."""
        self.do(Do(lambda session: session.fold_to(depth)))

    def action_printed(self) -> None:
        """Show what the program printed."""
        from .printed import show_printed

        show_printed(self, self.session.opened.printed)

    def action_ledger(self) -> None:
        """Show the ledger of nan and inf."""
        from .tensor_ledger import show_ledger

        show_ledger(self)

    def action_source(self) -> None:
        """Show the source below the tree, where there is room for both, or in its place; or hide it."""
        if not self.session.has_source:
            self.show_note("no lines of the program are known here")
            return
        roomy = self.has_class("-high") or self.has_class("-highest")
        self.toggle_class("-unsourced" if roomy else "-source")
        self.call_after_refresh(self.sync_panes)

    def action_fill(self) -> None:
        """Let a pane fill the screen, or bring all back."""
        panes = [*self.query("#modules, #tensor-source, #tensor-step, #profile").results(Widget)]
        shown = self.query_one(ProfilePane if self.session.profiling else ModulesPane)
        self.show_note(self.filling.toggle(panes, shown))
        self.call_after_refresh(self.sync_panes)
