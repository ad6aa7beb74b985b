"""The options of the commands about runs and data. Only argparse: the rest comes when one is run."""

import argparse
from collections.abc import Container
from typing import Any

DEFAULT = argparse.SUPPRESS
"""An option that was not given is not there: the data set decides."""


def add_commands(commands: Any, words: Container[str]) -> None:
    """Add train, watch, runs, resume, datasets and bench.

    Only what is among the words of the command line gets its options: `trace` need not wait for them.
    """
    for name, what, fill in (
        ("train", "train a small network and watch it", _train),
        ("watch", "watch a run, by default the newest; - reads stdin", _watch),
        ("runs", "list the runs; delete or export one", _runs),
        ("resume", "go on with a run that has ended", _resume),
        ("datasets", "list the data sets; show one", _datasets),
        ("bench", "compare with what else is installed", _bench),
    ):
        parser = commands.add_parser(name, help=what, description=f"{what}.".capitalize())
        if name in words:
            fill(parser)


def _watch(watch: argparse.ArgumentParser) -> None:
    watch.add_argument("run", nargs="?", metavar="RUN", help="its name, or - for what comes on stdin")
    watch.add_argument(
        "--compare", action="append", default=[], metavar="RUN", help="lay another over it"
    )
    _fps(watch)
    _directory(watch)


def _resume(resume: argparse.ArgumentParser) -> None:
    resume.add_argument("run", metavar="RUN", help="its name")
    resume.add_argument("--steps", type=int, metavar="N", help="train until N steps are done in all")
    resume.add_argument("--lr", type=float, metavar="X", help="with another learning rate from there on")
    back = "go back to STEP, and give up what came after"
    resume.add_argument("--from", type=int, dest="start", metavar="STEP", help=back)
    _ways(resume)
    _directory(resume)


def _datasets(datasets: argparse.ArgumentParser) -> None:
    datasets.add_argument("name", nargs="?", metavar="NAME", help="the one to show")


def _bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("--batch", type=int, default=100, metavar="N", help="rows a training step: 100")
    bench.add_argument("--width", type=int, default=16, metavar="N", help="of the hidden layers: 16")
    bench.add_argument("--rounds", type=int, default=7, metavar="N", help="the median of so many: 7")
    bench.add_argument("--growth", action="store_true", help="other batches and widths instead")
    bench.add_argument("--save", metavar="FILE", help="where the tables are kept; said at the end")


def _train(train: argparse.ArgumentParser) -> None:
    train.add_argument("dataset", nargs="?", metavar="DATASET", help="see `micrograd-tui datasets`")
    data = train.add_argument_group("data")
    data.add_argument("--data", metavar="CSV", help="a file of your own instead of DATASET")
    data.add_argument("--target", metavar="COLUMN", help="the column to predict; the last if not given")
    data.add_argument("--rows", type=int, metavar="N", help="how many rows to make")
    data.add_argument("--noise", type=float, metavar="X", help="their noise")
    data.add_argument("--validation", type=float, default=0.2, metavar="PART", help="part held back: 0.2")
    model = train.add_argument_group("network and training")
    model.add_argument("--hidden", type=_sizes, default=DEFAULT, metavar="N,N", help="layers: 16,16")
    for name, what in (
        ("activation", "relu, tanh, sigmoid or linear"),
        ("loss", "hinge, bce, cross_entropy or mse"),
        ("optimizer", "sgd, adam or adamw"),
        ("schedule", "of the learning rate: constant, linear, cosine or step"),
    ):
        model.add_argument(f"--{name}", default=DEFAULT, metavar="NAME", help=what)
    for name, what in (
        ("lr", "learning rate"),
        ("momentum", "of sgd"),
        ("weight-decay", "of the optimizer"),
        ("l2", "coefficient of the sum of squared parameters in the loss"),
    ):
        model.add_argument(f"--{name}", type=float, default=DEFAULT, metavar="X", help=what)
    for name, what in (
        ("batch", "rows a training step; 0: all"),
        ("steps", "training steps"),
        ("seed", "of parameters, split and order"),
    ):
        model.add_argument(f"--{name}", type=int, default=DEFAULT, metavar="N", help=what)
    model.add_argument("--backend", default="auto", metavar="NAME", help="python, numpy, native or auto")
    train.add_argument("--name", metavar="RUN", help="a name of its own; chosen if not given")
    _ways(train)
    _directory(train)


def _ways(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--headless", action="store_true", help="show a progress bar and no app")
    way.add_argument("--json", action="store_true", help="print a line of JSON a training step")
    way.add_argument("--detach", action="store_true", help="start it and return")
    _fps(parser)


def _runs(runs: argparse.ArgumentParser) -> None:
    runs.add_argument("--json", action="store_true", help="print a list of JSON objects")
    _directory(runs)
    actions = runs.add_subparsers(dest="action", metavar="ACTION")
    delete = actions.add_parser("delete", help="delete runs")
    delete.add_argument("names", nargs="+", metavar="RUN")
    export = actions.add_parser("export", help="print a run's training steps")
    export.add_argument("name", metavar="RUN")
    export.add_argument("--csv", action="store_true", required=True, help="as CSV, in full precision")
    for action in (delete, export):
        _directory(action, default=DEFAULT)


def _directory(parser: argparse.ArgumentParser, default: Any = None) -> None:
    what = "where runs are kept; default MICROGRAD_TUI_RUNS, or your state directory"
    parser.add_argument("--runs-dir", metavar="DIR", default=default, help=what)


def _fps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fps", type=_rate, metavar="N", help="frames a second: 10, over SSH 5")


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(int(part) for part in text.split(",") if part.strip())
    if any(not 1 <= size <= 1000 for size in sizes):
        raise ValueError
    return sizes


def _rate(text: str) -> int:
    rate = int(text)
    if not 1 <= rate <= 60:
        raise argparse.ArgumentTypeError(f"{rate} is not from 1 to 60")
    return rate


_sizes.__name__ = "list of layer sizes"
_rate.__name__ = "rate"
