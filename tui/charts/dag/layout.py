"""Layered graph layout, after Sugiyama: layers from left to right, and in each an order and rows.

Everything here speaks of *items*: the boxes, numbered as given, then the dummies. A dummy is one
row high and stands for a wire passing through a layer on its way to a later one. The edges of one
box share their dummies, so a box has at most one per layer.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

ORDER_SWEEPS = 6
ROW_SWEEPS = 2  # more of them straighten no more wires, and the picture only grows
STRAIGHTNESS = 4  # how much harder a long wire pulls on its dummies than a short one on its boxes


@dataclass(frozen=True)
class BoxSpec:
    """The size, in cells, asked for a box; `key` is what the edges and the drawing call it."""

    key: int
    width: int
    height: int


# For each item, the items it is drawn to, and how far from each of them it would like to be.
Terms = list[list[tuple[int, float]]]
RowTerms = list[list[tuple[int, int]]]


class Link(NamedTuple):
    """A piece of wire between neighbouring layers; `row` counts from the top of the target."""

    source: int
    target: int
    row: int


@dataclass(frozen=True)
class Layout:
    """The placed items. `chains` holds, for each edge, the links it runs through."""

    layers: list[list[int]]
    heights: list[int]
    boxes: int
    outgoing: list[list[Link]]
    incoming: list[list[Link]]
    chains: list[list[Link]]
    y: list[int]

    def exit_row(self, item: int) -> int:
        """The row at which the wire of an item leaves it."""
        return self.y[item] + exit_offset(self.heights[item])

    def entry_row(self, link: Link) -> int:
        """The row at which a link arrives."""
        return self.y[link.target] + link.row


def layout(specs: Sequence[BoxSpec], edges: Sequence[tuple[int, int]]) -> Layout:
    """Place boxes and the wires between them; edges name boxes by position, not by key."""
    result = _link(specs, edges, _layer_numbers(len(specs), edges))
    _order(result)
    _assign_rows(result)
    return result


def exit_offset(height: int) -> int:
    """How far below its top an item of this height has its output."""
    return (height - 1) // 2


def entry_offsets(count: int, height: int) -> list[int]:
    """Spread the inputs of a box over its left side, off the corners of its frame if they fit."""
    margin = 1 if count <= height - 2 else 0
    inner = height - 2 * margin
    upper = [margin + (2 * i + 1) * inner // (2 * count) for i in range(count // 2)]
    middle = [exit_offset(height)] if count % 2 else []
    return upper + middle + [height - 1 - row for row in reversed(upper)]


# --- layers ---------------------------------------------------------------------------------------


def _layer_numbers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Longest path from the inputs; then leaves move right, next to their first consumer.

    So do boxes with nothing but leaves for inputs, as these come along.
    """
    inputs: list[list[int]] = [[] for _ in range(count)]
    outputs: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        inputs[target].append(source)
        outputs[source].append(target)
    layer = [0] * count
    order = _topological(inputs, outputs)
    for item in order:
        layer[item] = max((layer[source] + 1 for source in inputs[item]), default=0)
    for item in reversed(order):
        if outputs[item] and not any(inputs[source] for source in inputs[item]):
            layer[item] = min(layer[target] for target in outputs[item]) - 1
    return layer


def _topological(inputs: list[list[int]], outputs: list[list[int]]) -> list[int]:
    """Inputs before outputs; a cycle is a ValueError."""
    missing = [len(sources) for sources in inputs]
    order = [item for item, count in enumerate(missing) if count == 0]
    for item in order:  # grows while it is walked
        for target in outputs[item]:
            missing[target] -= 1
            if missing[target] == 0:
                order.append(target)
    if len(order) < len(inputs):
        raise ValueError("the edges form a cycle")
    return order


def _link(specs: Sequence[BoxSpec], edges: Sequence[tuple[int, int]], layer: list[int]) -> Layout:
    """Cut the edges into links, and list each layer's items in the order a walk meets them."""
    fan_in = [0] * len(specs)
    for _, target in edges:
        fan_in[target] += 1
    heights = [max(spec.height, count, 1) for spec, count in zip(specs, fan_in, strict=True)]
    ports = [iter(entry_offsets(n, height)) for n, height in zip(fan_in, heights, strict=True)]
    trails: list[list[Link]] = [[] for _ in specs]  # the links to a box's dummies, one per layer
    chains = []
    for source, target in edges:
        passed = layer[target] - layer[source] - 1
        trail = trails[source]
        while len(trail) < passed:
            trail.append(Link(trail[-1].target if trail else source, len(heights), 0))
            heights.append(1)
        last = trail[passed - 1].target if passed else source
        chains.append([*trail[:passed], Link(last, target, next(ports[target]))])
    return _collect(layer, trails, heights, chains)


def _collect(
    layer: list[int], trails: list[list[Link]], heights: list[int], chains: list[list[Link]]
) -> Layout:
    """Sort links by their ends and items by layer."""
    outgoing: list[list[Link]] = [[] for _ in heights]
    incoming: list[list[Link]] = [[] for _ in heights]
    for link in [*(link for trail in trails for link in trail), *(chain[-1] for chain in chains)]:
        outgoing[link.source].append(link)
        incoming[link.target].append(link)
    item_layer = layer + [0] * (len(heights) - len(layer))
    for trail in trails:
        for link in trail:
            item_layer[link.target] = item_layer[link.source] + 1
    layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for item in _walk(outgoing, incoming):
        layers[item_layer[item]].append(item)
    return Layout(layers, heights, len(layer), outgoing, incoming, chains, [0] * len(heights))


