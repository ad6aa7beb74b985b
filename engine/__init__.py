"""The engine: scalar autograd that can be stepped, recorded and played back. No terminal in it."""

from .backward import backward, backward_steps
from .gradcheck import gradcheck
from .graph import consumers, leaves, recalculate, toposort, zero_grad
from .ops import OPS, Op
from .origin import scope, source_lines
from .recording.json_file import load, save
from .recording.log import Recording
from .recording.playback import Playback
from .recording.record import record
from .value import Value

__all__ = [
    "OPS",
    "Op",
    "Playback",
    "Recording",
    "Value",
    "backward",
    "backward_steps",
    "consumers",
    "gradcheck",
    "leaves",
    "load",
    "recalculate",
    "record",
    "save",
    "scope",
    "source_lines",
    "toposort",
    "zero_grad",
]
