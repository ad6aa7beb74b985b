"""Every drawn edge connects exactly its endpoints: the drawings are read back and compared."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_tui.tui.charts.dag import BoxSpec, Drawing, GlyphSet, draw

Edges = list[tuple[int, int]]
Graph = tuple[list[BoxSpec], Edges]
GLYPH_SETS: list[GlyphSet] = ["unicode", "ascii"]


# --- the reader: characters and rectangles in, edges out ------------------------------------------

STEPS = {"n": (0, -1), "e": (1, 0), "s": (0, 1), "w": (-1, 0)}
WAYS = {step: way for way, step in STEPS.items()}
BACK = {"n": "s", "e": "w", "s": "n", "w": "e"}
ARMS = {
    "unicode": {
        "─": "ew", "│": "ns", "┌": "es", "┐": "sw", "└": "en", "┘": "nw",
        "├": "nes", "┤": "nsw", "┬": "esw", "┴": "new", "┼": "nesw", "▸": "w",
    },
    "ascii": {"-": "ew", "|": "ns", "+": "nesw", ")": "nesw", ">": "w"},
}  # fmt: skip
CROSSINGS, ARROWS, JOINTS = "┼)", "▸>", "+"


class MisreadError(Exception):
    """The picture has a line that ends in the open, or one that belongs to no edge."""


class Reader:
    """Follows the lines of a drawing, knowing nothing but its characters and its rectangles."""

    def __init__(self, drawing: Drawing, glyphs: GlyphSet) -> None:
        self.text = {
            (x, y): glyph
            for y, row in enumerate(drawing.rows)
            for x, glyph in enumerate(row)
            if glyph != " "
        }
        self.boxes = drawing.boxes.values()
        self.left_sides = {(b.x, b.y + i): b.key for b in self.boxes for i in range(b.height)}
        self.arms = ARMS[glyphs]
        self.unread = {(x, y, axis) for x, y in self.text for axis in self.axes(x, y)}

    def axes(self, x: int, y: int) -> list[str]:
        """A crossing holds two wires, any other cell one."""
        return ["ew", "ns"] if self.text[x, y] in CROSSINGS else ["any"]

    def edges(self) -> Iterator[tuple[int, int, int]]:
        """Source key, target key and port row of every wire."""
        for box in self.boxes:
            for row in range(box.y, box.y + box.height):
                start = (box.x + box.width, row)
                if "w" in self.arms.get(self.text.get(start, ""), ""):
                    yield from ((box.key, *end) for end in self.follow(*start))
        if self.unread:
            raise MisreadError(f"no wire from a box gets to {sorted(self.unread)}")

    def follow(self, x: int, y: int) -> Iterator[tuple[int, int]]:
        """Target key and port row of every arrow on the wire that enters this cell eastwards."""
        states, seen = [(x, y, "e")], set()
        while states:
            x, y, heading = states.pop()
            axis = ("ew" if heading in "ew" else "ns") if self.text[x, y] in CROSSINGS else "any"
            if (x, y, axis) in seen:
                continue
            seen.add((x, y, axis))
            if self.text[x, y] in ARROWS:
                yield self.target(x, y)
            else:
                states += self.ways_on(x, y, heading)
        self.unread -= seen

    def target(self, x: int, y: int) -> tuple[int, int]:
        if (x + 1, y) not in self.left_sides:
            raise MisreadError(f"the arrow at {x, y} points at nothing")
        return self.left_sides[x + 1, y], y

    def ways_on(self, x: int, y: int, heading: str) -> Iterator[tuple[int, int, str]]:
        """The cells next on the wire: straight on at a crossing, everywhere at a branch."""
        glyph = self.text[x, y]
        for way in heading if glyph in CROSSINGS else self.arms[glyph].replace(BACK[heading], ""):
            next_x, next_y = x + STEPS[way][0], y + STEPS[way][1]
            if BACK[way] in self.arms.get(self.text.get((next_x, next_y), ""), ""):
                yield next_x, next_y, way
            elif glyph not in JOINTS:  # a `+` has arms only where its neighbours do
                raise MisreadError(f"the line at {x, y} breaks off")


def read(drawing: Drawing, glyphs: GlyphSet) -> list[tuple[int, int, int]]:
    return sorted(Reader(drawing, glyphs).edges())


# --- what must hold of every drawing --------------------------------------------------------------


def connects_exactly(drawing: Drawing, edges: Edges, glyphs: GlyphSet) -> bool:
    """Whether the picture shows these edges, each box's inputs from top to bottom as given."""
    try:
        shown = read(drawing, glyphs)
    except MisreadError:
        return False
    wanted = [
        (source, target, wire[-1][1]) for (source, target), wire in zip(edges, drawing.wires, strict=True)
    ]
    inputs: dict[int, list[int]] = {}
    for source, target, _ in sorted(shown, key=lambda edge: edge[2]):
        inputs.setdefault(target, []).append(source)
    in_order = all(inputs[key] == [s for s, t in edges if t == key] for key in inputs)
    return in_order and Counter(shown) == Counter(wanted)


