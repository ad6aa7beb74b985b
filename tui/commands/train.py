"""`micrograd-tui train`: prepare the data, write the run, start its trainer, and show it."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ...datasets import DATASETS, TEXTS, Dataset
from ...datasets.prepare import Prepared, prepare
from ...engine.learning.breaks import TRAINING_BREAKS, parse_breaks
from ...engine.learning.config import BACKENDS, Config
from ...engine.learning.losses import loss_for
from ...engine.learning.settings import Settings
from ...engine.runs.store.directory import create_named, create_unique, delete, runs_directory
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ...engine.runs.trainer.backends import best_backend
from ...engine.runs.trainer.launch import launch
from ..sessions.target import BadTarget
from ..text.format import plain
from .running.arguments import add_directory, add_ways
from .running.data_file import add_data_file, given_for_file, read_data_file
from .running.defaults import PYTHON_STEPS, defaults, told, told_rate
from .running.documents import is_of_documents, new_gpt_run, refuse_gpt_options
from .running.new_run import NewRun
from .running.refusals import needs_terminal, refusals
from .running.show import show, warn_of_logout

SETTINGS = (
    "hidden", "activation", "loss", "optimizer", "lr", "momentum", "weight_decay", "schedule", "l2",
    "batch", "steps", "seed",
)  # fmt: skip
SEED = 1337
LARGE = 500_000
"""Numbers in a data set from which it takes seconds until a run has them."""
UNSET = argparse.SUPPRESS
"""An option that was not given is not there: the data set decides."""

DEMONSTRATION: dict[str, Any] = {"optimizer": "sgd", "hidden": (8,)}
"""Settings under which one sees what a training without zero_grad comes to, unless others are given."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("dataset", nargs="?", metavar="DATASET", help="one of `micrograd-tui datasets`")
    _add_data(parser.add_argument_group("data"))
    _add_model(parser.add_argument_group("network and training"))
    _add_gpt(parser.add_argument_group("GPT, on a text"))
    parser.add_argument(
        "--name", metavar="RUN", help="name of the run; default: that of the data set and a number"
    )
    parser.add_argument(
        "--break",
        action="append",
        default=[],
        dest="breaks",
        metavar="NAME[,NAME]",
        help=f"train a broken run beside the right one: {', '.join(TRAINING_BREAKS)}; default none",
    )
    parser.add_argument("--ease", action="store_true", help=argparse.SUPPRESS)  # by the start screen
    add_ways(parser)
    add_directory(parser)


def _add_data(data: argparse._ArgumentGroup) -> None:
    add_data_file(data)
    data.add_argument(
        "--rows", type=int, metavar="N", help="how many rows to make; default as `micrograd-tui datasets`"
    )
    data.add_argument(
        "--noise", type=float, metavar="X", help="its standard deviation; default by data set"
    )
    data.add_argument(
        "--validation", type=float, default=0.2, metavar="PART",
        help="share of the rows held out for validation; default 0.2",
    )  # fmt: skip


def _add_model(model: argparse._ArgumentGroup) -> None:
    sizes = f"neurons of each hidden layer; {told('hidden')}"
    model.add_argument("--hidden", type=_sizes, default=UNSET, metavar="N,N", help=sizes)
    for name, what in (
        ("activation", f"relu, tanh, sigmoid or linear; {told('activation')}"),
        ("loss", "hinge, bce, cross_entropy or mse; default hinge for two classes, cross_entropy for "
                 "more, mse for a number"),
        ("optimizer", f"sgd, adam or adamw; {told('optimizer')}"),
        ("schedule", f"of the learning rate: constant, linear, cosine or step; {told('schedule')}"),
    ):  # fmt: skip
        model.add_argument(f"--{name}", default=UNSET, metavar="NAME", help=what)
    for name, what in (
        ("lr", f"learning rate; {told_rate()}"),
        ("momentum", f"of sgd; {told('momentum')}"),
        ("weight-decay", f"of the optimizer; {told('weight_decay')}"),
        ("l2", f"coefficient of the sum of squared parameters in the loss; {told('l2')}"),
    ):
        model.add_argument(f"--{name}", type=float, default=UNSET, metavar="X", help=what)
    for name, what in (
        ("batch", f"rows a training step, 0 for all; {told('batch')}"),
        ("steps", f"training steps; {told('steps')}; {PYTHON_STEPS:,} with the python backend"),
        ("seed", f"of parameters, split and order; default {SEED}"),
    ):
        model.add_argument(f"--{name}", type=int, default=UNSET, metavar="N", help=what)
    backends = "python, numpy, native or auto; default auto, the fastest that is installed"
    model.add_argument("--backend", default="auto", metavar="NAME", help=backends)


