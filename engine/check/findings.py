"""What an audit found: of each fault the line, the numbers, the smallest expression, and the reason."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal[
    "overwrites", "local derivative", "chain factor", "not attached", "forward", "reflected", "order",
    "seed", "detached", "crash",
]  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A fault of a rule. `arrived` and `expected` are what the smallest expression gives and should.

    `code` is the text at `line`; where a line is missing it is the `def` of the function that lacks it.
    """

    rule: str
    line: int
    code: str
    kind: Kind
    expression: str
    arrived: float | None
    expected: float | None
    why: str
    at: str = ""
    """The numbers of the leaves and what was looked at: `a.grad at a=3, b=2`."""


@dataclass
class ClassReport:
    """What was found of one class: faults, and apart from them what is missing and what is limited."""

    name: str
    line: int
    findings: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What was found in a file. `refusal` is why it could not be audited, or ""."""

    file: str
    classes: list[ClassReport] = field(default_factory=list)
    refusal: str = ""

    @property
    def exit_code(self) -> int:
        """0 where all is right, 1 for faults, 2 where nothing could be audited."""
        if any(each.findings for each in self.classes):
            return 1
        return 0 if self.classes else 2


def plain_report(report: Report) -> dict[str, Any]:
    """Return the report as JSON has it; a number that is none has its name, as `nan`."""
    return {
        "file": report.file,
        "classes": [asdict(each) | {"findings": _plain(each.findings)} for each in report.classes],
    } | ({"refusal": report.refusal} if report.refusal else {})


def _plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    rows = [asdict(each) for each in findings]
    for row in rows:
        for key in ("arrived", "expected"):
            x = row[key]
            row[key] = str(x) if x is not None and (x != x or x in (float("inf"), -float("inf"))) else x
    return rows


def report_of(plain: dict[str, Any]) -> Report:
    """Read what `plain_report` wrote."""
    classes = [
        ClassReport(
            each["name"],
            each["line"],
            [_finding(row) for row in each["findings"]],
            each["missing"],
            each["limits"],
        )
        for each in plain["classes"]
    ]
    return Report(plain["file"], classes, plain.get("refusal", ""))


def _finding(row: dict[str, Any]) -> Finding:
    numbers = {key: None if row[key] is None else float(row[key]) for key in ("arrived", "expected")}
    return Finding(**(row | numbers))
