"""Opening a graph of somebody's program: a child process runs it, and its recording is read here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...recording.columns import BadColumns, from_columns
from ...recording.json_file import NotARecording
from ...recording.log import Recording
from ...recording.tensor import TensorRecording
from ...recording.tensor_json import from_plain
from ..child import SECONDS, run_in_child
from ..values_over_pipe import ValuesOverPipe
from .named import Named
from .refusal import shown_path

_OPENING = "micrograd_tui.engine.sources.python.opening"


class NotOpened(Exception):
    """No graph came of it; the message is one sentence, `printed` what the program printed."""

    def __init__(
        self, sentence: str, printed: str, fault: str = "", graph: TensorRecording | None = None
    ) -> None:
        super().__init__(sentence)
        self.printed = printed
        self.fault = fault
        """What is wrong with the graph itself; "" where it is something else."""
        self.graph = graph
        """A graph of tensors that had been made when an error came."""


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
    values: ValuesOverPipe | None = None
    """The tensors themselves, which the process of the program holds."""


def open_program(
    named: Named,
    which: int = 1,
    arguments: Sequence[str] = (),
    seconds: float = SECONDS,
    way: str = "",
    keep: int | None = None,
) -> OpenedProgram | OpenedTensors:
    """Run the program until its `which`-th backward pass and return that; raise NotOpened.

    `way` is "dry" or "live" where a graph of PyTorch's is to be stepped in that one. With `keep`, so
    many bytes of its tensors are kept to be looked at, and the program's process until that is over.
    """
    may_stay = keep is not None
    job = {"form": named.form, "place": named.place, "variable": named.variable, "way": way}
    asked = {**job, "which": which, "arguments": list(arguments), "keep": keep}
    answer = run_in_child(_OPENING, asked, seconds, may_stay)
    if (
        answer.given and "again" in answer.given
    ):  # no backward(), but torch.autograd.grad: that is looked at
        answer = run_in_child(_OPENING, asked | {"grads": True}, seconds, may_stay)
    given = answer.given or {"refusal": answer.ended}
    try:
        if "tensors" in given:
            values = ValuesOverPipe(answer.staying, given["kept"]) if answer.staying else None
            recording_of = from_plain(given["tensors"])
            return OpenedTensors(recording_of, str(given.get("note", "")), answer.printed, values)
        recording = from_columns(given["recording"]) if "recording" in given else None
    except (BadColumns, NotARecording):
        raise NotOpened("what came of it is no recording", answer.printed) from None
    if recording is None:
        raise _refused(given, answer.printed)
    return OpenedProgram(recording, str(given.get("note", "")), answer.printed)


def _refused(given: Mapping[str, Any], printed: str) -> NotOpened:
    where = f"{shown_path(str(given['file']))}:{given.get('line')}: " if "file" in given else ""
    sentence = where + str(given.get("refusal", "it gave no answer"))
    if given.get("exited"):
        last = [line.strip() for line in printed.splitlines() if line.strip()][-1:]
        sentence = ": ".join((sentence, *last))
    try:
        graph = from_plain(given["graph"]) if "graph" in given else None
    except NotARecording:
        graph = None
    return NotOpened(sentence, printed, str(given.get("fault", "")), graph)
