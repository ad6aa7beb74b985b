"""What a watched model's looks are written as: rows of the run, and events that name its modules."""

from collections import deque
from typing import Self

from ...learning.health import Finding
from ...learning.module_health import loss_health, module_health, nonfinite
from ...learning.module_look import Look
from ..store.writer import Writer

LOSSES = range(200, 5000)
"""How many of the latest losses a plateau is found in: a twentieth of the run, but not less or more."""
Findings = dict[Finding, None]
"""In the order of the model's modules."""
AT_ONCE = ("nonfinite", "exploding", "dead")
"""What is reported by the first look that has it: there may be no other, or two were looked at."""


class ModuleMonitor:
    """The models of one run. What else is found is debounced: seen by two looks running."""

    def __init__(self, steps: int | None) -> None:
        many = min(max((steps or 0) // 20, LOSSES.start), LOSSES.stop)
        self._losses: deque[float] = deque(maxlen=many)
        self._steps: deque[int] = deque(maxlen=many)
        self._first_loss: float | None = None
        self._found: dict[str, Findings] = {}
        """By the model."""
        self._reported: dict[str, Findings] = {}
        self.models: set[str] = set()

    def copy(self) -> Self:
        """Return one that may be thrown away where what it was told cannot be written."""
        other = type(self)(None)
        other._losses, other._steps = self._losses.copy(), self._steps.copy()
        other._first_loss, other.models = self._first_loss, set(self.models)
        other._found = {model: dict(found) for model, found in self._found.items()}
        other._reported = {model: dict(found) for model, found in self._reported.items()}
        return other

    def note(self, step: int, loss: float) -> None:
        """Remember the training loss of a step."""
        self._losses.append(loss)
        self._steps.append(step)
        self._first_loss = loss if self._first_loss is None else self._first_loss

    def look(self, writer: Writer, step: int, look: Look) -> None:
        """Write a look down, and report what it shows that is newly wrong, and what no longer is."""
        self.models.add(look.model)
        writer.pending.looks.append((step, look))
        alone = len(self.models) == 1
        bad = nonfinite(look, alone, step)
        found = ([bad] if bad else []) + module_health(look, alone)
        if look.model == min(self.models):
            found += loss_health(list(self._losses), look, self._first_loss, self._counted)
        self._report(writer, step, look.model, dict.fromkeys(found))

    @property
    def _counted(self) -> str:
        """What there is a loss of: of each training step, or of some of them."""
        every = len(self._steps) > 1 and self._steps[-1] - self._steps[0] < len(self._steps)
        return "training steps" if every else "logged losses"

    def _report(self, writer: Writer, step: int, model: str, found: Findings) -> None:
        before, self._found[model] = self._found.get(model, {}), found
        reported = self._reported.setdefault(model, {})
        bad = _is_bad(reported)
        for each in found:
            if each in reported or not (each in before or each.kind in AT_ONCE):
                continue
            if each.kind == "nonfinite" and bad:
                continue  # it is named where it first came up
            reported[each] = None
            kind = each.kind if each.kind in ("nonfinite", "converged") else "health"
            writer.event(step, kind, each.text, each.place)
        for each in [old for old in reported if old not in found and old not in before]:
            if each.kind == "nonfinite" and _is_bad(found):
                continue
            del reported[each]
            if not any(other.over == each.over for other in found):
                writer.event(step, "recovered", each.over, each.place)


def _is_bad(found: Findings) -> bool:
    return any(each.kind == "nonfinite" for each in found)
