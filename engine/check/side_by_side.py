"""A finding of the audit side by side: the smallest failing expression, as their pass and a right one."""

from dataclasses import dataclass
from typing import Any

from ..recording.columns import BadColumns, from_columns
from ..recording.log import Recording
from ..sources.child import SECONDS, run_in_child
from .findings import Finding


class NothingToShow(Exception):
    """There are no two recordings; the message is one sentence, `clean` whether there is no fault."""

    def __init__(self, sentence: str, clean: bool = False) -> None:
        super().__init__(sentence)
        self.clean = clean


@dataclass(frozen=True, eq=False)
class SideBySide:
    """One finding: their recording, the right one, and which of how many it is."""

    finding: Finding
    theirs: Recording
    right: Recording
    which: int
    count: int


def side_by_side(file: str, which: int = 0, seconds: float = SECONDS) -> SideBySide:
    """Audit a file in a child process and return its `which`-th finding, 0 for the first with a graph.

    Raise NothingToShow where there is none."""
    given = run_in_child("micrograd_tui.engine.check.witness", {"file": file, "which": which}, seconds)
    answer = given.given or {"refusal": given.ended}
    if "refusal" in answer:
        raise NothingToShow(str(answer["refusal"]))
    if "finding" not in answer:
        raise _none(answer, which)
    finding = Finding(**answer["finding"])
    try:
        sides = [from_columns(side) for side in answer["sides"]]
    except BadColumns:
        raise NothingToShow("what came of it is no recording") from None
    if len(sides) != 2:
        raise NothingToShow(
            f"{finding.rule}, line {finding.line}: {finding.why}; there is no graph to show"
        )
    return SideBySide(finding, sides[0], sides[1], answer["which"], answer["count"])


def _none(answer: Any, which: int) -> NothingToShow:
    classes = ", ".join(map(str, answer.get("classes", []))) or "a class"
    if not answer.get("classes"):
        return NothingToShow("no class looks like an engine")
    if not answer.get("count"):
        return NothingToShow(f"no fault was found in {classes}", clean=True)
    return NothingToShow(f"there are {answer['count']} findings in {classes}, and not {which}")
