"""A session on a backward pass of tensors: where it is, its moves, its breakpoints, searching."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property

from ...engine.recording.tensor import TensorNode
from ..text.format import plain
from ..views.tensors.profile import Profile, profile, said
from ..views.tensors.tensor_choices import kept_sentence
from ..views.tensors.trace import named
from .heat import Heat
from .target import OpenedTensors
from .tensor.breakpoints import TensorBreakpoints
from .tensor.cursor import TensorCursor
from .tensor.moving import TensorMoving
from .tensor.predicting import TensorPredicting


class TensorSession(TensorCursor):
    """The state behind the screen of tensors. What changes it returns a sentence about it."""

    def __init__(self, opened: OpenedTensors) -> None:
        super().__init__(opened.recording)
        self.opened = opened
        self.heat = Heat(opened.recording, opened.values)
        self.breakpoints = TensorBreakpoints(self)
        self.moving = TensorMoving(self, self.breakpoints)
        self.predicting = TensorPredicting(self, self.moving)
        self.profiling = False
        """Whether the profile is shown in the place of the step."""
        self.sought = ""
        self.note = f"{plain(opened.look_at)}: n steps, g shows where the gradient goes, ? keys"
        if opened.recording.failed:
            self.note = plain(opened.look_at)

    @property
    def look_at(self) -> str:
        """What there is to say of what was opened, and how much of its tensors is kept."""
        values = self.opened.values
        return "; ".join(
            filter(None, (self.opened.look_at, kept_sentence(values.budget) if values else ""))
        )

    @property
    def status(self) -> str:
        """Where it is."""
        if self.recording.failed and not self.total:
            return "forward, up to an error"
        return f"backward {self.taken} of {self.total}" if self.taken else f"start of {self.total} steps"

    @cached_property
    def has_source(self) -> bool:
        """Whether lines of the program are known that the graph is of."""
        failed = self.recording.failed
        return bool(failed and failed.source) or any(node.source for node in self.recording.nodes)

    @property
    def source(self) -> str:
        """The line that made the node of the step, as `file:line`; of a leaf that of its first user."""
        if self.recording.failed and self.taken == self.total:
            return self.recording.failed.source
        if self.node.source:
            return self.node.source
        users = self.recording.consumers.get(self.node.id, ())
        return next((self.recording.nodes[i].source for i in users if self.recording.nodes[i].source), "")

    @property
    def has_news(self) -> bool:
        """Whether what the last step said ends the playing: a stop, an end."""
        return not self.can_go_on or self.breakpoints.reached is not None or not self.passed

    def go(self, taken: int) -> str:
        """Go to where so many steps are taken."""
        return self.moving.go(taken)

    def export(self, name: str) -> str:
        """Write the recording to a file; return a sentence about it."""
        from .export import export_tensors  # brings the file formats, which most sessions never write

        return export_tensors(self.opened.title, self.opened.look_at, self.recording, name)

    # What is beside

    def select_input(self) -> str:
        """Select the first node whose output the selected one took."""
        parents = (parent for parent in self._selected_node.parents if parent is not None)
        return self._select_node(next(parents, None), "it took nothing that asks for a gradient")

    def select_consumer(self) -> str:
        """Select the first node that took the output of the selected one."""
        consumers = self.recording.consumers.get(self._selected_node.id, ())
        return self._select_node(next(iter(consumers), None), "nothing used it: it is the root")

    @property
    def _selected_node(self) -> TensorNode:
        """The node of the selected row; of a module the first that the pass comes to."""
        row = self.selected
        if row.node is None and (steps := self.tree.steps[row.scope]):
            return self.recording.nodes[self.recording.steps[steps[0]].node]
        return self.recording.nodes[row.node] if row.node is not None else self.node

    def _select_node(self, node: int | None, otherwise: str) -> str:
        if node is None:
            return otherwise
        self.tree.reveal(node)
        self.select(self.tree.row_of(node))
        return ""

    # Searching

    def search(self, text: str) -> str:
        """Go to the next step whose op, module, name or line holds a text."""
        self.sought = text.strip().lower()
        return self.next_match() if self.sought else ""

    def next_match(self) -> str:
        """Go to the next match, after the last to the first."""
        return self._to_match(lambda found: bisect_left(found, self.taken))

    def previous_match(self) -> str:
        """Go to the match before, before the first to the last."""
        return self._to_match(lambda found: bisect_left(found, self.taken - 1) - 1)

    def _to_match(self, place: Callable[[list[int]], int]) -> str:
        if not self.sought:
            return "nothing was searched for yet: / does"
        found = [i for i, words in enumerate(self._words) if self.sought in words]
        if not found:
            return f"no step has {plain(self.sought)}"
        at = place(found) % len(found)
        self.move(found[at] + 1)
        self.tree.reveal(self.node.id)
        self.select(self.tree.row_of(self.node.id))
        return f"match {at + 1} of {len(found)} for {plain(self.sought)}: {named(self.node)}"

    @cached_property
    def _words(self) -> list[str]:
        nodes = (self.recording.nodes[step.node] for step in self.recording.steps)
        return [f"{each.op}#{each.id} {each.scope} {each.label} {each.source}".lower() for each in nodes]

    # The tree and the profile

    def open_all(self) -> str:
        """Open every module."""
        self.tree.open_all()
        return ""

    def fold_all(self) -> str:
        """Fold every module."""
        self.tree.fold_all()
        return ""

    def fold_to(self, depth: int) -> str:
        """Open modules to a depth."""
        self.tree.fold_to(depth)
        return ""

    @cached_property
    def profile(self) -> Profile:
        """The gradient from the loss to the first layer."""
        return profile(self.recording)

    def toggle_profile(self) -> str:
        """Show the profile, or the step again."""
        if not self.total:
            return "no gradient came anywhere: the forward pass ended by an error"
        self.profiling = not self.profiling
        return said(self.recording, self.profile) if self.profiling else ""
