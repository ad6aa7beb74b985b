"""What the engine and the data refuse, as the one sentence the command prints."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..sessions.target import BadTarget
from ..text.format import plain


@contextmanager
def refusals() -> Iterator[None]:
    """Raise BadTarget, safe to show, for what a run or a data set cannot be."""
    from ...datasets import BadData
    from ...engine.runs.store.schema import BadRun

    try:
        yield
    except (BadRun, BadData) as error:
        raise BadTarget(plain(str(error))) from None


def needs_terminal(options: argparse.Namespace) -> str:
    """Say why the watching screen cannot run here, if the options ask for it and it cannot."""
    if options.headless or options.json or options.detach:
        return ""
    return no_terminal("--headless, --json and --detach need none")


def no_terminal(hint: str) -> str:
    """Say why the app cannot run here, if it cannot: Textual reads stdin and draws on stderr."""
    for name, stream in (("stdin", sys.__stdin__), ("stderr", sys.__stderr__)):
        if stream is None or not stream.isatty():
            return f"the app needs a terminal, and {name} is none; {hint}"
    if os.environ.get("TERM") == "dumb":
        return f"the app needs a terminal that can move its cursor, and TERM is dumb; {hint}"
    return ""
