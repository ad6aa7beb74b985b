"""Starting a trainer that outlives its starter: its own session, no terminal, a log beside the store."""

import subprocess
import sys
import time
from typing import Any

from .schema import BadRun, last_words
from .store import Store

PATIENCE = 30.0
_started: list["subprocess.Popen[bytes]"] = []  # kept: one that is forgotten is waited for with a warning


def launch(store: Store, steps: int | None = None) -> int:
    """Start the trainer and return its pid once it holds the run and has written so.

    Raise BadRun with what the trainer said if it did not come so far.
    """
    status = store.status()
    if status.live:
        raise BadRun(f"{store.name} is {status.state} already, by process {status.pid}")
    before = store.log.stat().st_size if store.log.exists() else 0
    process = _spawn(store, steps)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ended = process.poll() is not None
        if store.status().pid == process.pid:
            return process.pid
        if ended:
            raise BadRun(last_words(store.log, before))
        time.sleep(0.01)
    process.kill()
    raise BadRun(f"the trainer did not start within {PATIENCE:.0f} seconds; see {store.log}")


def _spawn(store: Store, steps: int | None) -> "subprocess.Popen[bytes]":
    # -P: no file in the current directory may stand in for a module of the standard library.
    command = [
        sys.executable,
        "-P",
        "-m",
        "micrograd_tui.engine.runs.trainer",
        str(store.path.absolute()),
    ]
    try:
        with store.log.open("ab") as log:
            process = subprocess.Popen(
                [*command, *([] if steps is None else [str(steps)])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=store.path.absolute().parent,
                close_fds=True,
                **_apart(),
            )
    except OSError as error:
        raise BadRun(f"the trainer cannot be started: {error.strerror or error}") from None
    _started.append(process)
    return process


def _apart() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
