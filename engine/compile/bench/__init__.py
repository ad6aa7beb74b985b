"""One interleaved comparison on this machine: ours against whatever else is installed."""

from .job import Job
from .measure import CONTENDERS, Result, compare
from .table import text

__all__ = ["CONTENDERS", "Job", "Result", "compare", "text"]
