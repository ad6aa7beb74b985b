"""Breakpoints on nodes and modules of a graph of tensors, and conditions."""

from ....engine.recording.conditions import Condition
from ....engine.recording.tensor_conditions import in_module, names_of, on_node, parse
from ...text.format import natural, plain
from ...views.tensors.modules import Row
from ..stops import Stops
from .cursor import TensorCursor

KINDS = ("op = ", "node ", "module ", "shape = ", "|grad| > ", "nan", "inf", "zero")


class TensorBreakpoints(Stops):
    """Where to stop in a graph of tensors."""

    def __init__(self, cursor: TensorCursor) -> None:
        super().__init__(self.condition)
        self._cursor = cursor

    def condition(self, text: str) -> Condition:
        """What was typed, as a condition; raise ValueError with a sentence."""
        return parse(text, self._cursor.recording)

    def toggle_breakpoint(self) -> str:
        """Set or clear a breakpoint on the selected row: a node, or a module."""
        condition = self.of_row(self._cursor.selected)
        if condition not in self.stops and not self._ever(condition):
            return f"no step visits {plain(condition.text.partition(' ')[2])}"
        return self.toggle(condition)

    def _ever(self, condition: Condition) -> bool:
        """Whether there is a step to stop at: no gradient reaches some nodes."""
        recording = self._cursor.recording
        return any(condition.test(recording, step) for step in range(len(recording.steps)))

    def of_row(self, row: Row) -> Condition:
        """The condition of a row of the tree."""
        return in_module(row.scope) if row.node is None else on_node(self._cursor.recording, row.node)

    def on(self, row: Row) -> bool:
        """Whether a breakpoint stands on a row."""
        return bool(self.stops) and self.of_row(row) in self.stops

    @property
    def reached(self) -> Condition | None:
        """The condition that the last step met, if any."""
        return self.met(self._cursor.recording, self._cursor.taken - 1)

    def completions(self, text: str) -> list[str]:
        """What a text may be the beginning of: a kind of condition, a name; after a kind its names."""
        typed = text.lstrip()
        kind = next((kind for kind in KINDS if kind.endswith(" ") and typed.startswith(kind)), "")
        words = names_of(self._cursor.recording).of(kind.rstrip(" =>").strip("|"))
        rest = typed.removeprefix(kind).casefold()
        found = [word for word in words if word.casefold().startswith(rest) and word[0] != "#"]
        kinds = [] if kind else [each for each in KINDS if rest and each.startswith(rest)]
        return kinds + [f"{kind}{plain(word)}" for word in sorted(found, key=natural)]
