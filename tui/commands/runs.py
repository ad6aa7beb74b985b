"""`micrograd-tui runs`: the table of runs; deleting, renaming and exporting."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...engine.runs.store.csv_export import csv_lines
from ...engine.runs.store.directory import delete, find_run, named_runs, rename, runs, runs_directory
from ...engine.runs.store.looks import has_looks
from ...engine.runs.store.loss_names import training_loss
from ...engine.runs.store.records import RunStatus
from ...engine.runs.store.store import Store
from ..text.format import ago, cells, number, plain
from .running.arguments import add_directory
from .running.json_lines import finite
from .running.refusals import refusals

HEAD = ("name", "dataset", "state", "step", "loss", "updated")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--json", action="store_true", help="print a list of JSON objects")
    add_directory(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    delete = actions.add_parser("delete", help="delete runs")
    delete.add_argument("names", nargs="+", metavar="RUN", help="a run, or a pattern such as 'moons-*'")
    rename = actions.add_parser("rename", help="give a run another name")
    rename.add_argument("name", metavar="RUN")
    rename.add_argument("new", metavar="NAME")
    export = actions.add_parser("export", help="print a run's training steps")
    export.add_argument("name", metavar="RUN")
    export.add_argument("--csv", action="store_true", required=True, help="as CSV, in full precision")
    for action in (delete, rename, export):
        add_directory(action, default=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """List, delete, rename or export; return the exit code."""
    with refusals():
        directory = runs_directory(options.runs_dir)
        if options.action == "delete":
            return _delete(directory, options.names)
        if options.action == "rename":
            return _rename(find_run(directory, options.name), options.new)
        if options.action == "export":
            return _export(find_run(directory, options.name))
        return _list(directory, options.json)


def _list(directory: Path, as_json: bool) -> int:
    found = runs(directory)
    stores = [one.store for one in found if one.store]
    if as_json:
        print(json.dumps([described(store) for store in stores], indent=2))
    elif stores:
        print("\n".join(_table([HEAD, *map(_cells, stores)])))
    else:
        print(f"There are no runs in {plain(str(directory))}; `micrograd-tui train moons` starts one.")
    for one in found:
        if not one.store:
            print(f"micrograd-tui: {plain(one.refusal)}", file=sys.stderr)
    return 0


def described(store: Store) -> dict[str, Any]:
    """Return how a run stands as plain data. `pid` is there while a trainer lives; times are in s."""
    status = store.status()
    return {
        "name": store.name,
        "dataset": _dataset(store),
        "state": status.state,
        "pid": status.pid if status.live else None,
        "step": status.step,
        "steps": status.steps,
        "loss": finite(status.loss),
        "updated": status.updated,
        "message": status.message,
        "backend_note": _backend_note(store),
        "path": str(store.path),
    }


def _backend_note(store: Store) -> str:
    """Why another backend trains it than the one asked for, or the fastest there is; mostly empty."""
    notes = [event.text for event in store.events() if event.kind == "backend"]
    return notes[-1] if notes else str(store.facts.get("backend_note", ""))


def _dataset(store: Store) -> str:
    return store.training_config.dataset if store.has_model else ""


def _cells(store: Store) -> tuple[str, ...]:
    status = store.status()
    steps = f"{status.step:,}" + (f"/{status.steps:,}" if status.steps else "")
    loss = "" if (last := last_loss(store, status)) is None else number(last)
    dataset = plain(_dataset(store)) or "-"
    return (plain(store.name), dataset, status.state, steps, loss, ago(time.time() - status.updated))


def last_loss(store: Store, status: RunStatus) -> float | None:
    """Return the last training loss that is known, by whatever name, as the app shows it: nan, too."""
    if status.loss is not None or not store.by_name:
        return status.loss
    last = store.last_numbers()
    name = training_loss(last)
    return last[name][1] if name else None


def _table(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        gaps = [" " * (width - cells(cell)) for cell, width in zip(line, widths, strict=True)]
        words = [cell + gap for cell, gap in zip(line[:3], gaps[:3], strict=True)]
        numbers = [gap + cell for cell, gap in zip(line[3:], gaps[3:], strict=True)]
        yield "  ".join(words + numbers).rstrip()


def _delete(directory: Path, names: Sequence[str]) -> int:
    for path in named_runs(directory, names):
        delete(path)
        print(f"deleted {plain(path.stem)}")
    return 0


def _rename(store: Store, name: str) -> int:
    rename(store.path, name)
    print(f"{plain(store.name)} is now {plain(name)}")
    return 0


def _export(store: Store) -> int:
    if store.thinned_before:
        print(
            f"Steps before {store.thinned_before:,} were thinned: each of their lines stands for "
            "`steps` of them, with the mean of every number, and the smallest and largest loss.",
            file=sys.stderr,
        )
    if has_looks(store):
        print(
            "What was measured of the modules is in columns as fc1/grad_norm, at the steps at which they"
            " were looked at; their histograms are in the run alone.",
            file=sys.stderr,
        )
    for line in csv_lines(store):
        print(line)
    return 0
