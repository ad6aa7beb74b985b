"""The trial behind a finding as two recordings: what their pass did, and what a right one does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..ops import Op
from ..recording.columns import to_columns
from ..recording.log import Recording
from ..recording.record import record
from ..sources.learner.discover import discover
from ..sources.learner.record import Observation, recorded
from ..value import Value
from .audit.audit import Audit
from .check_file import engine_classes
from .findings import Finding
from .load import NotLoaded, load_classes
from .trials.diagnose import local_derivatives
from .trials.expression import Expression, evaluate
from .trials.trial import Trial


class Witness:
    """The trials of an audit, as recordings."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    def pair(self, finding: Finding) -> tuple[Recording, Recording] | None:
        """Return both recordings of a finding's expression; None where there is no graph to show."""
        trial = self.audit.found.trials.get((finding.rule, finding.line))
        if trial is None or trial.seen is None:
            return None
        names = dict(zip(trial.expression.leaves, trial.leaves, strict=True))
        theirs = recorded(trial.seen, names)
        _put_methods(theirs, trial.seen)
        forward = finding.kind in ("forward", "reflected")
        right = _of_value(trial) if forward else self._of_graph(theirs, trial.seen)
        return None if right is None else (theirs, right)

    def _of_graph(self, theirs: Recording, seen: Observation) -> Recording:
        """The right pass over the same nodes, in their order where that is a right one."""
        graph = seen.graph
        log = Recording(root=theirs.root, scopes=list(theirs.scopes), labels=dict(theirs.labels))
        for op, parents in zip(theirs.ops, graph.parents, strict=True):
            log.add_node(op, parents)
        log.scopes = list(theirs.scopes)
        log.forward(graph.data)
        log.begin("backward")
        grads = [0.0] * len(graph.data)
        log.step(None)
        grads[log.root] = 1.0
        log.write(log.root, "grad", 1.0, 1.0)
        for node in right_order(theirs, graph.parents):
            log.step(node)
            local = local_derivatives(seen, node, self.audit.gradients.slopes_of) or [None] * len(
                graph.parents[node]
            )
            for slot, (parent, slope) in enumerate(zip(graph.parents[node], local, strict=True)):
                amount = grads[node] * (slope or 0.0)
                grads[parent] += amount
                if _measured(log.ops[node]):
                    log.write_locals[len(log.write_cell)] = slope
                log.write(parent, "grad", grads[parent], amount, slot)
        return log.close()


def _measured(op: Op | None) -> bool:
    return op is None or op.vjps is None


def right_order(theirs: Recording, parents: Sequence[Sequence[int]]) -> list[int]:
    """The order of their visits, if every node comes after all that use it; else one that is right."""
    results = [node for node in range(len(parents)) if parents[node]]
    start = next((p.start for p in theirs.phases if p.name == "backward"), 0)
    visited = list(
        dict.fromkeys(node for node in theirs.step_node[start:] if node >= 0 and parents[node])
    )
    place = {node: i for i, node in enumerate(visited)}
    complete = place.keys() == set(results)
    if complete and all(place[n] < place[p] for n in results for p in parents[n] if parents[p]):
        return visited
    return results[::-1]  # parents stand first in a recording


def _of_value(trial: Trial) -> Recording | None:
    """The same expression in our own nodes, where they know all of it."""
    try:
        leaves = [Value(x, label=n) for n, x in zip(trial.expression.leaves, trial.values, strict=True)]
        root = evaluate(Expression(trial.expression.text), leaves)
        return record(root) if isinstance(root, Value) else None
    except Exception:
        return None


def _put_methods(log: Recording, seen: Observation) -> None:
    """A node of a typed expression has no line of its own: it has that of their method which made it."""
    log.scopes = [""] * log.node_count  # what ran around it is ours
    for i, origin in enumerate(seen.graph.origins):
        if log.sources.get(i, "").startswith("<"):
            del log.sources[i]
        if origin and origin.method_source:
            log.sources[i] = origin.method_source


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """In the child process: audit `job["file"]` and return the `job["which"]`-th finding side by side.

    0 stands for the first that has a graph to show.
    """
    path = Path(job["file"]).absolute()
    try:
        space = load_classes(path)
    except NotLoaded as error:
        return {"refusal": str(error)}
    audits = [Audit(discover(cls), space, 0) for cls in engine_classes(space, path.parent)]
    pairs = [(audit, finding) for audit in audits for finding in audit.run().findings]
    found = {"count": len(pairs), "classes": [audit.report.name for audit in audits]}
    wanted = [job["which"]] if job["which"] else range(1, len(pairs) + 1)
    shown: dict[str, Any] = {}
    for which in wanted:
        if not 0 < which <= len(pairs):
            return found
        audit, finding = pairs[which - 1]
        sides = Witness(audit).pair(finding)
        if sides or not shown:
            shown = {
                "which": which,
                "finding": vars(finding),
                "sides": list(map(to_columns, sides or ())),
            }
        if sides:
            break
    return found | shown
