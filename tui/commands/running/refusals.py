"""What the engine and the data refuse, as the one sentence the command prints."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from ...sessions.target import BadTarget
from ...terminal.interactive import no_terminal
from ...text.format import plain


@contextmanager
def refusals() -> Iterator[None]:
    """Raise BadTarget, safe to show, for what a run or a data set cannot be."""
    from ....datasets import BadData
    from ....engine.runs.store.schema import BadRun

    try:
        yield
    except (BadRun, BadData) as error:
        raise BadTarget(plain(str(error))) from None


def needs_terminal(options: argparse.Namespace) -> str:
    """Return why the watching screen cannot run here, if the options ask for it and it cannot."""
    if options.headless or options.json or options.detach:
        return ""
    return no_terminal("--headless, --json and --detach need none")
