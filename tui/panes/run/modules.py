"""The modules of watched models as a tree, live: gradients, updates, dead units, weights of each."""

from dataclasses import dataclass

from textual.geometry import Size
from textual.message import Message

from ...bindings import bindings
from ...sessions.run.watched import WatchedModels
from ...sessions.watching import WatchSession
from ...text.lines import Line
from ...views.run.modules import ModuleRows, holds, module_header, module_line
from ..rows import RowsPane


class ModulesOfRunPane(RowsPane):
    """A row a module: what the last look at or before the cursor has found."""

    BINDINGS = bindings("parameters")
    HEADER = True

    @dataclass
    class Moved(Message):
        """The cursor is on another module."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.modules = ModuleRows()
        self.border_title = "modules"
        self._shown: object = None
        self._troubles: dict[str, str] = {}
        self._revealed: int | None = None
        """The event whose place was brought into sight last."""

    @property
    def _models(self) -> WatchedModels | None:
        model = self.session.model
        return model if isinstance(model, WatchedModels) else None

    def stale(self) -> list[int]:
        """Take the looks if they are new, bring what the chosen event is about into sight, compare."""
        models, happened = self._models, self.session.happened
        if models and models.looks is not self._shown:
            self._shown = models.looks
            self.modules.show(models.looks)
            self.virtual_size = Size(0, self.count() + self.HEADER)
        self._entitle()
        self._troubles = happened.troubles
        chosen = happened.chosen
        if (chosen.id if chosen else None) != self._revealed:
            self._revealed = chosen.id if chosen else None
            if chosen and (row := self.modules.row_of(chosen.place)) >= 0:
                self.show(row)
        self._choose()
        return super().stale()

    def _entitle(self) -> None:
        models = self._models
        title = "modules" + (models.all_as_of if models else "")
        if title != self.border_title:
            self.border_title = title

    def _choose(self) -> None:
        """Let the histograms know which module the cursor is on."""
        models, rows = self._models, self.modules.rows
        if models and 0 <= self.cursor < len(rows):
            first = rows[self.cursor].looks[0]
            every = [each for look in models.looks for each in look.modules]
            models.chosen = next((i for i, each in enumerate(every) if each is first), 0)

    def count(self) -> int:
        """The number of open rows."""
        return len(self.modules.rows)

    def header(self, width: int) -> Line:
        """Name the columns."""
        return module_header(width, self.glyphs)

    def row(self, index: int, width: int) -> Line:
        """Draw one row."""
        row = self.modules.rows[index]
        is_open = self.modules.is_open(row)
        inside = (style for place, style in self._troubles.items() if holds(row.place, place))
        trouble = self._troubles.get(row.place, "") if is_open else next(inside, "")
        return module_line(row, is_open, trouble, width, self.glyphs)

    def move(self, index: int) -> None:
        """Move the cursor, and have the histograms follow."""
        super().move(index)
        self._choose()
        self.post_message(self.Moved())

    # Folding

    def _toggle(self, index: int) -> None:
        self.modules.toggle(self.modules.rows[index])
        self.sync()  # first take the new length, or there is nowhere to scroll to
        self.move(index)

    def action_outwards(self) -> None:
        """Fold the row; where it is folded, the one that holds it."""
        if self.count():
            row = self.modules.rows[self.cursor]
            folds = row.can_open and self.modules.is_open(row)
            above = self.cursor if folds else self.modules.above(self.cursor)
            if folds or above != self.cursor:
                self._toggle(above)

    def action_inwards(self) -> None:
        """Open the row; where it is open, go into it."""
        if self.count():
            row = self.modules.rows[self.cursor]
            if row.can_open and not self.modules.is_open(row):
                self._toggle(self.cursor)
            else:
                self.move(self.cursor + row.can_open)
