"""Whether a graph is too deep to fold, in milliseconds: a chain of operations needs a statement for each.

To find the groups of such a graph takes seconds. Some ways down from the root tell before: to the parent
made last, and so on. As long as a way is, so many statements there are at least.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..ir.job import Job
from ..ir.trace import CannotCompile, Trace

MOST = 5_000
"""More groups are not worth writing statements for: such a graph is computed node by node."""


class DoesNotFold(CannotCompile):
    """The graph has no folded form, whatever would execute it."""


def refuse_deep(job: Job) -> None:
    """Raise DoesNotFold for a graph whose operations wait for each other too often."""
    for trace in job.traces:
        if len(trace) > MOST and any(length > MOST for length in _ways(trace)):
            raise DoesNotFold(
                f"more than {MOST:,} of its operations wait for one another: that would be as many "
                "statements, too many to gain by it"
            )


def _ways(trace: Trace) -> Iterator[int]:
    """Yield how many formulas are on some ways down from the root, counted up to one more than MOST.

    At each node one goes on to the parent made last, one to that whose own parents were, one to that
    made first: what is added on the way leads none of them astray for good.
    """
    a, b, op = trace.a.data, trace.b.data, trace.op.data  # memoryviews: a way is mostly short
    edges = np.concatenate([trace.a, trace.b])
    once = np.bincount(edges[edges >= 0], minlength=len(trace)) == 1
    adds, products = (
        np.array([each.name == name for each in trace.ops] + [False])[trace.op] for name in ("add", "mul")
    )
    joins = (once & (adds | products)).data  # a sum that it is a term of: sums.py
    for rank in (lambda node: node, lambda node: max(a[node], b[node]), lambda node: -node):
        node, found, in_sum = trace.root, 0, False
        while op[node] >= 0 and found <= MOST:
            found += not (in_sum and joins[node])
            in_sum, x, y = bool(adds[node]), a[node], b[node]
            inner = [each for each in (x, y) if each >= 0 and op[each] >= 0]
            node = max(inner, key=rank, default=x)
        yield found
