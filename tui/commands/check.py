"""`micrograd-tui check`: audit the classes of a file, or nudge every leaf of a graph."""

import argparse
import json
import sys
from dataclasses import asdict, replace

from ...engine.check.findings import Report, plain_report
from ...engine.check.tensor_finding import TensorFinding
from ...engine.check.tensor_pass import findings
from ...engine.sources.python.imports import is_of_torch
from ..sessions.target import BadTarget, Opened, OpenedTensors, Target
from ..text.format import plain
from ..views.check import leaves_lines, not_nudged, report_lines
from ..views.tensors.check import tensor_lines
from .target import add_target, announce, open_any_for_text, target_of


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_target(parser)
    parser.add_argument("--json", action="store_true", help="print what is found as JSON")


def run(options: argparse.Namespace) -> int:
    """Check the target; return 0 where all is right, 1 for faults; what cannot be checked is refused."""
    target = target_of(options)
    program = target.program
    if program and program.form == "script" and not program.variable and not is_of_torch(program.place):
        return _audit(target, options)
    try:
        opened = open_any_for_text(target)
    except BadTarget as error:
        if not error.fault:
            raise
        return _print_tensors(target.text, [TensorFinding(error.fault, "", str(error))], options)
    if isinstance(opened, OpenedTensors):
        return _print_tensors(opened.title, findings(opened.recording), options, opened)
    return _nudge(target, opened, options)


def _print_tensors(
    title: str,
    found: list[TensorFinding],
    options: argparse.Namespace,
    opened: OpenedTensors | None = None,
) -> int:
    """Print what is found in a backward pass of tensors."""
    if options.json:
        print(json.dumps({"target": title, "findings": [asdict(each) for each in found]}, indent=2))
    else:
        looked_at = None if opened is None else (opened.look_at, opened.recording)
        sys.stdout.writelines(f"{line}\n" for line in tensor_lines(plain(title), found, looked_at))
    return int(any(each.severity == "fault" for each in found))


def _audit(target: Target, options: argparse.Namespace) -> int:
    from ...engine.check.in_child import audit_file

    announce(replace(target, finding=0))
    report = audit_file(target.text, target.seconds)
    if options.json:
        print(json.dumps(plain_report(report), indent=2))
    if report.refusal:
        raise BadTarget(f"{plain(target.text)}: {plain(report.refusal)}")
    if not options.json:
        sys.stdout.writelines(f"{line}\n" for line in report_lines(report))
        sys.stdout.flush()
        _step_through(target, report)
    return report.exit_code


def _step_through(target: Target, report: Report) -> None:
    """In a terminal: a finding's number opens it in the app, their pass beside the right one."""
    count = sum(len(each.findings) for each in report.classes)
    if not (count and sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        return
    from ..app import run as run_app

    which = "Enter" if count == 1 else f"Enter, or a number to {count},"
    while True:
        try:
            words = input(f"\n{which} to step through it; q to leave: ").strip()
        except EOFError:
            return
        if words and not (words.isdecimal() and 0 < int(words[:9]) <= count):
            return
        chosen = replace(target, finding=int(words or 0))
        try:
            run_app(chosen, chosen.open())
        except BadTarget as error:
            print(error)


def _nudge(target: Target, opened: Opened, options: argparse.Namespace) -> int:
    from ...engine.check.nudge import nudge_leaves, plain_leaves

    if not any(phase.name == "backward" for phase in opened.recording.phases):
        raise BadTarget(f"{opened.title}: there is no backward pass in it")
    leaves = nudge_leaves(opened.recording)
    if options.json:
        print(json.dumps(dict(plain_leaves(opened.title, leaves)), indent=2))
    if not options.json and any(leaf.slope is not None for leaf in leaves):
        sys.stdout.writelines(f"{line}\n" for line in leaves_lines(opened.title, leaves))
    wrong, program = any(leaf.wrong for leaf in leaves), target.program
    if not wrong and any(leaf.slope is None for leaf in leaves):
        rules = f"; `check {plain(program.place)}` audits its rules" if program else ""
        raise BadTarget(f"{opened.title}: {not_nudged(leaves)}{rules}")
    return int(wrong)
