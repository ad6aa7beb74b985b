"""Training runs: the store of each on disk, the trainer process, and logging for a user's own script.

Trainer, script and watchers meet in the store alone, so each may end without the others.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .script.run import Run

__all__ = ["Run"]


def __getattr__(name: str) -> Any:
    # `from micrograd_tui.engine.runs import Run` is for scripts; what else imports this needs no SQLite.
    if name == "Run":
        from .script.run import Run

        return Run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
