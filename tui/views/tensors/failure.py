"""An error that ended a pass of tensors, as lines: what it says, the line, the shapes of its operands."""

from collections.abc import Iterator

from ....engine.recording.tensor import Failure
from ...text.format import plain
from ..steps.source_line import shown_source, source_line


def failure_told(failed: Failure, of_backward: bool) -> Iterator[tuple[str, str]]:
    """Yield the lines and their styles."""
    yield f"the {'backward' if of_backward else 'forward'} pass ended here, by an error", "strong"
    yield plain(failed.said), "negative"
    if failed.source:
        text = source_line(failed.source)
        yield f"{plain(shown_source(failed.source))}{': ' if text else ''}{text}", ""
    if failed.text:
        yield f"it failed in {plain(failed.text)}", ""
    if failed.operands:
        yield "operands", "header"
    for each in failed.operands:
        yield f"  {plain(each)}", "changed"
