"""What an audit has found so far: each line is blamed once, and what follows from it is left out."""

from ..findings import ClassReport, Finding, Kind
from ..lines.source import Place
from ..trials.trial import Trial

STRUCTURAL = ("detached", "not attached", "forward")
"""Kinds after which nothing more can be said of graphs with such a node."""


class Found:
    """The findings of one class, the lines blamed, and the trial that shows each."""

    def __init__(self, report: ClassReport) -> None:
        self.report = report
        self.blamed: set[tuple[str, int]] = set()
        self.broken: set[str] = set()
        self.trials: dict[tuple[str, int], Trial] = {}

    @property
    def rules(self) -> set[str]:
        """The rules that are blamed."""
        return {rule for rule, _ in self.blamed}

    def add(
        self,
        place: Place,
        kind: Kind,
        text: str,
        numbers: tuple[float | None, float | None],
        at: str,
        reason: str,
        trial: Trial | None = None,
    ) -> None:
        """Blame a line, unless it is blamed already; `numbers` are what arrived and what should have."""
        key = (place.rule, place.line)
        if key in self.blamed:
            return
        self.blamed.add(key)
        if kind in STRUCTURAL:
            self.broken.add(place.rule)
        if trial is not None:
            self.trials[key] = trial
        arrived, expected = numbers
        right = None if expected is None else float(f"{expected:.8g}")  # as far as it is measured
        found = Finding(place.rule, place.line, place.code, kind, text, arrived, right, reason, at)
        self.report.findings.append(found)

    def missing(self, text: str) -> None:
        """Note what is not offered, which is no fault; of a kind once."""
        if not any(each.partition(":")[0] == text.partition(":")[0] for each in self.report.missing):
            self.report.missing.append(text)