def check(graph: Graph, glyphs: GlyphSet) -> None:
    boxes, edges = graph
    drawing = draw(boxes, edges, glyphs)
    assert connects_exactly(drawing, edges, glyphs)
    check_boxes(drawing, boxes, edges)
    check_wires(drawing, edges, glyphs)


def check_boxes(drawing: Drawing, boxes: list[BoxSpec], edges: Edges) -> None:
    """As large as asked for, big enough for their inputs, apart, inside, with no wire in them."""
    assert list(drawing.boxes) == [spec.key for spec in boxes]
    fan_in = Counter(target for _, target in edges)
    for spec in boxes:
        box = drawing.boxes[spec.key]
        assert (box.width, box.height) == (spec.width, max(spec.height, fan_in[spec.key]))
        assert 0 <= box.x <= drawing.width - box.width
        assert 0 <= box.y <= drawing.height - box.height
        for row in drawing.rows[box.y : box.y + box.height]:
            assert row[box.x : box.x + box.width].isspace()
    for a, b in combinations(drawing.boxes.values(), 2):
        beside = a.x + a.width < b.x or b.x + b.width < a.x
        assert beside or a.y + a.height < b.y or b.y + b.height < a.y  # a blank row between


def check_wires(drawing: Drawing, edges: Edges, glyphs: GlyphSet) -> None:
    """Each runs from its source to its target without a gap, and all together are the picture."""
    assert len(drawing.wires) == len(edges)
    assert len(drawing.rows) == drawing.height
    assert {len(row) for row in drawing.rows} <= {drawing.width}
    steps_at: dict[tuple[int, int], set[str]] = {}
    for (source, target), wire in zip(edges, drawing.wires, strict=True):
        start, end = drawing.boxes[source], drawing.boxes[target]
        assert wire[0][0] == start.x + start.width
        assert start.y <= wire[0][1] < start.y + start.height
        assert wire[-1][0] == end.x - 1
        assert end.y <= wire[-1][1] < end.y + end.height
        assert len(set(wire)) == len(wire)
        path = [(wire[0][0] - 1, wire[0][1]), *wire]
        for (x, y), (next_x, next_y) in zip(path, wire, strict=False):
            way = WAYS[next_x - x, next_y - y]
            steps_at.setdefault((x, y), set()).add(way)
            steps_at.setdefault((next_x, next_y), set()).add(BACK[way])
    ports = {(wire[0][0] - 1, wire[0][1]) for wire in drawing.wires}
    for y, row in enumerate(drawing.rows):
        for x, glyph in enumerate(row):
            arms = steps_at.get((x, y), set()) if (x, y) not in ports else set()
            if glyph == "+":
                assert len(arms) in (2, 3)
            else:
                assert arms == set(ARMS[glyphs].get(glyph, ""))


# --- graphs ---------------------------------------------------------------------------------------


@st.composite
def graphs(draw_from: st.DrawFn, most: int = 60) -> Graph:
    """Few or many edges, short or long ones, some given more than once, sources shared or not."""
    count = draw_from(st.integers(1, most))
    reach = draw_from(st.sampled_from([1, 3, 10, count]))
    hubs = draw_from(st.integers(1, count))
    sizes = st.tuples(st.integers(1, 9), st.integers(1, 4))
    boxes = [BoxSpec(100 + n, *draw_from(sizes)) for n in range(count)]
    order = draw_from(st.permutations(range(count)))
    edges = []
    for target in range(1, count):
        near = st.integers(max(0, target - reach), target - 1)
        shared = st.integers(0, min(hubs, target) - 1)
        sources = draw_from(st.lists(near | shared, max_size=draw_from(st.sampled_from([2, 2, 9]))))
        edges += [(100 + order[source], 100 + order[target]) for source in sources]
    return boxes, edges


def seeded_graph(count: int, edge_count: int, reach: int) -> Graph:
    rng = random.Random(count)
    boxes = [BoxSpec(n, rng.randint(3, 12), rng.randint(1, 4)) for n in range(count)]
    targets = (rng.randrange(1, count) for _ in range(edge_count))
    return boxes, [(rng.randrange(max(0, t - reach), t), t) for t in targets]


@pytest.mark.parametrize("glyphs", GLYPH_SETS)
@settings(deadline=None, max_examples=60)
@given(graph=graphs())
def test_random_graphs_read_back(graph: Graph, glyphs: GlyphSet) -> None:
    check(graph, glyphs)


@pytest.mark.parametrize("glyphs", GLYPH_SETS)
@pytest.mark.parametrize("reach", [5, 40, 400])
def test_large_graphs_read_back(reach: int, glyphs: GlyphSet) -> None:
    check(seeded_graph(400, 800, reach), glyphs)


