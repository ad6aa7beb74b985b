"""`micrograd-tui sample`: what the GPT of a run writes, a sample a line and nothing else."""

import argparse

from ...engine.learning.language.sampling import TEMPERATURE, sample
from ...engine.runs.store.directory import find_run, runs_directory
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ..sessions.target import BadTarget
from ..text.format import plain
from .running.arguments import add_directory
from .running.refusals import refusals

MOST = 100_000
AT_ONCE = 500


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("run", metavar="RUN", help="name of a run of a GPT, as `train names` makes one")
    parser.add_argument("--count", type=int, default=10, metavar="N", help="how many; default 10")
    likely = f"0 takes the likeliest token, 1 draws as they occur; default {TEMPERATURE:g}"
    parser.add_argument("--temperature", type=float, default=TEMPERATURE, metavar="T", help=likely)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the draws; default 0")
    parser.add_argument("--prompt", default="", metavar="TEXT", help="what every sample begins with")
    add_directory(parser)


def run(options: argparse.Namespace) -> int:
    """Print the samples; return the exit code."""
    if not 1 <= options.count <= MOST:
        raise BadTarget(f"--count is from 1 to {MOST:,}, not {options.count}")
    with refusals():
        store = find_run(runs_directory(options.runs_dir), options.run)
        config, parameters = store.gpt_config, _parameters(store)
    try:
        for first in range(0, options.count, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, options.count))
            for text in sample(
                config,
                parameters,
                numbers,
                temperature=options.temperature,
                seed=options.seed,
                prompt=options.prompt,
            ):
                print(plain(text))
    except ValueError as error:
        raise BadTarget(plain(str(error))) from None
    return 0


def _parameters(store: Store) -> "list[float]":
    state = store.checkpoint_at_or_before(2**62)
    if state is None:
        raise BadRun(f"{store.name} has no parameters yet: its trainer has not begun")
    return list(state.parameters)
