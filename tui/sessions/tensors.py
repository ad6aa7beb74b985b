"""A backward pass of tensors that is stepped through: where it is, and the ways to go on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cached_property

from ...engine.recording.tensor import TensorNode
from ..text.format import plain, whole
from ..views.tensors.modules import ModuleTree
from ..views.tensors.profile import Profile, profile, said
from ..views.tensors.tensor_choices import kept_sentence
from ..views.tensors.trace import named, verdict
from .heat import Heat
from .target import OpenedTensors


class TensorSession:
    """A recording and how many of its steps are taken. What changes it returns a sentence about it."""

    def __init__(self, opened: OpenedTensors) -> None:
        self.opened, self.recording = opened, opened.recording
        self.tree = ModuleTree(opened.recording)
        self.heat = Heat(opened.recording, opened.values)
        self.taken = 0
        self.profiling = False
        """Whether the profile is shown in the place of the step."""
        self.sought = ""
        self.note = f"{plain(opened.look_at)}: n steps, g shows where the gradient goes, ? keys"

    @property
    def look_at(self) -> str:
        """What there is to say of what was opened, and how much of its tensors is kept."""
        values = self.opened.values
        return "; ".join(
            filter(None, (self.opened.look_at, kept_sentence(values.budget) if values else ""))
        )

    @property
    def total(self) -> int:
        """The number of steps."""
        return len(self.recording.steps)

    @property
    def status(self) -> str:
        """Where it is."""
        return f"backward {self.taken} of {self.total}" if self.taken else f"start of {self.total} steps"

    @property
    def node(self) -> TensorNode:
        """The node of the step taken last; at the start the first root."""
        here = self.recording.steps[self.taken - 1].node if self.taken else self.recording.root[0]
        return self.recording.nodes[here]

    @property
    def can_go_on(self) -> bool:
        """Whether a step is left."""
        return self.taken < self.total

    @property
    def can_go_back(self) -> bool:
        """Whether a step is taken."""
        return self.taken > 0

    # Moving

    def go(self, taken: int) -> str:
        """Go to where so many steps are taken."""
        self.taken = max(0, min(taken, self.total))
        if not self.can_go_on:
            return f"the end: {verdict(self.recording)}"
        return "the start: no step is taken" if not self.taken else ""

    def next_step(self) -> str:
        """Visit the next node."""
        return self.go(self.taken + 1)

    def back_step(self) -> str:
        """Take the last step back."""
        return self.go(self.taken - 1)

    def finish_module(self) -> str:
        """Take the steps that are left in this module without a break, those inside of it too."""
        if not self.can_go_on:
            return self.go(self.total)
        scope = self._scope_at(self.taken)
        return self.go(
            next((i for i in range(self.taken + 1, self.total) if not self._is_in(i, scope)), self.total)
        )

    def restart_module(self) -> str:
        """Go back to before the first step of this module that leads here without a break."""
        if not self.taken:
            return self.go(0)
        scope = self._scope_at(self.taken - 1)
        before = (i for i in range(self.taken - 2, -1, -1) if not self._is_in(i, scope))
        return self.go(next(before, -1) + 1)

    def _scope_at(self, step: int) -> str:
        return self.recording.nodes[self.recording.steps[step].node].scope

    def _is_in(self, step: int, scope: str) -> bool:
        at = self._scope_at(step)
        return at == scope or (scope != "" and at.startswith(f"{scope}."))

    # Places

    def jump(self, text: str) -> str:
        """Go to a step by its number, to a module's first, to a node by its name or number."""
        name = text.strip()
        if not name:
            return ""
        if (step := whole(name)) is not None:
            if not 0 <= step <= self.total:
                return f"there are {self.total:,} steps, from 1 on"
            return self.go(step)
        if (found := self._names.get(name)) is None:
            return f"no module, parameter or node is called {plain(name)}; / searches"
        return self.go(found + 1)

    @cached_property
    def _names(self) -> dict[str, int]:
        """Module, leaf or node -> its first step."""
        recording = self.recording
        found = {scope: steps[0] for scope, steps in self.tree.steps.items() if steps and scope}
        for index, step in enumerate(recording.steps):
            node = recording.nodes[step.node]
            for name in (node.label, f"{node.op}#{node.id}", f"#{node.id}"):
                if name:
                    found.setdefault(name, index)
        return found

    def completions(self, text: str) -> list[str]:
        """Return the names that begin like this."""
        return [plain(name) for name in self._names if name.startswith(text.strip()) and name[0] != "#"]

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
        self.go(found[at] + 1)
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

    @cached_property
    def profile(self) -> Profile:
        """The gradient from the loss to the first layer."""
        return profile(self.recording)

    def toggle_profile(self) -> str:
        """Show the profile, or the step again."""
        self.profiling = not self.profiling
        return said(self.recording, self.profile) if self.profiling else ""
