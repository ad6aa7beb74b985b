"""`micrograd-tui open`, and without a command: step through a graph in the app."""

import argparse
import gc
import sys
import threading
from dataclasses import replace

from ...engine.recording.tensor_values import KEEP, MEGABYTE
from ..sessions.target import Opened, OpenedTensors
from ..terminal.interactive import no_terminal
from .target import add_target, announce, target_of


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_target(parser)
    parser.add_argument(
        "--keep",
        type=_megabytes,
        default=KEEP,
        metavar="MB",
        help="of PyTorch: megabytes of gradients kept to be looked at, by default"
        f" {KEEP // MEGABYTE}; the rest is computed again",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="audit the classes of FILE.py and step through what is wrong, beside what is right",
    )
    parser.add_argument(
        "--finding", type=int, default=0, metavar="N", help="of --check: the N-th finding, not the first"
    )


def run(options: argparse.Namespace) -> int:
    """Open the target and step through it; return the exit code."""
    target = replace(target_of(options), keep=getattr(options, "keep", KEEP))
    if getattr(options, "check", False):
        target = replace(target, finding=options.finding)
    hint = "`micrograd-tui trace` prints the same as text"
    refusal = no_terminal(hint if target.finding is None else "`micrograd-tui check` prints it as text")
    if refusal and target.program:  # not run for nothing
        return _refused(refusal)
    announce(target)
    # Importing Textual makes some hundred thousand objects and no garbage: a seventh of the time
    # to the first frame goes into looking for it.
    gc.disable()
    if target.program:
        threading.Thread(target=_import_app, daemon=True).start()  # meanwhile, for it runs elsewhere
    opened: Opened | OpenedTensors | None = None if target.slow else target.open_up_to_error()
    if refusal:
        return _refused(refusal)
    from ..app import run as run_app

    return run_app(target, opened)


def _megabytes(text: str) -> int:
    try:
        megabytes = float(text)
    except ValueError:
        megabytes = -1.0
    if not 0 <= megabytes < 1e9:
        raise argparse.ArgumentTypeError(f"a number of megabytes, 0 or more, not {text.strip()!r}")
    return int(megabytes * MEGABYTE)


def _import_app() -> None:
    from .. import app as app


def _refused(refusal: str) -> int:
    print(f"micrograd-tui: {refusal}", file=sys.stderr)
    return 2
