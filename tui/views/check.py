"""The text of an audit and of a graph's check: what a learner, or a course's CI log, reads."""

from collections.abc import Iterator, Sequence

from ...engine.check.findings import ClassReport, Finding, Report
from ...engine.check.nudge import Nudged
from ..text.format import number, plain

MOST = 20
"""The most leaves that are listed, where all is right or many are wrong."""


def report_lines(report: Report) -> Iterator[str]:
    """Yield the lines of an audit: class by class, its faults numbered, the rest below."""
    count = 0
    for each in report.classes:
        yield f"{plain(report.file)}: class {plain(each.name)}, line {each.line}"
        for finding in each.findings:
            count += 1
            yield ""
            yield from finding_lines(count, finding)
        yield from _below(each)
        yield ""
    yield _summed(report, count)


def finding_lines(count: int, finding: Finding) -> Iterator[str]:
    """Yield the lines of one fault: the rule and its line, the numbers, the reason."""
    yield f"{count}. {plain(finding.rule)}, line {finding.line}: {finding.kind}"
    yield f"   {finding.line:5} | {plain(finding.code)}"
    yield f"   {_numbers(finding)}"
    yield f"   {plain(finding.why)}"


def _numbers(finding: Finding) -> str:
    what, _, at = finding.at.rpartition(" at ")
    shown = f"{plain(finding.expression)} at {plain(at)}"
    expected = f"should be {number(finding.expected)}"
    if finding.arrived is None:
        return shown if finding.expected is None else f"{shown}: {what or 'the result'} {expected}"
    return f"{shown}: {what or 'the result'} is {number(finding.arrived)}, {expected}"


def _below(report: ClassReport) -> Iterator[str]:
    for title, lines in (("missing", report.missing), ("limits", report.limits)):
        if lines:
            yield ""
            yield f"{title}, which is no fault:"
            yield from (f"  - {plain(line)}" for line in lines)


def _summed(report: Report, count: int) -> str:
    names = ", ".join(plain(each.name) for each in report.classes)
    if not count:
        return f"no fault found in {names}"
    return f"{count} fault{'s'[: count != 1]} in {names}"


def leaves_lines(title: str, leaves: Sequence[Nudged]) -> Iterator[str]:
    """Yield the lines of a graph's check, the worst leaf first."""
    wrong = sum(leaf.wrong for leaf in leaves)
    measured = [leaf for leaf in leaves if leaf.slope is not None]
    left = len(measured) < len(leaves)
    right = "their gradients are the slopes" if left else "every gradient is the slope"
    count = f"{len(measured)}{f' of {len(leaves)}' * left}"
    yield f"{title}: {count} leaves nudged, {f'{wrong} of them wrong' if wrong else right}"
    shown = measured[: max(MOST, min(wrong, 2 * MOST))]
    width = max((len(plain(leaf.name)) for leaf in shown), default=4)
    yield f"  {'leaf':{width}}  {'gradient':>10}  {'slope':>10}  {'error':>8}"
    for leaf in shown:
        numbers = f"{number(leaf.grad):>10}  {number(leaf.slope):>10}  {leaf.error:8.1e}"
        yield f"  {plain(leaf.name):{width}}  {numbers}{'  WRONG' if leaf.wrong else ''}"
    if len(measured) > len(shown):
        yield f"  and {len(measured) - len(shown)} more, none worse than the last"
    if wrong and left:
        yield f"  {not_nudged(leaves)}"


def not_nudged(leaves: Sequence[Nudged]) -> str:
    """How many leaves could not be nudged, and why: no formula is known of gelu."""
    left = [leaf for leaf in leaves if leaf.slope is None]
    ops = ", ".join(dict.fromkeys(plain(leaf.unknown) for leaf in left if leaf.unknown))
    count = f"{len(left)} {'leaf' if len(left) == 1 else 'leaves'}"
    why = f"no formula is known of {ops}" if ops else "a number is not finite"
    return f"{count} could not be nudged: {why}"
