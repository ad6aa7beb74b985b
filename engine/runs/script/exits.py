"""How a script came to its end, as a state and a sentence.

An error that ends a script stays in `sys.last_value`; `sys.exit(3)` leaves nothing behind, so it is noted
when it is called.
"""

import sys
from functools import wraps
from typing import Any, NoReturn

_noted: SystemExit | None = None


def ended_by(error: BaseException | None) -> tuple[str, str]:
    """Return the state of a run that an error has ended, and why, in words; "" for an end as planned."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "", ""
    if isinstance(error, KeyboardInterrupt):
        return "stopped", "KeyboardInterrupt"
    if isinstance(error, GeneratorExit):
        return "stopped", "the generator that logged it was closed before its end"
    if isinstance(error, SystemExit):
        left = f"with exit code {error.code}" if isinstance(error.code, int) else f"saying: {error.code}"
        return "died", f"its program left {left}"
    return "died", f"{type(error).__name__}: {error}"


def watch() -> None:
    """Have `sys.exit` note with what it was called."""
    if getattr(sys.exit, "__wrapped__", None) is None:
        sys.exit = _noting(sys.exit)


def _noting(exit_: Any) -> Any:
    @wraps(exit_)
    def noting(status: Any = None, /) -> NoReturn:
        global _noted
        _noted = SystemExit(status)
        exit_(status)
        raise AssertionError

    return noting


def forget() -> None:
    """Note that the script goes on: its exit was caught."""
    global _noted
    _noted = None


def noted() -> BaseException | None:
    """Return the exit that was called last, if the script has logged nothing since."""
    return _noted
