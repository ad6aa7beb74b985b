"""`micrograd-tui examples`: the bundled graphs, a line each."""

import argparse

from ...engine.sources.examples import EXAMPLES


def add(parser: argparse.ArgumentParser) -> None:
    """There are no options."""


def run(options: argparse.Namespace) -> int:
    """Print the list; return the exit code."""
    for example in EXAMPLES.values():
        print(f"{example.name:11} {example.nodes:>6,} nodes  {example.summary}")
    return 0
