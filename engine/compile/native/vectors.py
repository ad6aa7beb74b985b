"""Code generation for a group of lanes: a loop that runs its graph once a vector.

Where the lanes do not fill the last vector, that one goes first, and what its empty lanes (copies of a
true one) brought is put back to 0 before the others add to it.
"""

from __future__ import annotations

from .graph import CONSTANT, RUN, SHARED, SLOT, Code, Leaf
from .lanes import Group
from .layout import Layout, add_to, read, read_one, reads_shared, write
from .op_table import Contribution, Emitter


def lanes_function(
    layout: Layout, k: int, group: Group, only_forward: bool = False
) -> tuple[Emitter, str]:
    """Return the function `lanes{k}`, or `totals{k}`, which does without the gradients."""
    e = Emitter(layout.width)
    slots = group.slots

    def load(leaf: Leaf) -> str:
        if leaf.kind == CONSTANT:
            return e.number(leaf.what)
        if leaf.kind == SLOT:
            return read(e, "%data", leaf.what * e.width)
        if leaf.kind == RUN:
            return read(e, "%run", leaf.what)
        return e.splat(read_one(e, "%shared", leaf.what))

    def give(leaf: Leaf, part: Contribution) -> None:
        if leaf.kind == SHARED:
            add_to(e, part, "%parts", leaf.what * e.width)
        else:
            old = read(e, "%gradient", leaf.what)
            write(e, e.select("%here", e.sum(old, part), old), "%gradient", leaf.what)

    code = Code(group.graph, e, load)
    code.forward()
    # -0.0, unlike 0.0, changes no sum, not even one of -0.0.
    total = e.add("%total", e.select("%here", code.value(group.graph.roots[0]), e.number(-0.0)))
    if not only_forward:
        wanted = group.graph.above(lambda leaf: leaf.kind in (SHARED, RUN))
        code.backward([(group.graph.roots[0], "%seed")], wanted, give)
    name = f"totals{k}" if only_forward else f"lanes{k}"
    put_back = not only_forward and reads_shared(group)
    return e, _lane_loop(name, e, total, slots, layout.span * layout.width if put_back else 0)


def _lane_loop(name: str, e: Emitter, total: str, slots: int, parts: int) -> str:
    w, v, ints, mask = e.width, e.type, f"<{e.width} x i64>", e.bits
    steps = ", ".join(f"i64 {i}" for i in range(w))
    body = "\n".join(e.lines)
    return f"""
define internal void @{name}(
    ptr noalias %rows, i64 %count, ptr noalias %shared, ptr noalias %gradients, double %one,
    ptr noalias %to, ptr noalias %parts) noinline {{
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
  %total = phi {v} [ {e.number(-0.0)}, %0 ], [ {total}, %after ]
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
  store {v} {total}, ptr %to, align 8
  ret void
}}"""
