"""The text of a program: its graphs' straight-line code, and the loops around it.

All that a program works on lies in one array of doubles, `work`, in the places of `Layout`:

    shared      parameters, derived numbers, 1 / rows
    gradients   of the shared numbers
    seeds       of each group: d(loss)/d(its total)
    totals      of each group, the lanes of a vector apart
    parts       of each group: gradients of the shared numbers, the lanes of a vector apart

A vector holds `width` lanes. Where the lanes do not fill the last one, that one goes first, and what its
empty lanes (copies of a true one) brought is put back to 0 before the others add to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .native_graph import CONSTANT, RUN, SHARED, SLOT, TOTAL, Code, Leaf
from .native_lanes import WIDEST, Group, Plan
from .native_math import DECLARATIONS, functions
from .native_ops import Contribution, Emitter
from .native_update import EACH_STEP


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in `work` what lies; counted in doubles."""

    plan: Plan
    width: int

    @property
    def span(self) -> int:
        """The shared numbers, and a vector more: lanes past a run's end read and write there."""
        return -(-self.plan.shared // WIDEST) * WIDEST + WIDEST

    @property
    def gradients(self) -> int:
        return self.span

    @property
    def seeds(self) -> int:
        return 2 * self.span

    @property
    def totals(self) -> int:
        return self.seeds + -(-len(self.plan.groups) // WIDEST) * WIDEST

    def total(self, k: int) -> int:
        return self.totals + k * self.width

    @property
    def apart(self) -> list[int]:
        """The groups that have parts: those that read a shared number."""
        return [k for k, group in enumerate(self.plan.groups) if _reads_shared(group)]

    def parts(self, k: int) -> int:
        """The place of group k's parts, or for a group without any where they would be."""
        before = sum(each < k for each in self.apart)
        return self.totals + (len(self.plan.groups) + before * self.span) * self.width

    @property
    def size(self) -> int:
        return self.parts(len(self.plan.groups))


def _reads_shared(group: Group) -> bool:
    return any(leaf.kind == SHARED for leaf in group.graph.leaves.values())


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
    made = [_lanes(layout, k, group) for k, group in groups] + [_after(layout)]
    try:
        return [*made, _before(layout, "before", early=True)], True
    except KeyError:  # a seed waits for a total: the lanes run forward first
        made.append(_before(layout, "before", early=True, seeds=False))
        made.append(_before(layout, "between", early=False))
        return made + [_lanes(layout, k, group, only_forward=True) for k, group in groups], False


def _at(e: Emitter, base: str, offset: int | str) -> str:
    return e.let(f"getelementptr inbounds double, ptr {base}, i64 {offset}")


def _read(e: Emitter, base: str, offset: int | str) -> str:
    return e.let(f"load {e.type}, ptr {_at(e, base, offset)}, align 8")


def _read_one(e: Emitter, base: str, offset: int) -> str:
    return e.let(f"load double, ptr {_at(e, base, offset)}, align 8")


def _write(e: Emitter, x: str, base: str, offset: int | str) -> None:
    e.lines.append(f"  store {e.type} {x}, ptr {_at(e, base, offset)}, align 8")


def _add_to(e: Emitter, part: Contribution, base: str, offset: int | str) -> None:
    _write(e, e.sum(_read(e, base, offset), part), base, offset)


# The top: plain doubles, once a step.


def _top(layout: Layout, early: bool) -> Code:
    e, plan = Emitter(), layout.plan

    def load(leaf: Leaf) -> str:
        if leaf.kind == CONSTANT:
            return e.number(leaf.what)
        if leaf.kind == TOTAL:
            return _read(e, "%work", layout.total(leaf.what))
        return _read(e, "%work", leaf.what)

    late = plan.top.above(lambda leaf: leaf.kind == TOTAL)
    unknown = {node for node, is_late in enumerate(late) if is_late} if early else set()
    return Code(plan.top, e, load, unknown)


def _before(layout: Layout, name: str, early: bool, seeds: bool = True) -> tuple[Emitter, str]:
    """Compute the derived numbers and the seeds of the groups; `early`: without knowing a total."""
    code, plan = _top(layout, early), layout.plan
    e = code.emit
    code.forward()
    for i, node in enumerate(plan.derived):
        _write(e, code.value(node), "%work", plan.first_derived + i)
    if seeds:
        wanted = plan.top.above(lambda leaf: leaf.kind == TOTAL)
        if early:
            code.load = _refuse_totals(code.load)

        def give(leaf: Leaf, part: Contribution) -> None:
            _add_to(e, part, "%work", layout.seeds + leaf.what)

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
        seeds.append((node, _read(e, "%work", layout.gradients + plan.first_derived + i)))
    wanted = plan.top.above(lambda leaf: leaf.kind == SHARED)

    def give(leaf: Leaf, part: Contribution) -> None:
        _add_to(e, part, "%work", layout.gradients + leaf.what)

    code.backward(seeds, wanted, give)
    head = "define internal double @after(ptr noalias %work) noinline {"
    return e, "\n".join([head, *e.lines, f"  ret double {loss}", "}"])


# The lanes: vectors, over and over.


def _lanes(layout: Layout, k: int, group: Group, only_forward: bool = False) -> tuple[Emitter, str]:
    e = Emitter(layout.width)
    slots = group.slots

    def load(leaf: Leaf) -> str:
        if leaf.kind == CONSTANT:
            return e.number(leaf.what)
        if leaf.kind == SLOT:
            return _read(e, "%data", leaf.what * e.width)
        if leaf.kind == RUN:
            return _read(e, "%run", leaf.what)
        return e.splat(_read_one(e, "%shared", leaf.what))

    def give(leaf: Leaf, part: Contribution) -> None:
        if leaf.kind == SHARED:
            _add_to(e, part, "%parts", leaf.what * e.width)
        else:
            old = _read(e, "%gradient", leaf.what)
            _write(e, e.select("%here", e.sum(old, part), old), "%gradient", leaf.what)

    code = Code(group.graph, e, load)
    code.forward()
    total = _read(e, "%total", 0)
    out = e.add(total, code.value(group.graph.roots[0]))
    _write(e, e.select("%here", out, total), "%total", 0)
    if not only_forward:
        wanted = group.graph.above(lambda leaf: leaf.kind in (SHARED, RUN))
        code.backward([(group.graph.roots[0], "%seed")], wanted, give)
    name = f"totals{k}" if only_forward else f"lanes{k}"
    put_back = not only_forward and _reads_shared(group)
    return e, _lane_loop(name, e, slots, layout.span * layout.width if put_back else 0)


def _lane_loop(name: str, e: Emitter, slots: int, parts: int) -> str:
    w, v, ints, mask = e.width, e.type, f"<{e.width} x i64>", e.bits
    steps = ", ".join(f"i64 {i}" for i in range(w))
    body = "\n".join(e.lines)
    return f"""
define internal void @{name}(
    ptr noalias %rows, i64 %count, ptr noalias %shared, ptr noalias %gradients, double %one,
    ptr noalias %total, ptr noalias %parts) noinline {{
  %rest = urem i64 %count, {w}
  %full = sub i64 %count, %rest
  %whole = icmp eq i64 %rest, 0
  %start = select i1 %whole, i64 0, i64 %full
  %seed1 = insertelement {v} poison, double %one, i64 0
  %seed = shufflevector {v} %seed1, {v} poison, <{w} x i32> zeroinitializer
  %count1 = insertelement {ints} poison, i64 %count, i64 0
  %counts = shufflevector {ints} %count1, {ints} poison, <{w} x i32> zeroinitializer
  br label %block
block:
  %row = phi i64 [ %start, %0 ], [ %next, %after ]
  %row1 = insertelement {ints} poison, i64 %row, i64 0
  %rows1 = shufflevector {ints} %row1, {ints} poison, <{w} x i32> zeroinitializer
  %lane = add {ints} %rows1, <{steps}>
  %here = icmp ult {ints} %lane, %counts
  %offset = mul i64 %row, {slots}
  %data = getelementptr inbounds double, ptr %rows, i64 %offset
  %run = getelementptr inbounds double, ptr %shared, i64 %row
  %gradient = getelementptr inbounds double, ptr %gradients, i64 %row
{body}
  %partial = icmp eq i64 %row, %full
  %put_back = icmp ult i64 0, {parts}
  %clear = and i1 %partial, %put_back
  br i1 %clear, label %empty, label %after
empty:
  %i = phi i64 [ 0, %block ], [ %j, %empty ]
  %p = getelementptr inbounds double, ptr %parts, i64 %i
  %x = load {v}, ptr %p, align 8
  %y = select {mask} %here, {v} %x, {v} zeroinitializer
  store {v} %y, ptr %p, align 8
  %j = add i64 %i, {w}
  %more = icmp ult i64 %j, {parts}
  br i1 %more, label %empty, label %after
after:
  %beyond = add i64 %row, {w}
  %next = select i1 %partial, i64 0, i64 %beyond
  %again = icmp ult i64 %next, %full
  br i1 %again, label %block, label %end
end:
  ret void
}}"""


def _horizontal(e: Emitter, x: str, width: int) -> str:
    """Return the sum of a vector's lanes, halves first."""
    while width > 1:
        half = width // 2
        parts = []
        for start in (0, half):
            lanes = ", ".join(f"i32 {start + i}" for i in range(half))
            v = f"<{width} x double>"
            parts.append(e.let(f"shufflevector {v} {x}, {v} poison, <{half} x i32> <{lanes}>"))
        x = e.let(f"fadd <{half} x double> {parts[0]}, {parts[1]}")
        width = half
    return e.let(f"extractelement <1 x double> {x}, i64 0")


def _gradient(layout: Layout, early: bool) -> str:
    """The whole of a step but its update."""
    e, groups = Emitter(layout.width), layout.plan.groups
    gradients = _at(e, "%work", layout.gradients)
    _clear(e, layout.gradients, layout.size)
    e.lines.append("  call void @before(ptr %work)")
    _empty_totals(e, layout)
    if not early:
        for k in range(len(groups)):
            _call_lanes(e, layout, f"totals{k}", k, gradients)
        e.lines.append("  call void @between(ptr %work)")
        _empty_totals(e, layout)
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
    place, size = _at(e, "%work", start), 8 * (end - start)
    e.lines.append(f"  call void @llvm.memset.p0.i64(ptr {place}, i8 0, i64 {size}, i1 false)")


def _empty_totals(e: Emitter, layout: Layout) -> None:
    # -0.0, unlike 0.0, changes no sum that begins with it, not even one of -0.0.
    for k in range(len(layout.plan.groups)):
        _write(e, e.number(-0.0), "%work", layout.total(k))


def _call_lanes(e: Emitter, layout: Layout, name: str, k: int, gradients: str) -> None:
    """Run a group; leave its total as one number."""
    rows = e.let(f"load ptr, ptr {_at(e, '%tables', 2 * k)}, align 8")
    count = e.let(f"load i64, ptr {_at(e, '%tables', 2 * k + 1)}, align 8")
    seed = _read_one(e, "%work", layout.seeds + k)
    total = _at(e, "%work", layout.total(k))
    parts = _at(e, "%work", layout.parts(k))
    e.lines.append(
        f"  call void @{name}(ptr {rows}, i64 {count}, ptr %work, ptr {gradients}, double {seed}, "
        f"ptr {total}, ptr {parts})"
    )
    v = f"<{layout.width} x double>"
    lanes = e.let(f"load {v}, ptr {total}, align 8")
    e.lines.append(f"  store double {_horizontal(e, lanes, layout.width)}, ptr {total}, align 8")


def _gather(layout: Layout) -> str:
    """Add up the lanes of the shared numbers' gradients."""
    e, w = Emitter(), layout.width
    for k in layout.apart:
        place = _at(e, _at(e, "%work", layout.parts(k)), e.let(f"mul i64 %i, {w}"))
        lanes = e.let(f"load <{w} x double>, ptr {place}, align 8")
        _add_to(e, _horizontal(e, lanes, w), "%gradients", "%i")
    body = "\n".join(e.lines)
    return f"""
define internal void @gather(ptr noalias %work, ptr noalias %gradients) noinline {{
  br label %next
next:
  %i = phi i64 [ 0, %0 ], [ %j, %next ]
{body}
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, {layout.plan.shared}
  br i1 %more, label %next, label %end
end:
  ret void
}}"""


def _steps(layout: Layout) -> str:
    """Training steps: the gradient, its norm, the update, which is a function given by its address."""
    e, w = Emitter(), layout.width
    v, count = f"<{w} x double>", layout.plan.first_derived
    total = _horizontal(e, "%squares", w)
    norm = e.let(f"call double @llvm.sqrt.f64(double {total})")
    body = "\n".join(e.lines)
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
  %sum = phi {v} [ zeroinitializer, %step ], [ %squares, %square ]
  %p = getelementptr inbounds double, ptr %gradients, i64 %i
  %x = load {v}, ptr %p, align 8
  %squares = call {v} @llvm.fmuladd.v{w}f64({v} %x, {v} %x, {v} %sum)
  %j = add i64 %i, {w}
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
