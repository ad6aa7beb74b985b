"""What a script hands over beside its numbers: looks at its models, recordings it has kept, notes."""

from typing import Any, Self

from ...learning.module_look import Look
from ..store.looks import KEPT_EVENT
from ..store.writer import Writer
from .module_monitor import ModuleMonitor
from .timeline import Timeline

TOLD = 20
"""Recordings that are events too: hundreds would leave no room for anything else."""
Keeping = tuple[str, str, int, float]
"""A recording's file, what it is of, its bytes, and the loss that it is of."""


class Extras:
    """Writes them down where they belong in the run."""

    def __init__(self, steps: int | None, monitor: ModuleMonitor | None = None) -> None:
        self._steps = steps
        self._monitor = monitor or ModuleMonitor(steps)
        self._waiting: list[Keeping] = []
        """Recordings of a training step that has not been logged yet."""
        self._told = 0
        """How many were told of as events."""
        self._told_removed = False

    def copy(self) -> Self:
        """Return one that may be thrown away where what it was given cannot be written."""
        other = type(self)(self._steps, self._monitor.copy())
        other._waiting = list(self._waiting)
        other._told, other._told_removed = self._told, self._told_removed
        return other

    def take(self, writer: Writer, step: int | None, timeline: Timeline, kind: str, *given: Any) -> None:
        """Take one of them, at a step of the run if it is known which."""
        last = max(0, timeline.end - 1)
        if kind == "look":
            self._monitor.look(writer, last if step is None else step, Look.of(given[0]))
        elif kind == "note":
            writer.event(last if step is None else step, "note", str(given[0]))
        elif kind == "dropped":
            file, why = given
            writer.pending.removed.append((file, why))
            if not self._told_removed:
                writer.event(
                    last, KEPT_EVENT, f"the oldest recordings are removed from now on: one {why}"
                )
            self._told_removed = True
        elif kind == "kept":
            loss = timeline.loss
            if step is None and loss is not None and loss[1] == given[3]:
                step = loss[0]  # that step has been logged before its loss was kept
            if step is None:
                self._waiting.append(given)
            else:
                self._keep(writer, step, given)

    def logged(self, writer: Writer, step: int, loss: float | None) -> None:
        """A step was logged, with a loss or without: what was kept before is of it."""
        if loss is not None:
            self._monitor.note(step, loss)
        if self._waiting:
            self.end(writer, step)

    def end(self, writer: Writer, step: int) -> None:
        """Say of which step the recordings are that wait for one."""
        for each in self._waiting:
            self._keep(writer, step, each)
        self._waiting = []

    def _keep(self, writer: Writer, step: int, keeping: Keeping) -> None:
        file, title, size, _ = keeping
        writer.pending.kept.append((step, file, title, size))
        self._told += 1
        if self._told <= TOLD:
            more = "; what is kept after it is marked in the plot alone" * (self._told == TOLD)
            writer.event(step, KEPT_EVENT, f"kept {title}: Enter opens it{more}")
