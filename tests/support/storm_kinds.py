"""What storms blow on: how each screen is come to, and the files and runs that this takes."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import small_gpts
from programs import LOST
from small_runs import stored, trained, wait_for

from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.engine.runs.store.directory import runs
from micrograd_tui.engine.runs.trainer.launch import launch

LOSS = "print('hello')\na = Value(2.0); b = Value(-3.0)\nloss = a * b + a\nloss.backward()\n"
TENSORS = """\
import torch, torch.nn as nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
loss = nn.functional.cross_entropy(model(torch.randn(5, 4)), torch.randint(0, 3, (5,)))
loss.backward()
"""


@dataclass(frozen=True)
class Kind:
    """A screen: the command, and the keys that lead to it; a blank there is a moment or none."""

    words: str
    begin: str = ""
    at_once: bool = False
    """Whether it is blown on while it is still opening."""


KINDS = {
    "graph": Kind("open neuron"),
    "large graph": Kind("open demo"),
    "opening": Kind("open gpt", at_once=True),
    "opening a run": Kind("watch trained", at_once=True),
    "drawing": Kind("open neuron", "v"),
    "large drawing": Kind("open demo", "v"),
    "filled": Kind("open neuron", "w"),
    "playing": Kind("open lecture", r"+++ \x20"),
    "update": Kind("open lecture", "u"),
    "fold": Kind("open neuron", "m"),
    "large fold": Kind("open demo", "m"),
    "help": Kind("open neuron", "?"),
    "glossary": Kind("open neuron", "? ?"),
    "palette": Kind("open neuron", r"\x10"),
    "command": Kind("open neuron", ":"),
    "search": Kind("open lecture", "/"),
    "conditions": Kind("open lecture", "B"),
    "export": Kind("open neuron", r"x one.json\r"),
    "edit": Kind("open neuron", "j ="),
    "edited": Kind("open neuron", r"j =3\r zZ"),
    "nudge": Kind("open neuron", "d +-"),
    "large nudge": Kind("open demo", "d +-"),
    "check": Kind("open demo", "D"),
    "predict": Kind("open neuron", "y n"),
    "switches": Kind("open neuron", "X"),
    "broken": Kind("open neuron", r":break\x20overwrite\r"),
    "over": Kind("open neuron", r":a*b+a\r"),
    "over over": Kind("open neuron", r":a*b+a\r :tanh(x)\r v"),
    "attention": Kind("open attention.json", "vv"),
    "source": Kind("open lost.py", "@"),
    "printed": Kind("open lost.py", "!"),
    "side by side": Kind("open lost.py --check"),
    "tensors": Kind("open tensors.py"),
    "profile": Kind("open tensors.py", "g"),
    "quiz": Kind("quiz --count 9", r"1\r \r"),
    "menu": Kind("menu"),
    "menu's opening": Kind("menu", r"\x1b[B \r"),
    "menu's training": Kind("menu", r"\t\t \r \r"),
    "menu of a run": Kind("watch num", r"\x0f"),
    "run": Kind("watch num"),
    "comparison": Kind("watch num", r"c other\r"),
    "many numbers": Kind("watch many", r"/loss\r \t"),
    "trained run": Kind("watch trained", "v"),
    "events": Kind("watch trained", r"\t\t gj"),
    "GPT run": Kind("watch gpt", "v"),
    "GPT moment": Kind("watch gpt", r"\x1b[H \r vv"),
    "moment": Kind("watch trained", r"\x1b[H \r"),
    "moment's fold": Kind("watch trained", r"\x1b[H m"),
    "live run": Kind("watch live"),
    "leaving": Kind("watch live", "q"),
    "live moment": Kind("watch live", r"\r m"),
}


def write_runs(directory: Path) -> None:
    """Write the runs and the files that take no time."""
    for name in ("num", "other"):
        with Run(name, runs_dir=directory) as run:
            for i in range(100):
                run.log(step=i, loss=1 / (i + 1))
    (directory / "lost.py").write_text(LOST + LOSS)
    (directory / "tensors.py").write_text(TENSORS)


def _many(directory: Path) -> None:
    with Run("many", runs_dir=directory) as run:
        for i in range(50):
            run.log({f"layer{n}/{what}": i * n for n in range(30) for what in ("loss", "norm")}, step=i)


MADE: dict[str, Callable[[Path], object]] = {
    "trained": lambda directory: trained(directory, "trained"),
    "gpt": lambda directory: small_gpts.trained(directory, "gpt"),
    "many": _many,
    "attention.json": small_gpts.graph_file,
}


@contextmanager
def needed(kind: Kind, directory: Path) -> Iterator[None]:
    """Have what a kind of storm opens; no run goes on after it, whoever started it."""
    name = kind.words.split()[1]
    if name in MADE and not list(directory.glob(f"{name}*")):
        MADE[name](directory)
    if name == "live":
        store = stored(directory, "live", steps=10**8)
        launch(store)
        wait_for(lambda: store.status().step)
    try:
        yield
    finally:
        _end(directory)
        for file in directory.glob("live.*"):
            file.unlink()


def _end(directory: Path) -> None:
    for found in runs(directory):
        status = found.store.status() if found.store else None
        if status and status.live and status.pid:
            os.kill(status.pid, signal.SIGKILL)
            wait_for(lambda: not (found.store and found.store.status().live))
