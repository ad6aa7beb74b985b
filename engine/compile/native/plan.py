"""The plan of native code for a job: groups of lanes, and a top that makes one loss of them."""

from __future__ import annotations

from ...ops import OPS
from ..ir.job import Job
from ..ir.trace import CannotCompile
from .graph import GIVEN, SHARED, SLOT, TOTAL, Graph, copier, graph_of
from .lanes import Group, Plan, find_lanes
from .least import least_instructions

CAP = 2_000
"""Instructions of a program. Beyond it compiling takes too long, and matrix products do as well."""


def plan_of(job: Job) -> Plan:
    """Return the program of a job; raise CannotCompile where it would be too large.

    Most graphs that would be are told apart before anything is planned: planning those takes longest.
    """
    if job.sample.tables:
        raise CannotCompile("a row's numbers choose from tables")
    if any(trace.largest for trace in job.traces):
        raise CannotCompile("the largest of some numbers is looked for")
    if job.sample.slots or job.penalty is None:
        _check_size(least_instructions(job.sample, CAP), "at least ")
    sample = graph_of(job.sample)
    plan = Plan(job.parameters, Graph())
    by_row = sample.above(lambda leaf: leaf.kind == SLOT)
    if by_row[sample.roots[0]]:
        _set_aside_rows(plan, sample, by_row, job.sample.slots)
    else:
        plan.top = sample
    if job.penalty is not None:
        _add_penalty(plan.top, graph_of(job.penalty))
    find_lanes(plan)
    _name_inverse(plan)
    _check(plan)
    return plan


def _set_aside_rows(plan: Plan, sample: Graph, by_row: list[bool], slots: int) -> None:
    """Make the sample a group of its own, one lane a row; the top begins as the mean over them."""
    lanes, top, at_top = Graph(), Graph(), copier(sample)
    copy: dict[int, int] = {}
    for node, parents in enumerate(sample.parents):
        leaf, op = sample.leaves.get(node), sample.ops[node]
        if leaf:
            copy[node] = lanes.leaf(leaf.kind, leaf.what)
        elif op and by_row[node]:
            for p in parents:
                if p not in copy:  # made of parameters alone
                    top.roots.append(at_top(top, p))
                    copy[p] = lanes.leaf(SHARED, plan.first_derived + len(top.roots) - 1)
            copy[node] = lanes.node(op, *(copy[p] for p in parents))
    lanes.roots = [copy[sample.roots[0]]]
    mean = top.node(OPS["mul"], top.leaf(TOTAL, 0), top.leaf(GIVEN, None))
    top.roots.insert(0, mean)
    plan.top = top
    plan.groups.append(Group(lanes, slots=slots))


def _add_penalty(top: Graph, penalty: Graph) -> None:
    added = copier(penalty)(top, penalty.roots[0])
    top.roots[0] = top.node(OPS["add"], top.roots[0], added)


def _name_inverse(plan: Plan) -> None:
    for node, leaf in plan.top.leaves.items():
        if leaf.kind == GIVEN:
            plan.top.leaves[node] = type(leaf)(GIVEN, plan.inverse)


def _check_size(size: int, bound: str = "") -> None:
    if size > CAP:
        raise CannotCompile(
            f"the program has {bound}{size:,} instructions, more than the {CAP:,} of native code"
        )


def _check(plan: Plan) -> None:
    _check_size(plan.instructions())
    late = plan.top.above(lambda leaf: leaf.kind == TOTAL)
    if any(late[node] for node in plan.derived):
        raise CannotCompile("lanes of one sum read a number made of another sum's lanes")
