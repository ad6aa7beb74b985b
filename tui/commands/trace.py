"""`micrograd-tui trace`: a backward pass as plain text or JSON, or stepped through line by line."""

import argparse
import sys
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from ...engine.recording.record import Progress
from ..sessions.target import BadTarget, Opened, OpenedTensors, Target
from ..text.format import ALL_DIGITS, DIGITS, plain
from ..views.steps.trace import trace_lines
from .target import add_target, open_any_for_text, target_of

if TYPE_CHECKING:
    from ...engine.recording.tensor import TensorRecording


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_target(parser)
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--digits", type=_digits, default=DIGITS, metavar="N",
        help=f"print numbers with N significant digits, 1 to {ALL_DIGITS}; default {DIGITS}",
    )  # fmt: skip
    shown.add_argument("--all-digits", action="store_true", help="print every number to its last bit")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="edits",
        metavar="NAME=NUMBER",
        help="give a cell a number, a formula or another op, and recalculate what follows (repeatable)",
    )
    parser.add_argument(
        "--break",
        action="append",
        default=[],
        dest="breaks",
        metavar="NAME[,NAME]",
        help="break the backward pass on purpose, as overwrite, no-seed or 'detach w1'",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the recording as JSON")
    form.add_argument(
        "--follow",
        action="store_true",
        help="step through it: read a key from each line of stdin; ? lists them",
    )


def _digits(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text[:3]) <= ALL_DIGITS):
        raise argparse.ArgumentTypeError(f"1 to {ALL_DIGITS} digits can be printed, not {plain(text)}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Print the target in the form that is asked for; return the exit code."""
    target = target_of(options)
    try:
        opened = open_any_for_text(target, _progress_line(target))
    except BadTarget as error:
        if error.graph and not options.json:
            _print_up_to(error.graph)
        raise
    if isinstance(opened, OpenedTensors):
        return _trace_tensors(opened, options)
    opened, said = _experiments(opened, options)
    digits = ALL_DIGITS if options.all_digits else options.digits
    if options.json:
        from ...engine.recording.json_file import to_json

        sys.stdout.writelines(to_json(opened.recording))
    elif options.follow:
        from ..sessions.stepping import SteppingSession
        from .follow import follow

        session = SteppingSession(opened)
        session.digits = digits
        follow(session, sys.stdin, lambda line: print(line, flush=True))
    else:
        lines = trace_lines(opened.title, opened.recording, digits)
        sys.stdout.writelines(f"{line}\n" for line in chain(lines, said))
    sys.stdout.flush()
    return 0


def _print_up_to(graph: "TensorRecording") -> None:
    """Print the nodes that there were when the forward pass failed, or the steps of the backward pass."""
    from ..views.tensors.trace import node_lines, step_line

    print(f"the graph up to the error: {len(graph.nodes)} nodes")
    steps = (step_line(graph, index) for index in range(len(graph.steps)))
    sys.stdout.writelines(f"{line}\n" for line in (steps if graph.steps else node_lines(graph)))
    sys.stdout.flush()


def _trace_tensors(opened: OpenedTensors, options: argparse.Namespace) -> int:
    """Print a graph of tensors."""
    from ...engine.recording.tensor_json import to_json
    from ..views.tensors.trace import trace_lines as tensor_lines

    for option, given in (
        ("--set", options.edits),
        ("--break", options.breaks),
        ("--follow", options.follow),
    ):
        if given:
            raise BadTarget(f"{option} is for graphs of scalars, and {opened.title} makes one of tensors")
    digits = ALL_DIGITS if options.all_digits else options.digits
    lines = (f"{line}\n" for line in tensor_lines(opened.title, opened.look_at, opened.recording, digits))
    sys.stdout.writelines(to_json(opened.recording) if options.json else lines)
    sys.stdout.flush()
    return 0


def _experiments(opened: Opened, options: argparse.Namespace) -> tuple[Opened, Iterable[str]]:
    """Set cells and break the pass as asked: the graph, and what is said at the end."""
    said: Iterable[str] = ()
    if options.edits:
        from ..sessions.experiment import set_cells
        from ..views.experiment import recalculated

        edited = set_cells(opened, options.edits)
        opened, said = edited.opened, [recalculated(edited.came_to)]
    if not options.breaks:
        return opened, said
    from ..sessions.experiment import break_backward
    from ..views.experiment import compared

    broken = break_backward(opened, options.breaks)
    return broken.opened, chain(said, compared(broken.opened.recording))


def _progress_line(target: Target) -> Progress:
    """Show progress on stderr while something slow opens, if a person is there to read it."""
    if not (target.slow and sys.stderr.isatty()):
        return lambda fraction: None
    return lambda fraction: print(
        f"\ropening {plain(target.text)} {fraction:4.0%}", end="" if fraction < 1 else "\n",
        file=sys.stderr, flush=True,
    )  # fmt: skip
