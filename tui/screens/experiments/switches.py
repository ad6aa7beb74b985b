"""The panel of switches over the stepping screen: what of the backward pass is to be broken."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from ...live.left import Leavable
from ...panes.palette import palette
from ...sessions.graph.breaking import Breaking
from ...text.glyphs import chosen
from ...views.switches import switch_lines

HINT = "Space turns one on or off, Enter runs the pass, Esc leaves"
EXAMPLES = {
    "local": "OP FORMULA, in a, b and out, as tanh 1 + out**2",
    "detach": "the name of a node",
    "clip": "a number",
    "scale": "a number",
}


class SwitchesScreen(Leavable, ModalScreen[bool]):
    """Several may be on at once; its answer is whether they are to be run."""

    AUTO_FOCUS = ""  # the input waits until a switch takes something

    BINDINGS = [
        ("escape,X", "leave", "leave"),
        ("up,k", "move(-1)", "up"),
        ("down,j", "move(1)", "down"),
        ("space", "turn", "turn"),
        ("enter", "run", "run"),
    ]

    def __init__(self, breaking: Breaking) -> None:
        super().__init__()
        self.breaking = breaking
        self._before = dict(breaking.taken)
        self.cursor = 0
        self.said = HINT

    def compose(self) -> ComposeResult:
        """Lay out the lines, and the line for what a switch takes."""
        with Container(id="switches"):
            yield Static(id="switches-text")
            yield Input(compact=True, id="switches-input")

    def on_mount(self) -> None:
        """Hide the input until a switch takes something."""
        self.query_one("#switches").border_title = "break the backward pass"
        self.query_one(Input).display = False
        self.set_focus(None)

    def on_resize(self) -> None:
        """Fit the size, once the box has its own."""
        self.call_after_refresh(self.show)

    def action_move(self, by: int) -> None:
        """Go to another switch."""
        if not self.query_one(Input).display:
            self.cursor = (self.cursor + by) % len(self.breaking.rows)
            self.show()

    def action_turn(self) -> None:
        """Turn the switch, or ask for what it takes."""
        row = self.breaking.rows[self.cursor]
        if row.takes and row.name not in self.breaking.taken:
            self.said = f"{row.name} takes {EXAMPLES.get(row.name, row.takes)}:"
            self._ask(True)
        else:
            self.said = self.breaking.turn(row) or HINT
        self.show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed; stay where it is wrong."""
        event.stop()
        wrong = self.breaking.turn(self.breaking.rows[self.cursor], event.value)
        self.said = wrong or HINT
        self._ask(bool(wrong))
        self.show()

    def _ask(self, on: bool) -> None:
        line = self.query_one(Input)
        if on and not line.display:
            line.value = ""
        line.display = on
        self.set_focus(line if on else None)

    def action_run(self) -> None:
        """Run what is on."""
        self.dismiss(True)

    def action_leave(self) -> None:
        """Leave the question, or the panel."""
        if self.query_one(Input).display:
            self.said = HINT
            self._ask(False)
            self.show()
        else:
            self.breaking.taken = self._before
            self.dismiss(False)

    def show(self) -> None:
        """Draw the switches, and below them what there is to say."""
        styles = palette(self.app)
        width = self.query_one("#switches").content_size.width
        rows, taken = self.breaking.rows, self.breaking.taken
        text = styles.text(switch_lines(rows, taken, self.cursor, width, chosen()))
        text.append(f"\n{self.said}", styles["warning" if self.said != HINT else "dim"])
        self.query_one("#switches-text", Static).update(text)
