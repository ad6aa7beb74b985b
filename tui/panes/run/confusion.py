"""The confusion matrix of a classifier: its rows counted by true and predicted class."""

from ....engine.learning.predict_batch import confusion
from ....engine.learning.state import State
from ...charts.confusion import confusion_lines
from ...sessions.watching import WatchSession
from ...text.lines import Line
from .base import ModelPane


class ConfusionPane(ModelPane):
    """Counts the rows held back, or those trained on where none are."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self._rows = session.store.validation or session.store.rows
        self._state: object = None
        self._counts: list[list[int]] = []

    @property
    def titled(self) -> str:
        """Which rows are counted."""
        which = "validation" if self.session.store.validation else "training"
        return f"confusion, {len(self._rows):,} {which} rows"

    def draw(self, state: State, width: int, height: int) -> list[Line]:
        """Count again if the parameters are new."""
        config = self.session.store.network_config
        if state is not self._state:
            self._state = state
            self._counts = confusion(config, state.parameters, self._rows)
        return confusion_lines(self._counts, config.classes, width, height, self.glyphs)
