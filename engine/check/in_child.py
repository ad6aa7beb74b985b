"""The audit of a file in a child process: what the file does on being loaded is no risk to us."""

from ..sources.child import SECONDS, run_in_child
from .findings import Report, report_of


def audit_file(file: str, seconds: float = SECONDS) -> Report:
    """Audit the classes of a file; where that cannot be, the report says why."""
    answer = run_in_child("micrograd_tui.engine.check.check_file", {"file": file}, seconds)
    given = answer.given or {"refusal": answer.ended}
    if "classes" not in given:
        where = f"line {given['line']}: " if "line" in given else ""
        return Report(file, refusal=where + str(given.get("refusal", "it gave no answer")))
    return report_of(dict(given))
