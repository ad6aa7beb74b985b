"""One interleaved comparison on this machine: ours against whatever else is installed."""

from .job import Job
from .measure import Result, compare
from .table import saved, text

__all__ = ["Job", "Result", "compare", "saved", "text"]
