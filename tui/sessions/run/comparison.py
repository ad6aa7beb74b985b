"""Comparison: the curves of other runs, laid over those of the run that is watched."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ....engine.runs.store.schema import BadRun
from ....engine.runs.store.store import Store
from ...text.format import natural, number, plain
from .reader import RunReader
from .series import RunSeries

SIGNS = "abcdefghij"
"""Each run's in the plot; there is room for so many runs."""
LISTED = 12
"""How many are listed above the question; Tab goes through all."""
OPTIONS = {"depth": "layers"}
"""What `train` calls a setting, where that is another word."""
SELDOM = 20
"""Of how many looks one is at a run that has ended: it may be resumed."""


class Comparison:
    """The other runs, in the order in which they were laid over this one."""

    def __init__(self, reader: RunReader, others: Sequence[Store] = ()) -> None:
        self._reader = reader
        self._looks = 0
        self.others = [RunSeries(other) for other in others]

    def read(self) -> bool:
        """Read what is new of the other runs; say whether anything is."""
        changed = [_read(other) for other in self.others if self._may_have_news(other)]
        return any(changed)

    def _may_have_news(self, other: RunSeries) -> bool:
        """Whether it is to be looked at: a run that has ended is, only now and then."""
        self._looks += 1
        return other.behind or other.live or self._looks % SELDOM == 0

    def toggle(self, text: str) -> str:
        """Lay the curves of other runs over this one's, or take them away; nothing typed clears all.

        Several names have commas between them, and `*` stands for any letters.
        """
        names = [name for part in text.split(",") if part.strip() for name in self._meant(part.strip())]
        if not names:
            self.others = []
            return "no run matches that" if text.strip() else "no other runs"
        sentences = [self._toggle(name) for name in names]
        return sentences[0] if len(names) == 1 else self._listed()

    def _meant(self, name: str) -> list[str]:
        """The names of runs that a pattern matches, but for those drawn already; any other is itself."""
        if "*" not in name:
            return [name]
        drawn = {other.store.name for other in self.others}
        found = (each for each in self._there() if fnmatchcase(each, name) and each not in drawn)
        return list(found)[: len(SIGNS)]

    @property
    def choices(self) -> list[str]:
        """The other runs there are, as many as fit above a question."""
        names = self._there()
        shown, more = [plain(name) for name in names[:LISTED]], len(names) - LISTED
        return [*shown, f"and {more:,} more: Tab"] if more > 0 else shown

    def completions(self, text: str) -> list[str]:
        """What the last name of a text may become: the runs that begin so, else those that hold it."""
        before, comma, name = text.rpartition(",")
        start, part = before + comma + name[: len(name) - len(name.lstrip())], name.strip()
        typed = {each.strip() for each in before.split(",")}
        there = [each for each in self._there() if each not in typed]
        begin = [each for each in there if each.startswith(part)]
        return [start + each for each in begin or (each for each in there if part in each)]

    def _there(self) -> list[str]:
        """The names of the other runs in the directory, `moons-2` before `moons-10`."""
        directory, own = self._reader.store.path.parent, self._reader.store.name
        names = (path.stem for path in directory.glob("*.sqlite"))
        return sorted((name for name in names if name != own), key=natural)

    def _toggle(self, name: str) -> str:
        from ....engine.runs.store.directory import find_run  # only where a run is looked for by name

        kept = [other for other in self.others if other.store.name != name]
        if len(kept) < len(self.others):
            self.others = kept
            return f"without {plain(name)}"
        try:
            other = RunSeries(find_run(self._reader.store.path.parent, name))
        except BadRun as error:
            return plain(str(error))
        self.others = [*kept, other][-len(SIGNS) :]
        _read(other)
        return f"{plain(name)} is drawn in {SIGNS[len(self.others) - 1]}"

    def _listed(self) -> str:
        drawn = (f"{sign} {plain(o.store.name)}" for sign, o in zip(SIGNS, self.others, strict=False))
        return ", ".join(drawn) or "no other runs"

    # How their settings differ

    @property
    def differing(self) -> list[str]:
        """The settings that are not the same in all the runs, by the names `train` has for them."""
        settings = [settings_of(self._reader.store), *(settings_of(o.store) for o in self.others)]
        names = dict.fromkeys(name for each in settings for name in each)
        return [name for name in names if len({each.get(name, "") for each in settings}) > 1]


def settings_of(store: Store) -> dict[str, str]:
    """Return the settings of a run as they are typed; none of a script's."""
    if not store.has_model:
        return {}
    config = store.training_config
    found: dict[str, str] = {"data": config.dataset}
    for name in config.TOLD:
        found[OPTIONS.get(name, name).replace("_", " ")] = _typed(getattr(config, name))
    return {name: plain(text) for name, text in found.items()}


def _typed(value: object) -> str:
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    return number(value) if isinstance(value, float) else str(value)


def _read(other: RunSeries) -> bool:
    try:
        with other.store.reading():
            status = other.store.status()
            other.live = status.live
            return other.read(status.step)
    except BadRun:
        other.live = False
        return False  # it was deleted; what was read of it stays on the screen
