"""Trying a class out without a trace: its counters, tapes and random numbers stand as before."""

import contextlib
import copy
import io
import itertools
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

Undo = Callable[[], object]
LARGE = 10_000
"""A dict or set of more is data somebody loaded, and not copied."""


@contextlib.contextmanager
def untouched(cls: type) -> Iterator[None]:
    """Put back what making nodes may change beside them, and print nothing.

    That is what the classes and their module hold in counters, lists, sets and dicts, and the
    states of the random number generators.
    """
    undo = [step for owner in _owners(cls) for step in _kept(owner)]
    undo.extend(_random_states())
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        for step in undo:
            step()


def _owners(cls: type) -> list[Any]:
    module = sys.modules.get(cls.__module__)
    classes = [kind for kind in cls.__mro__ if kind is not object]
    own = not getattr(module, "__file__", "").startswith(sys.base_prefix + "/lib")
    return classes + ([module] if module and own else [])


def _kept(owner: Any) -> Iterator[Undo]:
    for name, value in list(vars(owner).items()):
        if name.startswith("__"):
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield partial(setattr, owner, name, value)
        elif isinstance(value, itertools.count):
            yield partial(setattr, owner, name, copy.copy(value))
        elif isinstance(value, list):
            yield partial(value.__delitem__, slice(len(value), None))
        elif isinstance(value, dict | set) and len(value) < LARGE:
            yield partial(_refill, value, value.copy())


def _refill(thing: Any, saved: Any) -> None:
    if len(thing) != len(saved) or thing != saved:
        thing.clear()
        thing.update(saved)


def _random_states() -> Iterator[Undo]:
    state = random.getstate()
    yield partial(random.setstate, state)
    numpy_random = getattr(sys.modules.get("numpy"), "random", None)
    if numpy_random is not None:
        numbers = numpy_random.get_state()
        yield partial(numpy_random.set_state, numbers)
