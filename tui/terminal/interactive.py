"""Whether there is an interactive terminal: one to read keys from and to draw the app on."""

import os
import sys


def no_terminal(hint: str) -> str:
    """Return why the app cannot run here, if it cannot: Textual reads stdin and draws on stderr."""
    for name, stream in (("stdin", sys.__stdin__), ("stderr", sys.__stderr__)):
        if stream is None or not stream.isatty():
            return f"the app needs a terminal, and {name} is not connected to one; {hint}"
    if os.environ.get("TERM") == "dumb":
        return f"the app needs a terminal that can move its cursor, and TERM is dumb; {hint}"
    return ""
