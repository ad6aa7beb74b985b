"""Starting a trainer that outlives its starter: its own session, no terminal, a log beside the store."""

import os
import subprocess
import sys
import threading
import time

from ..detached import detached
from ..store.schema import BadRun, last_words
from ..store.store import Store

PATIENCE = 120.0
"""Seconds a trainer may take to compile: the largest network allowed takes a minute."""
# numpy's threads cost small matrices more than they bring, and the watcher's core; and how many there are
# must not depend on who started the run, lest a sum be taken in another order.
_LIBRARIES = ("OPENBLAS_NUM", "MKL_NUM", "OMP_NUM", "BLIS_NUM", "VECLIB_MAXIMUM")
ONE_THREAD = {f"{library}_THREADS": "1" for library in _LIBRARIES}


def launch(
    store: Store,
    *,
    steps: int | None = None,
    lr: float | None = None,
    start: int | None = None,
    ease: bool = False,
    patience: float = PATIENCE,
) -> int:
    """Start the trainer and return its pid once it holds the run and has written so.

    A run goes on with `steps` in all, the learning rate `lr`, from before the step `start`, where these
    are given; with `ease` it begins slowly, to be watched. Raise BadRun with the last line of the
    trainer's log if it did not come so far.
    """
    status = store.status()
    if status.live:
        raise BadRun(f"{store.name} is {status.state} already, by process {status.pid}")
    before = store.log.stat().st_size if store.log.exists() else 0
    anew = {"steps": steps, "lr": lr, "start": start, "ease": 1 if ease else None}
    process = _spawn(store, [f"{name}={value!r}" for name, value in anew.items() if value is not None])
    try:
        pid = _begun(store, process, before, patience)
    except BaseException:  # Ctrl+C too: nobody would know of a trainer that begins after that
        process.kill()
        process.wait()
        raise
    # Whoever is still here when it ends waits for it: no zombie, no warning of a process left running.
    threading.Thread(target=process.wait, name="trainer's end", daemon=True).start()
    return pid


def _begun(store: Store, process: "subprocess.Popen[bytes]", log_before: int, patience: float) -> int:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        ended = process.poll() is not None
        if store.status().pid == process.pid:
            return process.pid
        if ended:
            raise BadRun(last_words(store.log, log_before))
        time.sleep(0.01)
    raise BadRun(f"the trainer did not start within {patience:.0f} seconds")


def _spawn(store: Store, anew: list[str]) -> "subprocess.Popen[bytes]":
    # -P: no file in the current directory may stand in for a module of the standard library.
    command = [
        sys.executable,
        "-P",
        "-m",
        "micrograd_tui.engine.runs.trainer.trainer",
        str(store.path.absolute()),
    ]
    try:
        with store.log.open("ab") as log:
            process = subprocess.Popen(
                [*command, *anew],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=store.path.absolute().parent,
                env=os.environ | ONE_THREAD,
                close_fds=True,
                **detached(),
            )
    except OSError as error:
        raise BadRun(f"the trainer cannot be started: {error.strerror or error}") from None
    return process
