"""When the garbage collector works: while nobody types. A full collection takes as long as some keys."""

import gc

from .durations import COLLECT_REST

YOUNG, PASSES, FULL = 1000, 10, 50  # objects, collections of the young, of those half as old


def settle() -> None:
    """Put the collector back: the modules that came in meanwhile are here to stay (commands/open.py)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50 * YOUNG, PASSES, FULL)  # for a long piece of work; else `collect_due` comes first
    gc.enable()


def collect_due(quiet: float) -> None:
    """Collect what is due, so many seconds after the last key."""
    young, passes, full = gc.get_count()
    if full >= FULL and quiet > COLLECT_REST:
        gc.collect()
    elif passes >= PASSES:
        gc.collect(1)
    elif young >= YOUNG:
        gc.collect(0)