def _add_gpt(gpt: argparse._ArgumentGroup) -> None:
    about = (
        "its defaults are microgpt's: adam with lr 0.01, betas 0.85 and 0.99, linear to 0; "
        "a document a step, 1,000 steps"
    )
    gpt.description = about
    for name, what in (
        ("--embed", "numbers for each position; default 16"),
        ("--heads", "heads of attention, which divide them; default 4"),
        ("--layers", "layers of attention and MLP; default 1"),
        ("--context", "the most tokens it looks back on; longer documents are cut; default 16"),
    ):
        gpt.add_argument(name, type=int, default=UNSET, metavar="N", help=what)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(int(part) for part in text.split(",") if part.strip())
    if any(not 1 <= size <= 1000 for size in sizes):
        raise ValueError
    return sizes


_sizes.__name__ = "list of layer sizes"  # what argparse calls the type in its refusal


def run(options: argparse.Namespace) -> int:
    """Train as the options say; return the exit code."""
    broken = tuple(part.strip() for text in options.breaks for part in text.split(","))
    with refusals():
        stores = [_launched(options)] if not broken else _launched_pair(options, broken)
    for store in stores:
        _print_summary(store, sys.stderr if options.json else sys.stdout)
    *others, last = stores
    if not others or not (options.json or options.headless or options.detach):
        code = show(last, options, compare=others)
        _stop_with(last, others)
        return code
    return max(show(store, options) for store in stores)


def _is_watched(options: argparse.Namespace) -> bool:
    """Whether somebody is about to look at the run in the app, and should see how it begins."""
    return options.ease or not (options.headless or options.json or options.detach)


def _stop_with(store: Store, others: Sequence[Store]) -> None:
    """Stop the runs that were trained beside one, where that was stopped."""
    if store.status().state == "stopped":
        for other in others:
            with suppress(BadRun):  # or it has ended by itself
                other.order("stop")


def _launched(options: argparse.Namespace, broken: tuple[str, ...] = (), name: str = "") -> Store:
    store = _create(options, broken, name)
    try:
        launch(store, ease=_is_watched(options))
    except (BadRun, KeyboardInterrupt):
        delete(store.path)
        raise
    return store


def _launched_pair(options: argparse.Namespace, broken: tuple[str, ...]) -> list[Store]:
    """Launch the right run, and beside it the broken one: the same in everything else."""
    try:
        breaks = parse_breaks(broken)
    except ValueError as error:
        raise BadTarget(plain(str(error))) from None
    if breaks.of_gradients:
        if options.backend not in ("auto", "python"):
            named = ", ".join(broken)
            raise BadTarget(f"{named} is for the python backend, not {plain(options.backend)}")
        options.backend = "python"
    if breaks.keeps_gradients:
        _show_it_plainly(options)
    _new_run(options, broken)  # what cannot be broken so is refused before the right one is trained
    right = _launched(options)
    name = f"{right.name}-{'-'.join(broken).replace(' ', '-')}"
    try:
        return [right, _launched(options, broken, name)]
    except BaseException:
        with suppress(BadRun):
            right.order("stop")
        raise


def _show_it_plainly(options: argparse.Namespace) -> None:
    """Without zero_grad a small network under SGD is ahead at first and goes wrong; Adam hides it."""
    chosen = [name for name in DEMONSTRATION if not hasattr(options, name)]
    for name in chosen:
        setattr(options, name, DEMONSTRATION[name])
    if chosen:
        shown = {"optimizer": "--optimizer sgd", "hidden": "--hidden 8"}
        with_ = " and ".join(shown[name] for name in chosen)
        why = "adam hides it" if "optimizer" in chosen else "it shows best in a small network"
        print(f"both runs with {with_}: {why}", file=sys.stderr)


def _create(options: argparse.Namespace, broken: tuple[str, ...] = (), name: str = "") -> Store:
    directory = runs_directory(options.runs_dir)
    made = _new_run(options, broken)
    if made.config.steps < 1:
        raise BadTarget(f"train 1 step or more, not {made.config.steps}")
    if refusal := needs_terminal(options):
        raise BadTarget(refusal)
    if broken:
        return create_unique(directory, name, made.write, number=False)
    if options.name is not None:
        return create_named(directory, options.name, made.write)
    return create_unique(directory, made.config.dataset, made.write)


