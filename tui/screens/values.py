"""Looking at whole tensors: in the place of the step the numbers, beside them the tree of modules."""

from textual.app import ComposeResult
from textual.containers import Horizontal

from ..bindings import bindings
from ..keys import Do
from ..live.fetching import Fetching
from ..panes.bars import KeyBar, NoteBar
from ..panes.prompt import Prompt
from ..panes.tensors import ModulesPane, RowSelected, TensorTitle, Went
from ..panes.values import ValuesPane
from ..sessions.tensor_values import ValuesSession
from .base import BaseScreen


class ValuesScreen(BaseScreen[ValuesSession]):
    """Steps go on beside it. What is not here yet is fetched after the key is answered."""

    CONTEXT = "values"
    BINDINGS = bindings("values")

    def __init__(self, session: ValuesSession) -> None:
        super().__init__(session)
        self._fetching = Fetching(self, session.wanted)

    def compose(self) -> ComposeResult:
        """Lay out the panes; where they stand is the stylesheet's business."""
        session = self.session
        yield TensorTitle(session.tensors, id="title")
        with Horizontal(id="panes"):
            yield ModulesPane(session.tensors, id="modules")
            yield ValuesPane(session, id="values")
        yield NoteBar(session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar("values", session=session, id="keys")

    def on_mount(self) -> None:
        """Start in the numbers."""
        self.query_one(ValuesPane).focus()

    def on_resize(self) -> None:
        """There may be room for more."""
        self.call_after_refresh(self._fetching.look)

    def on_screen_resume(self) -> None:
        """It was opened, or another screen closed."""
        self.call_after_refresh(self._begin)

    def do(self, action: Do[ValuesSession]) -> None:
        """Call the session, show what is there, then fetch what is not."""
        taken = self.session.tensors.taken
        self.session.note = action.act(self.session)
        if self.session.tensors.taken != taken:
            self.query_one(ModulesPane).reveal()
        self.sync_panes()
        self._fetching.look()

    def _begin(self) -> None:
        self.query_one(ModulesPane).reveal()
        self.sync_panes()
        self._fetching.look()

    def action_leave_values(self) -> None:
        """Go back to the step."""
        self.app.pop_screen()

    def on_row_selected(self, event: RowSelected) -> None:
        """The cursor of the tree moved."""
        self.session.tensors.select(event.row)

    def on_went(self, event: Went) -> None:
        """Go to the step of a row of the tree."""
        self.do(Do(lambda session: session.step(lambda tensors: tensors.go(event.taken))))

    def on_values_pane_pointed(self, event: ValuesPane.Pointed) -> None:
        """Look at the number under the mouse."""
        self.do(Do(lambda session: session.point(event.row, event.column)))

    def on_values_pane_turned(self, event: ValuesPane.Turned) -> None:
        """Go where the wheel was turned to."""
        self.do(Do(lambda session: session.move(event.rows, 0)))
