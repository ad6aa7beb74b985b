"""The backends a run can be trained by: Values, numpy statements or native code, and the fastest here.

Here is the one place that knows all three. The compiled ones are imported only when chosen: numpy takes a
tenth of a second, llvmlite is an optional dependency.
"""

from collections.abc import Sequence

from ...learning.config import Config
from ...learning.loop import Training, Trains
from ...learning.state import Row


def make_training(config: Config, rows: Sequence[Row]) -> Trains:
    """Return the training of the config's backend; raise ValueError where it is not installed here."""
    try:
        return _made(config, rows)
    except ImportError as error:
        raise ValueError(f"the {config.backend} backend needs {error.name or error}") from None


def _made(config: Config, rows: Sequence[Row]) -> Trains:
    if config.backend == "python":
        return Training(config, rows)
    from ...compile.training import NativeTraining, NumpyTraining

    return (NativeTraining if config.backend == "native" else NumpyTraining)(config, rows)


def best_backend() -> str:
    """Return the fastest backend of this machine: what `--backend auto` stands for."""
    try:
        from ...compile.training import best
    except ImportError:
        return "python"
    return best()
