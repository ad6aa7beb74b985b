"""Code generation for a program: the LLVM module with the top, once a step, and the loops around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from .graph import CONSTANT, SHARED, TOTAL, Code, Leaf
from .lanes import WIDEST, Plan
from .layout import Layout, add_to, at, horizontal, read, read_one, sums_side_by_side, write
from .op_table import ZERO, Contribution, Emitter
from .update import EACH_STEP
from .vector_math import DECLARATIONS, functions
from .vectors import lanes_function


def text_of(plan: Plan, width: int) -> str:
    """Return the module: `gradient(work, tables)`, `run(...)` for many steps, and what they call."""
    layout = Layout(plan, width)
    parts, early = _functions(layout)
    called = set[tuple[str, int]]().union(*(emit.called for emit, _ in parts))
    texts = [text for _, text in parts]
    return "\n".join([DECLARATIONS, functions(called), *texts, _gradient(layout, early), _steps(layout)])


def _functions(layout: Layout) -> tuple[list[tuple[Emitter, str]], bool]:
    """Return the functions, and whether the seeds are known before the totals."""
    groups = list(enumerate(layout.plan.groups))
    made = [lanes_function(layout, k, group) for k, group in groups] + [_after(layout)]
    try:
        return [*made, _before(layout, "before", early=True)], True
    except KeyError:  # a seed waits for a total: the lanes run forward first
        made.append(_before(layout, "before", early=True, seeds=False))
        made.append(_before(layout, "between", early=False))
        return made + [lanes_function(layout, k, group, only_forward=True) for k, group in groups], False


def _top(layout: Layout, early: bool) -> Code:
    e, plan = Emitter(), layout.plan

    def load(leaf: Leaf) -> str:
        if leaf.kind == CONSTANT:
            return e.number(leaf.what)
        if leaf.kind == TOTAL:
            return read(e, "%work", layout.total(leaf.what))
        return read(e, "%work", leaf.what)

    late = plan.top.above(lambda leaf: leaf.kind == TOTAL)
    unknown = {node for node, is_late in enumerate(late) if is_late} if early else set()
    return Code(plan.top, e, load, unknown)


def _before(layout: Layout, name: str, early: bool, seeds: bool = True) -> tuple[Emitter, str]:
    """Compute the derived numbers and the seeds of the groups; `early`: without knowing a total."""
    code, plan = _top(layout, early), layout.plan
    e = code.emit
    code.forward()
    for i, node in enumerate(plan.derived):
        write(e, code.value(node), "%work", plan.first_derived + i)
    if seeds:
        wanted = plan.top.above(lambda leaf: leaf.kind == TOTAL)
        if early:
            code.load = _refuse_totals(code.load)

        def give(leaf: Leaf, part: Contribution) -> None:
            add_to(e, part, "%work", layout.seeds + leaf.what)

        code.backward([(plan.top.roots[0], e.number(1.0))], wanted, give)
    lines = [f"define internal void @{name}(ptr noalias %work) noinline {{", *e.lines, "  ret void", "}"]
    return e, "\n".join(lines)


def _refuse_totals(load: Callable[[Leaf], str]) -> Callable[[Leaf], str]:
    def loaded(leaf: Leaf) -> str:
        if leaf.kind == TOTAL:
            raise KeyError(leaf)
        return load(leaf)

    return loaded


def _after(layout: Layout) -> tuple[Emitter, str]:
    """Compute the loss, and the top's part of the gradients."""
    code, plan = _top(layout, early=False), layout.plan
    e = code.emit
    code.forward()
    loss = code.value(plan.top.roots[0])
    seeds = [(plan.top.roots[0], e.number(1.0))]
    for i, node in enumerate(plan.derived):
        seeds.append((node, read(e, "%work", layout.gradients + plan.first_derived + i)))
    wanted = plan.top.above(lambda leaf: leaf.kind == SHARED)

    def give(leaf: Leaf, part: Contribution) -> None:
        add_to(e, part, "%work", layout.gradients + leaf.what)

    code.backward(seeds, wanted, give)
    head = "define internal double @after(ptr noalias %work) noinline {"
    return e, "\n".join([head, *e.lines, f"  ret double {loss}", "}"])


def _gradient(layout: Layout, early: bool) -> str:
    """The whole of a step but its update."""
    e, groups = Emitter(layout.width), layout.plan.groups
    gradients = at(e, "%work", layout.gradients)
    _clear(e, layout.gradients, layout.parts(0))
    e.lines.append("  call void @before(ptr %work)")
    if not early:
        for k in range(len(groups)):
            _call_lanes(e, layout, f"totals{k}", k, gradients)
        e.lines.append("  call void @between(ptr %work)")
    for k in range(len(groups)):
        _call_lanes(e, layout, f"lanes{k}", k, gradients)
    if layout.apart:
        e.lines.append(f"  call void @gather(ptr %work, ptr {gradients})")
    loss = e.let("call double @after(ptr %work)")
    head = "define double @gradient(ptr %work, ptr %tables) {"
    clear = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)"
    lines = [clear, head, *e.lines, f"  ret double {loss}", "}"]
    return "\n".join([*([_gather(layout)] if layout.apart else []), *lines])


