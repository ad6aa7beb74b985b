"""A broken backward pass beside the right one: the stepping screen, on top of that of the right one."""

from ..sessions.broken import BrokenSession
from .experiments.experimenting import ExperimentingScreen
from .over import OverScreen


class BrokenScreen(OverScreen):
    """Two columns of gradients, two steps side by side; Esc comes back to the right pass."""

    def __init__(self, session: BrokenSession, below: ExperimentingScreen) -> None:
        super().__init__(session, below)

    def on_mount(self) -> None:
        """Show the table with both columns."""
        self.add_class("-broken")

    def show_broken(self) -> None:
        """Run what is switched on now, and show it in the place of this; nothing is the right pass."""
        if not self.session.breaking.taken:
            self.scheduler.keys.release()
            self.dismiss()
            return
        shown = broken_screen(self.below)
        if isinstance(shown, str):
            self.show_note(shown)
            self.release_keys()
        else:
            self.app.switch_screen(shown)
            shown.release_keys()


def broken_screen(below: ExperimentingScreen) -> BrokenScreen | str:
    """Run what is switched on for a right pass; return the screen on what comes of it, or why not."""
    origin = below.session
    if not origin.breaking.taken:
        return "nothing is switched on: the pass is the right one"
    broken = origin.breaking.run()
    return broken if isinstance(broken, str) else BrokenScreen(BrokenSession(origin, broken), below)
