"""The text of a check of a backward pass of tensors: what is wrong, a sentence each."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ....engine.check.tensor_finding import TensorFinding
from ....engine.recording.tensor import TensorRecording
from ...text.format import plain
from .trace import verdict


def tensor_lines(
    title: str, found: Sequence[TensorFinding], looked_at: tuple[str, TensorRecording] | None
) -> Iterator[str]:
    """Yield a line for the pass that was looked at, one a finding, and how many there are."""
    if looked_at is not None:
        look_at, recording = looked_at
        yield f"{title}: {look_at}; {len(recording.nodes)} nodes; {verdict(recording)}"
    for count, each in enumerate(found, 1):
        sign = "warning, " if each.severity == "warning" else ""
        yield f"{count}. {sign}{plain(each.kind)}: {plain(each.sentence.replace(f'{Path.cwd()}/', ''))}"
    if not found:
        yield "nothing is wrong with this backward pass"
    elif all(each.severity == "warning" for each in found):
        yield "no fault; warnings alone leave the exit code at 0"
