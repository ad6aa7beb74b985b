"""What a GPT writes at the step looked at: samples drawn with the same seed for every checkpoint."""

from ....engine.learning.language.sampling import sample
from ....engine.learning.state import State
from ...sessions.watching import WatchSession
from ...text.format import cells, plain
from ...text.lines import Line
from ...views.run.samples import room_for, sample_lines
from .base import ModelPane

MOST, LONGEST = 60, 32
"""Samples, and the tokens of each: they are drawn anew between two frames."""


class SamplesPane(ModelPane):
    """As many as fit, so that one sees words form; those that are in the text stand out."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        config = session.store.gpt_config
        self._known = {config.text(x) for x, _ in (*session.store.rows, *session.store.validation)}
        self._longest = max((cells(plain(text)) for text in self._known), default=1)
        self._made_of: tuple[object, int] = (None, 0)
        self._texts: list[str] = []

    @property
    def titled(self) -> str:
        """How many of them are no inventions."""
        copied = sum(text in self._known for text in self._texts)
        return f"samples, {copied} of {len(self._texts)} are in the text" if self._texts else "samples"

    def draw(self, state: State, width: int, height: int) -> list[Line]:
        """Draw them anew if the parameters are new."""
        count = min(MOST, room_for(self._longest, width, height))
        if (state, count) != self._made_of:
            self._made_of = state, count
            config = self.session.store.gpt_config
            self._texts = sample(config, state.parameters, range(count), longest=LONGEST)
            self.entitle(self.titled + self.session.model.as_of)
        texts = [(plain(text), text in self._known) for text in self._texts]
        return sample_lines(texts, self._longest, width, height, self.glyphs)