def _walk(outgoing: list[list[Link]], incoming: list[list[Link]]) -> Iterable[int]:
    """All items, from the roots towards the inputs, depth first: a tree comes out uncrossed."""
    stack = [item for item in reversed(range(len(outgoing))) if not outgoing[item]]
    seen: set[int] = set()
    while stack:
        item = stack.pop()
        if item not in seen:
            seen.add(item)
            yield item
            stack += [link.source for link in reversed(incoming[item])]


# --- order within a layer -------------------------------------------------------------------------


def _order(graph: Layout) -> None:
    """Sweep back and forth, sorting each layer by its neighbours; keep the best order seen."""
    place = [0.0] * len(graph.heights)
    for layer in graph.layers:
        _number(layer, place)
    before, after = _barycentre_terms(graph)
    fewest, best = _crossings(graph, place), [list(layer) for layer in graph.layers]
    for sweep in range(ORDER_SWEEPS):
        if fewest == 0:
            break
        if sweep % 2:
            _sort_layers(graph.layers, place, before, after)
        else:
            _sort_layers(graph.layers[::-1], place, after, before)
        crossings = _crossings(graph, place)
        if crossings < fewest:
            fewest, best = crossings, [list(layer) for layer in graph.layers]
    graph.layers[:] = best


def _number(layer: list[int], place: list[float]) -> None:
    """Places run from 0 to 1 in every layer, so that items of any two layers can be compared."""
    for index, item in enumerate(layer):
        place[item] = (index + 0.5) / len(layer)


def _barycentre_terms(graph: Layout) -> tuple[Terms, Terms]:
    """For each item its neighbours before and after; ports are spread over the target's place."""
    share = {item: 1 / len(layer) for layer in graph.layers for item in layer}
    before = [[(link.source, 0.0) for link in links] for links in graph.incoming]
    after = [
        [(end, share[end] * row / graph.heights[end]) for _, end, row in links]
        for links in graph.outgoing
    ]
    return before, after


def _sort_layers(layers: list[list[int]], place: list[float], near: Terms, far: Terms) -> None:
    """One sweep: an item goes to the barycentre of those it is linked to on the near side.

    Items without any there, like the leaves in a sweep forward, go to that of the far side.
    """
    for layer in layers:
        key = {}
        for item in layer:
            terms = near[item] or far[item] or [(item, 0.0)]
            key[item] = sum([place[other] + shift for other, shift in terms]) / len(terms)
        layer.sort(key=key.__getitem__)
        _number(layer, place)


def _crossings(graph: Layout, place: list[float]) -> int:
    """How many pairs of links cross, every wire being drawn straight."""
    total = 0
    for layer in graph.layers:
        above: list[tuple[float, int]] = []
        for item in layer:
            ends = [(place[link.target], link.row) for link in graph.outgoing[item]]
            for end in ends:
                total += len(above) - bisect_right(above, end)
            for end in ends:
                insort(above, end)
    return total


# --- rows -----------------------------------------------------------------------------------------


def _assign_rows(graph: Layout) -> None:
    """Give every item its row: near where its wires would be straight, in order, never touching."""
    y = graph.y
    before, after = _straight_terms(graph)
    for layer in graph.layers:
        for upper, lower in pairwise(layer):
            y[lower] = y[upper] + _distance(graph, upper, lower)
    for sweep in range(ROW_SWEEPS):
        near, far = (before, after) if sweep % 2 else (after, before)
        for layer in graph.layers if sweep % 2 else reversed(graph.layers):
            terms = [near[item] or far[item] or [(item, 0)] for item in layer]
            _settle(graph, layer, [[y[other] + shift for other, shift in each] for each in terms])
    top = min(y, default=0)
    y[:] = [row - top for row in y]


def _straight_terms(graph: Layout) -> tuple[RowTerms, RowTerms]:
    """For each item its neighbours before and after, and how far below them a wire is straight."""
    before: RowTerms = [[] for _ in graph.heights]
    after: RowTerms = [[] for _ in graph.heights]
    for source, target, row in (link for links in graph.outgoing for link in links):
        drop = exit_offset(graph.heights[source]) - row
        pull = STRAIGHTNESS if min(source, target) >= graph.boxes else 1
        before[target] += [(source, drop)] * pull
        after[source] += [(target, -drop)] * pull
    return before, after


def _distance(graph: Layout, upper: int, lower: int) -> int:
    """From top to top. A blank row goes between neighbours, except between two wires."""
    blank = 1 if min(upper, lower) < graph.boxes else 0
    return graph.heights[upper] + blank


def _settle(graph: Layout, layer: list[int], wishes: list[list[int]]) -> None:
    """The rows with the least total distance from the wishes, given the order of the layer.

    Isotonic regression: items whose wishes collide form a block that moves as one, to the median
    of all it wishes for. Wishes are kept relative to the row an item has when all are stacked up.
    """
    blocks: list[tuple[int, list[int], list[int]]] = []  # median, wishes, items
    stacked = [0, *accumulate(_distance(graph, upper, lower) for upper, lower in pairwise(layer))]
    for item, offset, rows in zip(layer, stacked, wishes, strict=True):
        pool, members = sorted(row - offset for row in rows), [item]
        while blocks and blocks[-1][0] >= _median(pool):
            _, upper_pool, upper_members = blocks.pop()
            pool, members = sorted(upper_pool + pool), upper_members + members
        blocks.append((_median(pool), pool, members))
    settled = (median for median, _, members in blocks for _ in members)
    for item, offset, row in zip(layer, stacked, settled, strict=True):
        graph.y[item] = row + offset


def _median(ordered: list[int]) -> int:
    return ordered[(len(ordered) - 1) // 2]
