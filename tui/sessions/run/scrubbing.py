"""Scrubbing: moving the cursor through the history of a run, and back to following it."""

from ....engine.runs.store.store import Event
from ...text.format import plain, whole
from .display import Display
from .model import ModelAtCursor
from .reader import NEWEST, RunReader

COLUMNS = 60  # one press of a bracket moves the cursor by about a column of the plot


class Scrubbing:
    """Every move returns a sentence about where it led."""

    def __init__(self, reader: RunReader, display: Display, model: ModelAtCursor) -> None:
        self._reader = reader
        self._display = display
        self._model = model

    def scrub(self, columns: int) -> str:
        """Move the cursor by some columns of the plot; at the last step it goes on following."""
        window = self._display.window(COLUMNS)
        return self.go_to(self._reader.at + columns * max(1, (window.last - window.first) // COLUMNS))

    def scrub_steps(self, steps: int) -> str:
        """Move the cursor by single training steps."""
        return self.go_to(self._reader.at + steps)

    def go_start(self) -> str:
        """Go to the first training step."""
        return self.go_to(0)

    def go_end(self) -> str:
        """Follow the run again."""
        self._reader.cursor = None
        sentence = "following the run" if self._reader.live else "the last training step"
        return self._model.go_to(NEWEST) or sentence

    def go_to_event(self, event: Event) -> str:
        """Go to the training step at which something happened."""
        self.go_to(min(event.step, self._reader.last))
        return f"training step {self._reader.at:,}: {plain(event.text)}"

    def jump(self, text: str) -> str:
        """Go to the training step that is typed in."""
        wanted = whole(text)
        if wanted is None:
            return f"a training step is a whole number, not {plain(text)!r}"
        last = self._reader.last
        if not 0 <= wanted <= last:
            return f"there is no training step {plain(text.strip())[:20]}: there are 0 to {last:,}"
        return self.go_to(wanted)

    def go_to(self, step: int) -> str:
        """Go to a training step of the history."""
        self._reader.cursor = max(0, min(step, self._reader.last))
        at = f"training step {self._reader.cursor:,}"
        why_not = self._model.go_to(self._reader.cursor)
        opens = "Enter opens it as a graph, " if self._reader.has_model else self._kept
        end = "End follows the run" if self._reader.live else "End goes to the last"
        return why_not or f"{at}: {opens}{end}"

    @property
    def _kept(self) -> str:
        """What a script has kept of the step, in words."""
        if any(kept.step == self._reader.cursor and not kept.dropped for kept in self._reader.kept):
            return "Enter opens what was kept of it, "
        return ""
