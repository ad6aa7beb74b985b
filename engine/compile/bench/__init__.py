"""One interleaved comparison on this machine: ours against whatever else is installed."""

from .documents import Documents
from .job import Job
from .measure import CONTENDERS, GPT_CONTENDERS, Result, compare
from .table import text

__all__ = ["CONTENDERS", "GPT_CONTENDERS", "Documents", "Job", "Result", "compare", "text"]
