"""The nudge of a cell over the stepping screen: what its gradient predicts, what was measured, a plot."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Static

from ...live.app import scheduler_of
from ...live.left import Leavable
from ...panes.palette import palette
from ...sessions.stepping import SteppingSession
from ...text.glyphs import chosen
from ...views.nudge import Shown, nudge_lines

LARGE = 20_000
"""Nodes from which it is done beside the screen."""


class NudgeScreen(Leavable, ModalScreen[None]):
    """+ and - change how far the cell is nudged; Esc, q and d close it."""

    BINDINGS = [
        ("escape,q,d", "dismiss", "close"),
        ("plus,equals_sign", "widen(10.0)", "further"),
        ("minus", "widen(0.1)", "less far"),
    ]

    def __init__(self, session: SteppingSession) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        with Container(id="nudge"):
            yield Static(id="nudge-text")

    def on_mount(self) -> None:
        """Name the box."""
        self.query_one("#nudge").border_title = "nudge: + - change h, Esc closes"

    def on_resize(self) -> None:
        """Fit the size, once the box has its own."""
        self.call_after_refresh(self.show_result)

    def action_widen(self, factor: float) -> None:
        """Nudge it further, or less far; of a held key the last counts, a large graph takes a while."""
        self.session.nudging.widen(factor)
        scheduler_of(self.app).follow(self, self.show_result)

    def on_unmount(self) -> None:
        """Cancel what is under way."""
        scheduler_of(self.app).background.cancel()

    def show_result(self) -> None:
        """Nudge, and draw what came of it; of a large graph in a thread, for it may take a second."""
        if self.session.recording.node_count < LARGE:
            self._draw(shown(self.session))
            return
        background = scheduler_of(self.app).background
        background.cancel()
        self.query_one("#nudge-text", Static).update("nudging ...")
        background.run(
            lambda task: shown(self.session, task.checkpoint), lambda found, _: self._draw(found)
        )

    def _draw(self, found: Shown | None) -> None:
        if found is None or not self.is_attached:
            return
        size = self.query_one("#nudge").content_size
        lines = nudge_lines(self.session.recording, found, size.width, size.height, chosen())
        self.query_one("#nudge-text", Static).update(palette(self.app).text(lines))


def shown(session: SteppingSession, between: Callable[[], object] = lambda: None) -> Shown:
    """The nudge of the selected cell as its view takes it; `between` may raise to end it."""
    found = session.nudging.result(between=between)
    nudge = found.nudge
    return Shown(
        nudge.node, nudge.value, nudge.by, nudge.grad, nudge.predicted, nudge.measured,
        nudge.relative_error, found.root, found.curve, (found.left, found.right) if found.kink else None,
    )  # fmt: skip
