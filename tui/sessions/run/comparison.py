"""Comparison: the curves of other runs, laid over those of the run that is watched."""

from collections.abc import Sequence

from ....engine.runs.store.schema import BadRun
from ....engine.runs.store.store import Store
from ...text.format import plain
from .reader import RunReader
from .series import RunSeries

SIGNS = "abcdefgh"
"""Each run's in the plot; there is room for so many runs."""


class Comparison:
    """The other runs, in the order in which they were laid over this one."""

    def __init__(self, reader: RunReader, others: Sequence[Store] = ()) -> None:
        self._reader = reader
        self.others = [RunSeries(other) for other in others]

    def read(self) -> bool:
        """Read what is new of the other runs; say whether anything is."""
        changed = [_read(other) for other in self.others]
        return any(changed)

    def toggle(self, text: str) -> str:
        """Lay the curves of another run over this one's, or take them away; nothing typed clears all."""
        from ....engine.runs.store.directory import find_run  # only where a run is looked for by name

        name = text.strip()
        kept = [other for other in self.others if other.store.name != name]
        if not name or len(kept) < len(self.others):
            self.others = kept if name else []
            return f"without {plain(name)}" if name else "no other runs"
        try:
            other = RunSeries(find_run(self._reader.store.path.parent, name))
        except BadRun as error:
            return plain(str(error))
        self.others = [*kept, other][-len(SIGNS) :]
        _read(other)
        return f"{plain(name)} is drawn in {SIGNS[len(self.others) - 1]}"


def _read(other: RunSeries) -> bool:
    try:
        with other.store.reading():
            return other.read(other.store.status().step)
    except BadRun:
        return False  # it was deleted; what was read of it stays on the screen
