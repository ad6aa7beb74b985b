"""The network as a tree, live: parameters and gradients of its neurons, norms of what is folded."""

from textual.geometry import Size

from ....engine.learning.state import State
from ...bindings import bindings
from ...sessions.watching import WatchSession
from ...text.format import fitted, number
from ...text.lines import Line, sign_style
from ...views.run.parameter_tree import Key, ParameterTree, Part
from ..rows import RowsPane

NUMBER, NARROW = 12, 9  # cells of a column


class ParametersPane(RowsPane):
    """A row a parameter, neuron or layer: what it is at the cursor, and the gradient worked out last."""

    BINDINGS = bindings("parameters")
    HEADER = True

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.parts = ParameterTree(session.store.training_config)
        self.border_title = "parameters"
        self._known: tuple[State | None, tuple[float, ...]] = (None, ())
        self._numbers: dict[Key, tuple[float | None, float | None]] = {}
        self._troubles: dict[Key, str] = {}
        self._revealed: int | None = None
        """The event whose place was brought into sight last."""

    def stale(self) -> list[int]:
        """Light what the events are about, bring that of the chosen one into sight, then compare."""
        self._entitle()
        happened = self.session.happened
        troubles = happened.troubles.items()
        self._troubles = {key: style for place, style in troubles if (key := self.parts.key_at(place))}
        chosen = happened.chosen
        if (chosen.id if chosen else None) != self._revealed:
            self._revealed = chosen.id if chosen else None
            if chosen and (key := self.parts.key_at(chosen.place)):
                row = self.parts.reveal(key)
                self.virtual_size = Size(0, self.count() + self.HEADER)
                self.show(row)
        return super().stale()

    def _entitle(self) -> None:
        """Say of which step they are; to set the same title again would repaint all."""
        model = self.session.model
        title = "parameters" + model.all_as_of
        if title != self.border_title:
            self.border_title = title

    def count(self) -> int:
        """The number of open rows."""
        return len(self.parts.rows)

    def header(self, width: int) -> Line:
        """Name the columns."""
        room = _column(width)
        head = f"{'data':>{room}}{'grad':>{room}}"
        return (
            (fitted("L2 norm of each group", width - len(head), self.glyphs.ellipsis), "dim"),
            (head, "header"),
        )

    def row(self, index: int, width: int) -> Line:
        """Draw one row."""
        part = self.parts.rows[index]
        data, grad = self._of(part)
        leaf, room = not self.parts.can_open(part), _column(width)
        indent = " " * (len(part.key) * room // NARROW)
        trouble = self._troubles.get(part.key)
        label = f"{self.glyphs.event} {part.label}" if trouble else part.label
        text = f"{indent}{self._sign(part)} {label}"
        return (
            (fitted(text, width - 2 * room, self.glyphs.ellipsis), trouble or ("" if leaf else "strong")),
            (shown(data, room), "" if leaf else "dim"),
            (shown(grad, room, signed=leaf), sign_style(grad) if leaf else "dim"),
        )

    def _of(self, part: Part) -> tuple[float | None, float | None]:
        """Its data and its gradient, worked out once for a state: a norm may be of very many."""
        state, gradients = self.session.model.state, self.session.model.gradients
        if state is not self._known[0] or gradients is not self._known[1]:
            self._known, self._numbers = (state, gradients), {}
        if part.key not in self._numbers:
            self._numbers[part.key] = part.of(state.parameters) if state else None, part.of(gradients)
        return self._numbers[part.key]

    def _sign(self, part: Part) -> str:
        if not self.parts.can_open(part):
            return " "
        return self.glyphs.opened if self.parts.is_open(part) else self.glyphs.folded

    # Folding

    def _toggle(self, index: int) -> None:
        self.parts.toggle(self.parts.rows[index])
        self.sync()  # first take the new length, or there is nowhere to scroll to
        self.move(index)

    def action_outwards(self) -> None:
        """Fold the part; where it is folded, the one that holds it."""
        part = self.parts.rows[self.cursor]
        folds = self.parts.can_open(part) and self.parts.is_open(part)
        above = self.cursor if folds else self.parts.above(self.cursor)
        if folds or above != self.cursor:
            self._toggle(above)

    def action_inwards(self) -> None:
        """Open the part; where it is open, go into it."""
        part = self.parts.rows[self.cursor]
        if self.parts.can_open(part) and not self.parts.is_open(part):
            self._toggle(self.cursor)
        else:
            self.move(self.cursor + self.parts.can_open(part))


def _column(width: int) -> int:
    return NUMBER if width >= 44 else NARROW


def shown(x: float | None, room: int, signed: bool = False) -> str:
    """A number right-aligned in so many cells: in two digits where four are too many."""
    text = number(x, signed)
    if x is not None and len(text) >= room:
        text = f"{x:+.1e}" if signed else f"{x:.1e}"
    return f"{text:>{room}}"
