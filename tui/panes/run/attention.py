"""What the heads of a GPT look at, at the step looked at, while they read one document."""

from ....engine.learning.language.attention import attention_of
from ....engine.learning.state import Row, State
from ...charts.attention import Head, attention_lines, shown_count
from ...sessions.watching import WatchSession
from ...text.format import plain
from ...text.lines import Line
from .base import ModelPane


class AttentionPane(ModelPane):
    """The document of the training step at the cursor; while the run is followed always the same one."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self._made_of: tuple[object, object] = (None, None)
        self._heads: list[Head] = []
        self._shown = 0

    @property
    def _document(self) -> Row:
        session = self.session
        if session.cursor is not None:
            return session.store.rows[session.schedule.batch_of(session.cursor)[0]]
        return (session.store.validation or session.store.rows)[0]

    @property
    def titled(self) -> str:
        """Which document, and how many of the heads there is room for."""
        text = plain(self.session.store.gpt_config.text(self._document[0]))
        some = f", {self._shown} of {len(self._heads)} heads" if self._shown < len(self._heads) else ""
        return f"attention while it reads {text}{some}"

    def draw(self, state: State, width: int, height: int) -> list[Line]:
        """Read the document again if it, or the parameters, are new."""
        document, config = self._document, self.session.store.gpt_config
        if (state, document) != self._made_of:
            self._made_of = state, document
            letters = ["begin", *map(config.letter, document[0][1:-1])]
            found = attention_of(config, state.parameters, document[0])
            self._heads = [Head(name, letters, rows) for name, rows in found]
        self._shown = shown_count(self._heads[0], len(self._heads), False, width, height)
        self.entitle(self.titled + self.session.model.as_of)
        return attention_lines(self._heads, False, width, height, self.glyphs)