SHAPES: dict[str, Edges] = {
    "one box": [],
    "square": [(0, 1), (0, 1)],
    "diamond": [(0, 1), (0, 2), (1, 3), (2, 3)],
    "swap": [(0, 2), (0, 3), (1, 2), (1, 3), (1, 2), (0, 3)],
    "skip": [(0, 1), (1, 2), (2, 3), (0, 3), (0, 3)],
    "fan out": [(0, n) for n in range(1, 60)],
    "fan in": [(n, 59) for n in range(59)],
    "complete": [(a, b) for a, b in combinations(range(12), 2)],
    "crossed layers": [(a, b) for b in range(10, 20) for a in reversed(range(10))],
}


@pytest.mark.parametrize("glyphs", GLYPH_SETS)
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_read_back(shape: str, glyphs: GlyphSet) -> None:
    edges = SHAPES[shape]
    keys = range(1 + max((target for _, target in edges), default=0))
    check(([BoxSpec(key, 5, 3) for key in keys], edges), glyphs)


def test_nothing_to_draw() -> None:
    assert draw([], []) == Drawing(0, 0, {}, [], [])


def test_chain_of_two_thousand_is_one_straight_line() -> None:
    drawing = draw([BoxSpec(n, 1, 1) for n in range(2001)], [(n, n + 1) for n in range(2000)])
    assert drawing.rows == [" " + "──▸ " * 2000]


def test_same_input_same_drawing() -> None:
    graph = seeded_graph(60, 120, 20)
    assert draw(*graph) == draw(*graph)


def test_glyphs_change_nothing_but_the_characters() -> None:
    graph = seeded_graph(60, 120, 20)
    drawing = draw(*graph, "unicode")
    ascii_rows = [row.translate(str.maketrans("─│┌┐└┘├┤┬┴┼▸", "-|++++++++)>")) for row in drawing.rows]
    assert draw(*graph, "ascii") == replace(drawing, rows=ascii_rows)


def test_leaf_stands_next_to_its_first_consumer() -> None:
    boxes = [BoxSpec(key, 5, 3) for key in range(5)]
    drawing = draw(boxes, [(0, 1), (1, 2), (2, 3), (4, 3)])
    assert drawing.boxes[4].x == drawing.boxes[2].x


@pytest.mark.parametrize("edges", [[(0, 0)], [(0, 1), (1, 0)]])
def test_cycle_is_refused(edges: Edges) -> None:
    with pytest.raises(ValueError, match="cycle"):
        draw([BoxSpec(0, 5, 3), BoxSpec(1, 5, 3)], edges)


def test_unknown_box_is_refused() -> None:
    with pytest.raises(KeyError):
        draw([BoxSpec(0, 5, 3)], [(0, 7)])


# --- the reader can fail --------------------------------------------------------------------------


def changed(drawing: Drawing, x: int, y: int, glyph: str) -> Drawing:
    row = drawing.rows[y]
    rows = [*drawing.rows[:y], row[:x] + glyph + row[x + 1 :], *drawing.rows[y + 1 :]]
    return replace(drawing, rows=rows)


@settings(deadline=None, max_examples=60)
@given(graph=graphs(most=20), data=st.data())
def test_any_wrong_character_is_noticed(graph: Graph, data: st.DataObject) -> None:
    boxes, edges = graph
    if edges:
        drawing = draw(boxes, edges)
        x, y = data.draw(st.sampled_from([cell for wire in drawing.wires for cell in wire]))
        others = {*ARMS["unicode"], " "}
        wrong = data.draw(st.sampled_from(sorted(others - {drawing.rows[y][x]})))
        assert not connects_exactly(changed(drawing, x, y, wrong), edges, "unicode")


@pytest.mark.parametrize("glyphs", GLYPH_SETS)
def test_any_missing_character_is_noticed(glyphs: GlyphSet) -> None:
    boxes, edges = seeded_graph(15, 30, 10)
    drawing = draw(boxes, edges, glyphs)
    for x, y in {cell for wire in drawing.wires for cell in wire}:
        assert not connects_exactly(changed(drawing, x, y, " "), edges, glyphs)


@pytest.mark.parametrize(("glyphs", "joint"), [("unicode", "├"), ("ascii", "+")])
def test_joining_two_crossing_wires_is_noticed(glyphs: GlyphSet, joint: str) -> None:
    boxes, edges = seeded_graph(30, 60, 10)
    drawing = draw(boxes, edges, glyphs)
    crossings = [
        (x, y) for y, row in enumerate(drawing.rows) for x, glyph in enumerate(row) if glyph in CROSSINGS
    ]
    assert crossings
    for x, y in crossings:
        assert not connects_exactly(changed(drawing, x, y, joint), edges, glyphs)


def test_swapped_inputs_are_noticed() -> None:
    edges = [(0, 2), (1, 2)]
    drawing = draw([BoxSpec(key, 5, 3) for key in range(3)], edges)
    assert connects_exactly(drawing, edges, "unicode")
    assert not connects_exactly(drawing, edges[::-1], "unicode")
