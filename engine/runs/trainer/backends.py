"""The backends a run can be trained by: Values, numpy statements or native code, and the fastest here.

Here is the one place that knows all of them, and which model a run has. The compiled ones are imported
only when chosen: numpy takes a tenth of a second, llvmlite is an optional dependency.
"""

from collections.abc import Sequence

from ...learning.config import Config
from ...learning.language.config import GPTConfig
from ...learning.language.training import GPTTraining
from ...learning.loop import Training, TrainingLoop, Trains
from ...learning.settings import Settings
from ...learning.state import Row


def make_training(config: Settings, rows: Sequence[Row]) -> Trains:
    """Return the training of the config's backend; raise ValueError where it is not installed here."""
    try:
        return _made(config, rows)
    except ImportError as error:
        raise ValueError(f"the {config.backend} backend needs {error.name or error}") from None


def _made(config: Settings, rows: Sequence[Row]) -> Trains:
    if config.backend == "python" or not isinstance(config, Config | GPTConfig):
        return training_of_values(config, rows)
    from ...compile.training import CompiledDocuments, NativeDocuments, NativeTraining, NumpyTraining

    if isinstance(config, GPTConfig):
        return (NativeDocuments if config.backend == "native" else CompiledDocuments)(config, rows)
    return (NativeTraining if config.backend == "native" else NumpyTraining)(config, rows)


def training_of_values(config: Settings, rows: Sequence[Row]) -> TrainingLoop:
    """Return the training of a run written with Values, whatever trains it: each step is a graph."""
    if isinstance(config, GPTConfig):
        return GPTTraining(config, rows)
    if isinstance(config, Config):
        return Training(config, rows)
    raise ValueError(f"nothing trains {type(config).__name__}")


def best_backend() -> str:
    """Return the fastest backend of this machine: what `--backend auto` stands for."""
    try:
        from ...compile.training import best
    except ImportError:
        return "python"
    return best()
