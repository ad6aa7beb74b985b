"""The panes on a graph of tensors: its tree of modules, the step, the profile of the gradient."""

from dataclasses import dataclass

from textual.message import Message

from ..bindings import bindings
from ..sessions.tensors import TensorSession
from ..text.format import fitted
from ..text.lines import Line
from ..views.tensors.modules import Row, tree_row
from ..views.tensors.profile import profile_header, profile_row
from ..views.tensors.step import step_lines
from .base import Painted
from .rows import RowsPane

WIDEST_MAP = 60
"""Cells of a heat map."""


@dataclass
class Went(Message):
    """A row was entered: go to where so many steps are taken."""

    taken: int


@dataclass
class RowSelected(Message):
    """The cursor of the tree moved to a row."""

    row: Row


class TensorTitle(Painted):
    """The position, then what is open."""

    def __init__(self, session: TensorSession, **names: str | None) -> None:
        super().__init__(**names)
        self.session = session

    def line(self, y: int) -> Line:
        """Draw the line."""
        status = f" {self.session.status} "
        recording = self.session.recording
        title = f"  {self.session.opened.title}  {len(recording.nodes):,} nodes of PyTorch's"
        room = max(0, self.inner.width - len(status))
        return ((status, "strong selected"), (fitted(title, room, self.glyphs.ellipsis), ""))


class TensorRows(RowsPane, inherit_bindings=False):
    """A list about the session."""

    BINDINGS = bindings("tensor rows")

    def __init__(self, session: TensorSession, **names: str | None) -> None:
        super().__init__(**names)
        self.session = session


class ModulesPane(TensorRows):
    """The tree of modules, the node of the step lit."""

    LEADS = True
    BINDINGS = bindings("modules")

    def count(self) -> int:
        """The number of rows in sight."""
        return len(self.session.tree.rows)

    def row(self, index: int, width: int) -> Line:
        """Draw a row."""
        tree, stop = self.session.tree, self.session.breakpoints.on(self.session.tree.rows[index])
        return tree_row(tree, index, self.session.taken, width, self.glyphs, stop)

    def move(self, index: int) -> None:
        """Move the cursor and select the row it is on."""
        super().move(index)
        self.post_message(RowSelected(self.session.tree.rows[self.cursor]))

    def on_mount(self) -> None:
        """Name it."""
        self.border_title = "modules: steps taken, norm of the gradient"
        super().on_mount()

    def reveal(self) -> None:
        """Bring the selected row into sight."""
        self.follow_to(self.session.tree.place_of_row(self.session.selected))

    def action_fold(self) -> None:
        """Fold or open a module; go to the step of a node."""
        row = self.session.tree.rows[self.cursor]
        if row.node is None:
            self._toggle(row.scope)
        elif (step := self.session.recording.step_of.get(row.node)) is not None:
            self.post_message(Went(step + 1))

    def action_inwards(self) -> None:
        """Open the module, or go into it."""
        row = self.session.tree.rows[self.cursor]
        if row.node is None and row.scope not in self.session.tree.opened:
            self._toggle(row.scope)
        elif row.node is None:
            self.move(self.cursor + 1)

    def action_outwards(self) -> None:
        """Fold the module, or go to the one around."""
        row, tree = self.session.tree.rows[self.cursor], self.session.tree
        if row.node is None and row.scope in tree.opened:
            self._toggle(row.scope)
        else:
            around = row.scope if row.node is not None else row.scope.rpartition(".")[0]
            self.move(tree.place_of_scope(around) if around else 0)

    def _toggle(self, scope: str) -> None:
        self.session.tree.toggle(scope)
        self.sync()
        self.move(self.session.tree.place_of_scope(scope))


class TensorStepPane(TensorRows):
    """What there is to see of the step; scrolls where it is long."""

    def __init__(self, session: TensorSession, **names: str | None) -> None:
        super().__init__(session, **names)
        self._lines: list[Line] = []
        self._made_for: tuple[int, int, int, object] = (-1, -1, -1, None)

    def on_mount(self) -> None:
        """Name it."""
        self.border_title = "step"
        super().on_mount()

    def count(self) -> int:
        """The number of lines for this width."""
        session, width = self.session, self.inner.width
        now = session.taken, width, session.heat.version, session.passed
        if now != self._made_for and width:
            self._made_for = now
            rows = 4 if self.inner.height < 30 else 6
            heat = session.heat.lines(session.taken, rows, min(WIDEST_MAP, width - 6), self.glyphs)
            self._lines = step_lines(
                session.recording,
                session.taken,
                session.look_at,
                width,
                self.glyphs,
                heat,
                session.passed,
            )
        return len(self._lines)

    def reveal(self) -> None:
        """Begin at the top: it is another step."""
        self.sync()
        self.show(0)

    def row(self, index: int, width: int) -> Line:
        """Draw a line."""
        return self._lines[index]

    def line(self, y: int) -> Line:
        """Return line y; which one the cursor is on shows only where it can be moved."""
        if self.has_focus:
            return super().line(y)
        index = y + self.scroll_offset.y
        return self._lines[index] if index < self.count() else ()


class ProfilePane(TensorRows):
    """A bar a module, from the loss to the first layer."""

    HEADER = True
    BINDINGS = bindings("profile")

    def on_mount(self) -> None:
        """Name it."""
        self.border_title = "the gradient from the loss to the first layer (Enter goes to the step)"
        super().on_mount()

    def count(self) -> int:
        """The number of modules."""
        return len(self.session.profile.bars) if self.session.profiling else 0

    def header(self, width: int) -> Line:
        """Draw the line above the bars."""
        return profile_header(width)

    def row(self, index: int, width: int) -> Line:
        """Draw a bar."""
        return profile_row(self.session.recording, self.session.profile, index, width, self.glyphs)

    def begin(self) -> None:
        """Start where it goes wrong."""
        profile = self.session.profile
        wrong = profile.first_nonfinite if profile.first_nonfinite is not None else profile.jump
        self.sync()
        self.show(wrong or 0)
        self.focus()

    def action_go(self) -> None:
        """Go to where the gradient comes to this module, or to what is wrong in it."""
        profile = self.session.profile
        step = profile.bars[self.cursor].step
        if self.cursor == profile.first_nonfinite and profile.nonfinite_step is not None:
            step = profile.nonfinite_step
        elif self.cursor == profile.jump and profile.jump_step is not None:
            step = profile.jump_step
        self.post_message(Went(step + 1))
