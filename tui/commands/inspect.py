"""`inspect(loss)`: the app on a graph of a running program, which goes on when the app is left."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any

from ...engine.graph import toposort
from ...engine.recording.record import record
from ...engine.sources.python.pytorch_loss import tensors_of
from ...engine.sources.python.variables import frames_of, names_of
from ...engine.value import Value
from ..sessions.target import Opened, OpenedTensors, Target
from ..terminal.interactive import no_terminal
from ..views.steps.trace import trace_lines

if TYPE_CHECKING:
    from ...engine.recording.log import Recording


def inspect(root: Any, frame: FrameType | None) -> None:
    """Open the app on a node's graph; where there is no terminal, say so and print the trace."""
    if _is_tensor(root):
        _show(_opened_tensors(root, frame))
        return
    names = names_of(frames_of(frame), lambda thing: isinstance(thing, _most_general(type(root))))
    title = next((name for name, node in names.items() if node is root), type(root).__name__)
    _show(Opened(title, _recorded(root, names), look_at=f"inspect({title})"))


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


def _is_tensor(root: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(root, torch.Tensor)


def _opened_tensors(root: Any, frame: FrameType | None) -> OpenedTensors:
    """Record a loss of PyTorch's; its graph and every `.grad` are afterwards as before."""
    from ...engine.sources.pytorch.record import record_loss
    from ...engine.sources.pytorch.refused import Refused
    from ...engine.sources.pytorch.values.pass_values import PassValues

    held = tensors_of(frames_of(frame))
    title = next((name for name, thing in held.items() if thing is root), "loss")
    values = PassValues()
    try:
        recording = record_loss(root, held, values)
    except Refused as error:
        raise TypeError(f"inspect({title}): {error}") from None
    return OpenedTensors(title, recording, f"inspect({title})", "", values)


def _recorded(root: Any, names: Mapping[str, Any]) -> Recording:
    """Record the backward pass of a graph of ours or of theirs; gradients are afterwards as before."""
    if isinstance(root, Value):
        log = record(root)
        places = {id(node): i for i, node in enumerate(toposort(root))}
        for name, node in names.items():
            log.labels.setdefault(places.get(id(node), -1), name)
        log.labels.pop(-1, None)
        return log
    from ...engine.sources.learner.discover import discover, looks_like_engine
    from ...engine.sources.learner.engine import NotAnEngine
    from ...engine.sources.learner.record import gradients_restored, record_learner

    if not looks_like_engine(type(root)):
        raise TypeError(f"inspect wants a node of a graph, not a {type(root).__name__}")
    try:
        engine = discover(type(root))
        with gradients_restored(engine, root):
            return record_learner(root, engine, getattr(root, engine.backward), names=names)
    except NotAnEngine as error:
        raise TypeError(str(error)) from None


def _most_general(cls: type) -> type:
    """The class of all nodes of a root's graph: the most general that has its arithmetic."""
    return next((kind for kind in reversed(cls.__mro__) if "__add__" in vars(kind)), cls)


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
