"""A broken backward pass beside the right one: the stepping screen, on top of that of the right one."""

from ..bindings import bindings
from ..sessions.broken import BrokenSession
from ..sessions.stepping import SteppingSession
from .stepping import SteppingScreen


class BrokenScreen(SteppingScreen):
    """Two columns of gradients, two steps side by side; Esc comes back to the right pass."""

    BINDINGS = bindings("broken")
    FOOTER = ("broken", "graph")

    def __init__(self, session: BrokenSession) -> None:
        super().__init__(session)
        self.session: BrokenSession = session

    def on_mount(self) -> None:
        """Show the table with both columns."""
        self.add_class("-broken")

    def show_broken(self) -> None:
        """Run what is switched on now, and show it in the place of this; nothing is the right pass."""
        shown = broken_screen(self.session.origin)
        if not self.session.breaking.taken:
            self.dismiss()
        elif isinstance(shown, str):
            self.show_note(shown)
        else:
            self.app.switch_screen(shown)

    def action_back_to_right(self) -> None:
        """Go back to the right pass."""
        self.dismiss()


def broken_screen(origin: SteppingSession) -> BrokenScreen | str:
    """Run what is switched on for a right pass; return the screen on what comes of it, or why not."""
    if not origin.breaking.taken:
        return "nothing is switched on: the pass is the right one"
    broken = origin.breaking.run()
    return broken if isinstance(broken, str) else BrokenScreen(BrokenSession(origin, broken))
