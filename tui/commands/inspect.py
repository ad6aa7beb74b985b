"""`inspect(loss)`: the app on a graph of a running program, which goes on when the app is left."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from ...engine.recording.log import Recording
from ...engine.sources.python.held_root import NotRecorded, is_tensor, record_held
from ..sessions.target import Opened, OpenedTensors, Target
from ..terminal.interactive import no_terminal
from ..views.steps.trace import trace_lines

if TYPE_CHECKING:
    from ...engine.sources.pytorch.values.pass_values import PassValues


def inspect(root: Any, frame: FrameType | None) -> None:
    """Open the app on a node's graph; where there is no terminal, say so and print the trace."""
    values = _values() if is_tensor(root) else None
    try:
        title, recording = record_held(root, frame, values)
    except NotRecorded as error:
        raise TypeError(error.said_by("inspect")) from None
    if isinstance(recording, Recording):
        _show(Opened(title, recording, look_at=f"inspect({title})"))
    else:
        _show(OpenedTensors(title, recording, f"inspect({title})", "", values))


def _values() -> PassValues:
    """The tensors of the pass, which this process holds."""
    from ...engine.sources.pytorch.values.pass_values import PassValues

    return PassValues()


def _show(opened: Opened | OpenedTensors) -> None:
    if refusal := _no_app():
        print(f"micrograd-tui: {refusal}; here is the trace")
        for line in _lines(opened):
            print(line)
        return
    from ..terminal.as_before import process_as_before

    with process_as_before():
        gc.disable()  # as in open.py
        from ..app import run as run_app

        run_app(Target(opened.look_at), opened)


def _lines(opened: Opened | OpenedTensors) -> Iterator[str]:
    if isinstance(opened, Opened):
        return trace_lines(opened.title, opened.recording)
    from ..views.tensors.trace import trace_lines as tensor_lines

    return tensor_lines(opened.look_at, opened.recording.why, opened.recording)


def _no_app() -> str:
    """Why the app cannot run here and now, if it cannot."""
    try:
        asyncio.get_running_loop()
        return "the app cannot run inside of an event loop that runs already"
    except RuntimeError:
        pass
    if threading.current_thread() is not threading.main_thread():
        return "the app runs in the main thread alone"
    return no_terminal("").removesuffix("; ")
