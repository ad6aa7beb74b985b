"""Starting and resuming a training run from within the app: by the commands, which leave it by itself."""

import subprocess
import sys
from pathlib import Path

from ...engine.runs.store.directory import find_run
from ...engine.runs.store.names import free_name
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ..text.format import plain

COMMAND_LINE = "import sys; from micrograd_tui.tui.cli import main; sys.exit(main(sys.argv[1:]))"


def train(directory: Path, dataset: str) -> Store:
    """Train on a data set with its defaults; raise BadRun, with a sentence, where it cannot be."""
    name = free_name(directory, dataset, number=True)
    _run(directory, "train", dataset, "--name", name, "--detach", "--ease")
    return find_run(directory, name)


def resume(directory: Path, name: str, steps: str = "") -> Store:
    """Go on with a run that has ended, until `steps` in all; raise BadRun where it cannot be."""
    _run(directory, "resume", name, "--detach", *([f"--steps={steps}"] if steps else []))
    return find_run(directory, name)


def _run(directory: Path, *words: str) -> None:
    # -P: no file in the current directory may stand in for a module.
    command = [sys.executable, "-P", "-c", COMMAND_LINE, *words, "--runs-dir", str(directory)]
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        raise BadRun(f"it cannot be started: {error.strerror or error}") from None
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.strip()]
        last = said[-1] if said else f"it ended with {ended.returncode}"
        raise BadRun(plain(last.removeprefix("micrograd-tui: ")))
