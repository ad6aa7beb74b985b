"""The numpy backend: a job becomes a kernel whose rows lie side by side, or run one after the other."""

from ..ir.job import Job
from .fold import fold
from .kernel import NumpyKernel
from .row_by_row import RowByRow


def build(job: Job) -> NumpyKernel:
    """Fold the job; raise CannotCompile where that gives far too many groups."""
    return (RowByRow if job.row_by_row else NumpyKernel)(job, fold(job))
