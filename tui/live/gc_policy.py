"""When the garbage collector works: while nobody types. A full collection takes as long as some keys."""

import gc

EVERY = 0.25  # seconds
YOUNG, PASSES, FULL = 1000, 10, 50  # objects, collections of the young, of those half as old
QUIET = 1.0  # seconds without a key before a full collection


def settle() -> None:
    """Put the collector back: it slept while the modules came in, which are here to stay (see cli.py)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50 * YOUNG, PASSES, FULL)  # for a long piece of work; else `tidy` comes first
    gc.enable()


def tidy(quiet: float) -> None:
    """Collect what is due, so many seconds after the last key."""
    young, passes, full = gc.get_count()
    if full >= FULL and quiet > QUIET:
        gc.collect()
    elif passes >= PASSES:
        gc.collect(1)
    elif young >= YOUNG:
        gc.collect(0)
