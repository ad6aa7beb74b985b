"""Inside the child process: limits are set, the job is done, the answer written, the process ended."""

import gc
import importlib
import io
import json
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from .child import too_long

MOST_MEMORY = 8 << 30
COLLECTED_EVERY = 10_000
"""Objects between two looks for garbage: with Python's 700 a graph of a million nodes takes half as long
again, since all that is found there is in use. Engines whose nodes hold each other keep twice as much of
what they leave behind."""
THEIRS = ("__main__", "audited")
"""What a module of somebody's is called here: one that runs, and one that is loaded for its classes."""
_answers = -1
_loaded: frozenset[str] = frozenset()


def main(loaded: frozenset[str], module: str, job: str, answers: str, seconds: str) -> None:
    """Do the job and answer; `answers` is the pipe's descriptor, `loaded` what was imported before us."""
    global _answers, _loaded
    _answers, _loaded = int(answers), loaded
    os.set_inheritable(_answers, False)
    end_with_parent(True)
    _limit_memory()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    asked = json.loads(job)
    give = importlib.import_module(module).answer
    gc.freeze()
    gc.set_threshold(COLLECTED_EVERY, 10, 10)
    _limit_time(float(seconds))
    give_answer(give(asked))


def give_answer(answer: Any) -> NoReturn:
    """Write the answer and end the process, whatever else runs in it."""
    send_answer(answer)
    os._exit(0)


def send_answer(answer: Any, silent: bool = False) -> None:
    """Write the answer, and leave the time unlimited; `silent` says that nobody reads any more output."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    if silent:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for output in (1, 2):
            os.dup2(nowhere, output)
    text = json.dumps(answer).encode()
    send(b"%d\n" % len(text))
    send(text)


def send(text: bytes) -> None:
    """Write to the pipe of the answers."""
    left = memoryview(text)
    while left:
        left = left[os.write(_answers, left) :]


def loaded_at_start() -> frozenset[str]:
    """The modules that were there before any of ours: those that every program finds loaded."""
    return _loaded


def memory_limit() -> int:
    """How many bytes the child may have: half of what the machine has, at most so many."""
    with suppress(ValueError, OSError, AttributeError):
        return min(MOST_MEMORY, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    return MOST_MEMORY


def _limit_memory() -> None:
    import resource

    # Of data, not of addresses: a library may reserve far more of these than it ever uses.
    for what, most in ((resource.RLIMIT_DATA, memory_limit()), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


def _limit_time(seconds: float) -> None:
    """Ring before the parent kills: the answer then says at which line time ran out."""

    def ring(number: int, frame: FrameType | None) -> None:
        while frame and frame.f_globals.get("__name__") not in THEIRS:
            frame = frame.f_back
        if frame and frame.f_code.co_filename == "<string>":  # the line that started this process
            give_answer({"refusal": f"a thread of it still ran after {seconds:g} seconds"})
        at = {"file": frame.f_code.co_filename, "line": frame.f_lineno} if frame else {}
        give_answer({"refusal": too_long(seconds), **at})

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def end_with_parent(wanted: bool) -> None:
    """Have the kernel end this process when the thread that started it dies, where it can; or not."""
    if sys.platform == "linux":
        with suppress(Exception):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL if wanted else 0)  # PR_SET_PDEATHSIG
