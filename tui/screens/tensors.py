"""A backward pass of tensors, stepped through: its modules on the left, the step on the right."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from ..bindings import bindings
from ..keys import Do
from ..live.fetching import Fetching
from ..panes.bars import KeyBar, NoteBar
from ..panes.prompt import Prompt
from ..panes.tensors import ModulesPane, ProfilePane, TensorStepPane, TensorTitle, Went
from ..sessions.tensor_values import ValuesSession
from ..sessions.tensors import TensorSession
from .base import BaseScreen
from .values import ValuesScreen


class TensorScreen(BaseScreen[TensorSession]):
    """The profile takes the place of both panes while it is shown."""

    CONTEXT = "tensors"
    BINDINGS = bindings("tensors")

    def compose(self) -> ComposeResult:
        """Lay out the panes; where they stand is the stylesheet's business."""
        session = self.session
        yield TensorTitle(session, id="title")
        with Horizontal(id="panes"):
            yield ModulesPane(session, id="modules")
            yield TensorStepPane(session, id="tensor-step")
            yield ProfilePane(session, id="profile")
        yield NoteBar(session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar("tensors", session=session, id="keys")

    def __init__(self, session: TensorSession) -> None:
        super().__init__(session)
        self._fetching = Fetching(self, session.heat.wanted)

    def on_mount(self) -> None:
        """Start in the tree."""
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