def _new_run(options: argparse.Namespace, broken: tuple[str, ...]) -> NewRun:
    if is_of_documents(options):
        backend = _backend(options.backend)
        return new_gpt_run(options, getattr(options, "seed", SEED), backend, broken)
    refuse_gpt_options(options)
    dataset = _dataset(options)
    if len(dataset.rows) * len(dataset.inputs) > LARGE:
        print(f"{len(dataset.rows):,} rows are split, scaled and written", file=sys.stderr, flush=True)
    prepared = prepare(dataset, options.validation, getattr(options, "seed", SEED))
    config = _config(dataset, prepared, options, broken)
    return NewRun(config, prepared.train, prepared.validation, _facts(dataset, prepared))


def _dataset(options: argparse.Namespace) -> Dataset:
    if options.data is not None:
        if options.dataset or options.rows is not None or options.noise is not None:
            raise BadTarget("--data takes the place of DATASET, --rows and --noise")
        return read_data_file(options)
    if option := given_for_file(options):
        raise BadTarget(f"{option} is about the file in --data")
    if options.dataset is None:
        raise BadTarget(
            f"name a data set: {', '.join([*DATASETS, *TEXTS])}; or a file of your own by --data"
        )
    if options.dataset not in DATASETS:
        raise BadTarget(f"there is no data set called {plain(options.dataset)}{_hint(options.dataset)}")
    return DATASETS[options.dataset].make(options.rows, options.noise)


def _hint(name: str) -> str:
    from difflib import get_close_matches

    if name.lower().endswith((".csv", ".txt")):
        return f"; for a file of your own: --data {plain(name)}"
    close = get_close_matches(name, [*DATASETS, *TEXTS], 1, 0.6)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join([*DATASETS, *TEXTS])}"


def _config(
    dataset: Dataset, prepared: Prepared, options: argparse.Namespace, broken: tuple[str, ...]
) -> Config:
    given = {name: getattr(options, name) for name in SETTINGS if hasattr(options, name)}
    backend = _backend(options.backend)
    usual = {"loss": loss_for(prepared.classes), "seed": SEED}
    settings: dict[str, Any] = usual | defaults(prepared, backend, given)
    if parse_breaks(broken).linear:
        settings["activation"] = "linear"
    try:
        return Config(
            "", dataset.name, prepared.inputs, prepared.target, prepared.classes,
            backend=backend, broken=broken, **settings,
        )  # fmt: skip
    except ValueError as error:
        raise BadTarget(plain(str(error))) from None


def _backend(name: str) -> str:
    if name != "auto" and name not in BACKENDS:
        raise BadTarget(f"no backend is called {plain(name)!r}; there are auto, {', '.join(BACKENDS)}")
    return best_backend() if name == "auto" else name


def _facts(dataset: Dataset, prepared: Prepared) -> dict[str, Any]:
    return {
        "description": dataset.description,
        "source": dataset.source,
        "licence": dataset.licence,
        "notes": list(prepared.notes),
        "means": list(prepared.means),
        "scales": list(prepared.scales),
        "target_mean": prepared.target_mean,
        "target_scale": prepared.target_scale,
    }


def _model(config: Settings) -> str:
    """What is trained, in words."""
    if isinstance(config, Config):
        sizes = ", ".join(map(str, config.sizes))
        return f"a network of {sizes} ({config.activation}), {config.loss} loss"
    return f"a {config.summary.rpartition(', ')[0]}, {config.parameters:,} parameters"


def _print_summary(store: Store, stream: Any) -> None:
    """Print what was done to the data, and what is trained."""
    config = store.training_config
    for note in store.facts["notes"]:
        print(plain(note), file=stream)
    print(
        f"{plain(store.name)}: {_model(config)}, "
        f"{config.optimizer} with lr {config.lr:g}, {config.steps:,} steps, {config.backend} backend"
        f"{', BROKEN: ' * bool(config.broken)}{', '.join(config.broken)}.",
        file=stream,
    )
    for event in store.events():
        if event.kind == "backend":
            print(plain(event.text), file=stream)
    stream.flush()
    warn_of_logout()
