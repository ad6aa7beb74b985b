"""Opening a graph of somebody's program: a child process runs it, and its recording is read here."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...recording.columns import BadColumns, from_columns
from ...recording.json_file import NotARecording
from ...recording.log import Recording
from ...recording.tensor import TensorRecording
from ...recording.tensor_json import from_plain
from ..child import SECONDS, run_in_child
from .named import Named
from .refusal import shown_path


class NotOpened(Exception):
    """No graph came of it; the message is one sentence, `printed` what the program printed."""

    def __init__(self, sentence: str, printed: str) -> None:
        super().__init__(sentence)
        self.printed = printed


@dataclass(frozen=True, eq=False)
class OpenedProgram:
    """A graph of a program: its recording, which pass it is, what the program printed until then."""

    recording: Recording
    note: str
    printed: str


@dataclass(frozen=True, eq=False)
class OpenedTensors:
    """The same, of a graph of tensors."""

    recording: TensorRecording
    note: str
    printed: str


def open_program(
    named: Named,
    which: int = 1,
    arguments: Sequence[str] = (),
    seconds: float = SECONDS,
    way: str = "",
) -> OpenedProgram | OpenedTensors:
    """Run the program until its `which`-th backward pass and return that; raise NotOpened.

    `way` is "dry" or "live" where a graph of PyTorch's is to be stepped in that one.
    """
    job = {"form": named.form, "place": named.place, "variable": named.variable, "way": way}
    asked = {**job, "which": which, "arguments": list(arguments)}
    answer = run_in_child("micrograd_tui.engine.sources.python.opening", asked, seconds)
    given = answer.given or {"refusal": answer.ended}
    try:
        if "tensors" in given:
            return OpenedTensors(from_plain(given["tensors"]), str(given.get("note", "")), answer.printed)
        recording = from_columns(given["recording"]) if "recording" in given else None
    except (BadColumns, NotARecording):
        raise NotOpened("what came of it is no recording", answer.printed) from None
    if recording is None:
        where = f"{shown_path(str(given['file']))}:{given.get('line')}: " if "file" in given else ""
        raise NotOpened(where + str(given.get("refusal", "it gave no answer")), answer.printed)
    return OpenedProgram(recording, str(given.get("note", "")), answer.printed)
