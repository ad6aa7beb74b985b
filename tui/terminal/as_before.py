"""A process that runs the app in the middle of its own work, and is afterwards as it was before."""

import asyncio
import gc
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

SIGNALS = ("SIGTERM", "SIGHUP", "SIGINT", "SIGTSTP", "SIGCONT", "SIGWINCH", "SIGTTOU")


@contextmanager
def process_as_before() -> Iterator[None]:
    """Put back the garbage collector, handlers of signals, the event loop, the switching of threads."""
    collecting, thresholds, frozen = gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    handlers = {number: signal.getsignal(number) for number in numbers}
    switching, loop = sys.getswitchinterval(), _event_loop()
    try:
        yield
    finally:
        for number, handler in handlers.items():
            with suppress(TypeError, ValueError, OSError):  # one that was not set by Python
                signal.signal(number, handler)
        if not frozen:
            gc.unfreeze()
        gc.set_threshold(*thresholds)
        (gc.enable if collecting else gc.disable)()
        sys.setswitchinterval(switching)
        if loop is not None:
            asyncio.set_event_loop(loop)


def _event_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that is set and does not run; to ask for it in the usual way would make one."""
    local = getattr(asyncio.get_event_loop_policy(), "_local", None)
    return getattr(local, "_loop", None)
