"""The terminal: the command line, the Textual app, and what stands between them and the engine."""

import os
import sys
from typing import Any

# Textual keeps a repaint back for up to twice this period after the one before, which was perhaps a live
# frame: at its own 60 a second, a key pressed while a run trains would wait 33 ms for nothing.
os.environ.setdefault("TEXTUAL_FPS", "240")

__all__ = ["inspect"]


def inspect(root: Any) -> None:
    """Open the app on the graph of a node, of our `Value` or a class of your own; return when it is left.

    Call it in a script, at a prompt or in a debugger. Without a terminal it prints the trace instead.
    Gradients are afterwards as they were before.
    """
    from .commands.inspect import inspect as open_app  # a program that never asks pays nothing

    open_app(root, sys._getframe(1))
