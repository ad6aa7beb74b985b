"""What a script has kept at the cursor: which recording Enter opens, and how it is read."""

from pathlib import Path

from ....engine.recording.json_file import NotARecording
from ....engine.runs.store.looks import Kept, kept_folder
from ....engine.runs.store.store import Store
from ...text.format import plain
from ..stepping import SteppingSession
from ..target import Opened, OpenedTensors, opened_recording
from ..tensors import TensorSession
from .reader import RunReader

NONE = (
    "this run has logged numbers only: there is no graph to open (run.keep(loss) in its script keeps one)"
)


class KeptGraph(SteppingSession):
    """Steps through a scalar graph that was kept."""

    of_run = True


class KeptTensors(TensorSession):
    """Steps through a graph of tensors that was kept."""

    of_run = True


def kept_at(reader: RunReader) -> Kept | str:
    """Return what was kept of the step looked at, or last before; while it is followed, the newest.

    A sentence says why there is nothing.
    """
    if not reader.kept:
        return NONE
    before = [kept for kept in reader.kept if kept.step <= reader.at]
    if reader.cursor is not None and before and before[-1].step == reader.cursor and before[-1].dropped:
        return f"training step {reader.cursor:,}: {before[-1].file} {before[-1].dropped}"
    there = [kept for kept in before if not kept.dropped]
    if there:
        return there[-1]
    left = [kept for kept in reader.kept if not kept.dropped]
    first = f"the first that was kept is step {left[0].step:,}" if left else "none is there any more"
    return f"nothing was kept up to training step {reader.at:,}; {first}"


def open_kept(store: Store, kept: Kept, at: int) -> KeptGraph | KeptTensors | str:
    """Read a recording that was kept; return a session on it, or why it cannot be."""
    if Path(kept.file).name != kept.file:
        return f"{plain(kept.file)} is no file of this run's"
    path = kept_folder(store.path) / kept.file
    title = f"{plain(store.name)}, training step {kept.step:,}: {plain(kept.title.partition(',')[0])}"
    before = f", the last kept before {at:,}" * (kept.step < at)
    look_at = f"training step {kept.step:,}{before}"
    try:
        opened = opened_recording(path, title, look_at)
    except NotARecording as error:
        return f"{plain(kept.file)}: {plain(str(error))}"
    except OSError as error:
        return f"{plain(str(path))}: {error.strerror or error}"
    if isinstance(opened, OpenedTensors):
        return KeptTensors(opened)
    assert isinstance(opened, Opened)
    return KeptGraph(opened)