def _clear(e: Emitter, start: int, end: int) -> None:
    place, size = at(e, "%work", start), 8 * (end - start)
    e.lines.append(f"  call void @llvm.memset.p0.i64(ptr {place}, i8 0, i64 {size}, i1 false)")


def _call_lanes(e: Emitter, layout: Layout, name: str, k: int, gradients: str) -> None:
    """Run a group; leave its total as one number."""
    rows = e.let(f"load ptr, ptr {at(e, '%tables', 2 * k)}, align 8")
    count = e.let(f"load i64, ptr {at(e, '%tables', 2 * k + 1)}, align 8")
    seed = read_one(e, "%work", layout.seeds + k)
    total = at(e, "%work", layout.total(k))
    parts = at(e, "%work", layout.parts(k))
    e.lines.append(
        f"  call void @{name}(ptr {rows}, i64 {count}, ptr %work, ptr {gradients}, double {seed}, "
        f"ptr {total}, ptr {parts})"
    )
    v = f"<{layout.width} x double>"
    lanes = e.let(f"load {v}, ptr {total}, align 8")
    e.lines.append(f"  store double {horizontal(e, lanes, layout.width)}, ptr {total}, align 8")


def _gather(layout: Layout) -> str:
    """Add up the lanes of the shared numbers' gradients, a vector of sums at a time; empty the lanes."""
    e, w = Emitter(layout.width), layout.width
    for k in layout.apart:
        first = at(e, at(e, "%work", layout.parts(k)), e.let(f"mul i64 %i, {w}"))
        lanes = [read(e, first, i * w) for i in range(w)]
        for i in range(w):
            write(e, e.number(ZERO), first, i * w)
        add_to(e, sums_side_by_side(e, lanes, w), "%gradients", "%i")
    body = "\n".join(e.lines)
    return f"""
define internal void @gather(ptr noalias %work, ptr noalias %gradients) noinline {{
  br label %next
next:
  %i = phi i64 [ 0, %0 ], [ %j, %next ]
{body}
  %j = add i64 %i, {w}
  %more = icmp ult i64 %j, {layout.plan.shared}
  br i1 %more, label %next, label %end
end:
  ret void
}}"""


def _steps(layout: Layout) -> str:
    """Training steps: the gradient, its norm, the update, which is a function given by its address."""
    e, w = Emitter(layout.width), layout.width
    v, count, sums = e.type, layout.plan.first_derived, range(WIDEST // layout.width)
    at_sums = [read(e, "%p", n * w) for n in sums]
    squares = [e.fma(x, x, f"%sum{n}") for n, x in enumerate(at_sums)]
    square, e.lines = "\n".join(e.lines), []
    total = horizontal(e, reduce(e.add, squares), w)
    norm = e.let(f"call double @llvm.sqrt.f64(double {total})")
    body = "\n".join(e.lines)
    carried = "\n".join(
        f"  %sum{n} = phi {v} [ zeroinitializer, %step ], [ {x}, %square ]" for n, x in enumerate(squares)
    )
    return f"""
define void @run(
    ptr %work, ptr %tables, i64 %steps, ptr %losses, ptr %norms,
    ptr %update, ptr %first, ptr %second, ptr %hypers, ptr %numbers) {{
  %gradients = getelementptr inbounds double, ptr %work, i64 {layout.gradients}
  br label %step
step:
  %s = phi i64 [ 0, %0 ], [ %t, %known ]
  %loss = call double @gradient(ptr %work, ptr %tables)
  %loss_at = getelementptr inbounds double, ptr %losses, i64 %s
  store double %loss, ptr %loss_at, align 8
  br label %square
square:
  %i = phi i64 [ 0, %step ], [ %j, %square ]
{carried}
  %p = getelementptr inbounds double, ptr %gradients, i64 %i
{square}
  %j = add i64 %i, {WIDEST}
  %more = icmp ult i64 %j, {count}
  br i1 %more, label %square, label %known
known:
{body}
  %norm_at = getelementptr inbounds double, ptr %norms, i64 %s
  store double {norm}, ptr %norm_at, align 8
  %place = mul i64 %s, {len(EACH_STEP)}
  %number = getelementptr inbounds double, ptr %numbers, i64 %place
  call void %update(
    ptr %work, ptr %gradients, ptr %first, ptr %second, ptr %hypers, ptr %number, i64 {count})
  %t = add i64 %s, 1
  %again = icmp ult i64 %t, %steps
  br i1 %again, label %step, label %end
end:
  ret void
}}"""
