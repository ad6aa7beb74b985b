"""The confusion matrix of a network that tells classes apart."""

from ..matrix_text import confusion_lines
from ..watch_session import WatchSession
from .lines import RunPane
from .painted import Line


class ConfusionPane(RunPane):
    """Counts the rows held back, or those trained on where none are."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self._state: object = None
        self._counts: list[list[int]] = []

    def make(self, width: int, height: int) -> list[Line]:
        """Count again if the parameters are new."""
        session, state = self.session, self.session.state
        rows = session.store.validation or session.store.rows
        which = "validation" if session.store.validation else "training"
        self.entitle(f"confusion, {len(rows):,} {which} rows")
        if state is not None and state is not self._state:
            from ...engine.evaluate import confusion

            self._state = state
            self._counts = confusion(session.store.config, state.parameters, rows)
        return confusion_lines(self._counts, session.store.config.classes, width, height, self.glyphs)
