"""Broken passes against what the same mistake gives in a dozen lines of plain Python."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import OPS, Recording, record
from micrograd_tui.engine.experiments.breaks import BadBreak, rules_of, separated
from micrograd_tui.engine.experiments.broken import TooManyVisits, break_pass
from micrograd_tui.engine.ops import foreign
from micrograd_tui.engine.sources.expression import parse_expression


def graph(text: str, **numbers: float) -> Recording:
    return record(parse_expression(text, numbers))


def broken(log: Recording, text: str) -> list[float]:
    """The gradients that a break leaves, by node."""
    found = break_pass(log, rules_of(separated(text), log)).recording
    return [found.value(node, "grad", len(found)) or 0.0 for node in range(found.node_count)]


def by_name(log: Recording, text: str) -> dict[str, float]:
    return {log.name(node): grad for node, grad in enumerate(broken(log, text))}


class Naive:
    """The graph of a recording as nested tuples: its own walks, its own local derivatives by differences."""

    def __init__(self, log: Recording) -> None:
        self.log, self.root = log, log.root
        self.data = [log.value(n, "data", len(log)) or 0.0 for n in range(log.node_count)]

    def local(self, node: int, slot: int) -> float:
        """The slope of one op by its exact rule for + - * and tanh."""
        op: Any = self.log.ops[node]
        x = [self.data[parent] for parent in self.log.parents(node)]
        rules: dict[str, Callable[[], float]] = {
            "add": lambda: 1.0,
            "sub": lambda: (1.0, -1.0)[slot],
            "mul": lambda: x[1 - slot],
            "tanh": lambda: 1 - self.data[node] ** 2,
        }
        return rules[op.name]()

    def run(self, order: list[int], accumulate: bool = True, chain: bool = True) -> list[float]:
        grads = [0.0] * self.log.node_count
        grads[self.root] = 1.0
        for node in order:
            for slot, parent in enumerate(self.log.parents(node)):
                amount = (grads[node] if chain else 1.0) * self.local(node, slot)
                grads[parent] = grads[parent] + amount if accumulate else amount
        return grads

    def right(self) -> list[int]:
        listed: list[int] = []

        def build(node: int) -> None:
            if node not in listed:
                for parent in self.log.parents(node):
                    build(parent)
                listed.append(node)

        build(self.root)
        return listed[::-1]

    def recursive(self, node: int) -> list[int]:
        calls = [self.recursive(parent) for parent in self.log.parents(node)]
        return [node, *(other for call in calls for other in call)]

    def levels(self) -> list[int]:
        found, level = [self.root], [self.root]
        while level:
            parents = [parent for node in level for parent in self.log.parents(node)]
            level = [n for n in dict.fromkeys(parents) if n not in found]
            found += level
        return found

    def pre_order(self) -> list[int]:
        found: list[int] = []

        def walk(node: int) -> None:
            if node not in found:
                found.append(node)
                for parent in self.log.parents(node):
                    walk(parent)

        walk(self.root)
        return found


GRAPHS = (
    graph("c = a*b; d = c*a; d + c", a=2, b=3),
    graph("d = a+b; e = d*a; f = e*b; g = tanh(f); h = g*d; h + d", a=1.5, b=-1.0),
    graph("s = a*a; s + a", a=3),
    graph("d = a+b; (d*a)*b + d", a=1.5, b=-2.0),
    graph("tanh(a*b) - a*(b - c)", a=0.5, b=-2.0, c=0.25),
)


@pytest.mark.parametrize("log", GRAPHS)
def test_breaks_give_what_the_same_mistake_gives_in_plain_python(log: Recording) -> None:
    naive = Naive(log)
    right = naive.right()
    cases = {
        "overwrite": naive.run(right, accumulate=False),
        "recursive": naive.run(naive.recursive(log.root)),
        "breadth-first": naive.run(naive.levels()),
        "pre-order": naive.run(naive.pre_order()),
        "not-reversed": naive.run(right[::-1]),
        "no-seed": [0.0] * log.node_count,
        "no-chain": naive.run(right, chain=False),
        "scale 2": [2 * grad for grad in naive.run(right)],
        "clip 0.5": [max(-0.5, min(0.5, grad)) for grad in naive.run(right)],
    }
    for name, expected in cases.items():
        if name != "overwrite":  # which write is the last depends on the order: see below
            assert broken(log, name) == pytest.approx(expected, abs=1e-12), name


def test_an_assignment_leaves_the_last_contribution() -> None:
    log = graph("s = a*a; s + a", a=3)
    found = break_pass(log, rules_of(["overwrite"], log))
    writes = [write for i in range(len(found.recording)) for write in found.recording.step_at(i).writes]
    lost = [w for w in writes if w.field == "grad" and (w.before or 0) + (w.amount or 0) != w.after]

    assert by_name(log, "overwrite")["a"] == 3
    assert found.expected[0] == 7
    assert [(write.before, write.amount, write.after) for write in lost] == [(1, 3, 3), (3, 3, 3)]


def test_a_second_backward_keeps_inner_gradients_as_micrograd_does() -> None:
    assert by_name(graph("c = a*b; c*a", a=2, b=3), "twice")["a"] == 30  # and 12 after the first


def test_a_detached_node_and_what_it_is_made_of_receive_nothing() -> None:
    grads = by_name(graph("c = a*b; d = c*a; d + c", a=2, b=3), "detach c")

    assert (grads["c"], grads["b"], grads["a"]) == (0, 0, 6)


def test_a_local_derivative_of_ones_own() -> None:
    log = graph("tanh(a*b)", a=2, b=0.25)
    out = log.value(log.root, "data", len(log)) or 0.0

    assert by_name(log, 'local tanh "1 + out**2"')["a"] == pytest.approx(0.25 * (1 + out * out))
    assert by_name(log, 'local mul "a" "b"')["a"] == pytest.approx(2 * (1 - out * out))
    assert by_name(graph("a**3", a=2), 'local pow "3*a"')["a"] == 6


def test_a_local_derivative_is_typed_by_the_sign_and_without_quotes() -> None:
    log = graph("(a - b)*(-a)", a=2, b=5)

    assert broken(log, "local tanh 1 + out**2") == broken(log, 'local tanh "1 + out**2"')
    assert broken(log, "local * b a") == broken(log, "scale 1")
    assert broken(log, "local - 2") == broken(log, "local sub 2, local neg 2")
    assert broken(log, "local - 1 7") == broken(log, "local sub 1 7")
    power = graph("a**2 + a**3", a=2)
    assert (
        broken(power, "local ** 5")
        == broken(power, "local pow 5")
        == broken(power, "local **2 5, local **3 5")
    )


def test_an_op_of_the_graph_that_no_table_knows_has_a_local_derivative_too() -> None:
    log = graph("-a*b", a=2, b=3)
    log.ops[log.ops.index(OPS["neg"])] = foreign("minus")

    assert by_name(log, "local minus 10")["a"] == 30
    with pytest.raises(BadBreak, match="minus has 1 argument, not 2"):
        rules_of(["local minus 1 2"], log)


def test_several_breaks_hold_together() -> None:
    log = graph("c = a*b; c*a", a=2, b=3)

    assert by_name(log, "scale 3,detach c") == by_name(log, "detach c") | {"mul#3": 3, "a": 18}


@given(program=programs(8))
@settings(max_examples=40)
def test_without_a_break_the_pass_is_that_of_the_engine(program: Program) -> None:
    log = record(values_of(program)[0])
    found = break_pass(log, rules_of([], log))

    for node, expected in enumerate(found.expected):
        got = found.recording.value(node, "grad", len(found.recording))
        assert repr(got) == repr(expected) or got == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "no break is called 'nonsense'; there are overwrite"),
        ("", "an empty break"),
        ("overwrite now", "overwrite takes nothing after it"),
        ("recursive,pre-order", "two orders"),
        ("clip", "clip needs one number"),
        ("clip -1", "0 or more"),
        ("scale nan", "scale needs one number"),
        ("detach", "the name of one node"),
        ("detach nope", "no node is called nope"),
        ("local tanh", "local needs an op and a formula"),
        ("local tanh 'x + 1'", "nothing here is called x"),
        ("local tanh '__import__(1)'", "column 1"),
        ("local foo 1", "no op is called 'foo'"),
        ("local tanh 1 2", "tanh has 1 argument, not 2"),
        ("local tanh '1", "a quote is not closed"),
    ],
)
def test_what_is_no_break_is_refused_in_a_sentence(text: str, said: str) -> None:
    log = graph("tanh(a)", a=1)

    with pytest.raises(BadBreak) as refusal:
        rules_of(separated(text), log)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_walk_that_would_not_end_is_refused() -> None:
    text = "x0 = a+a; " + "; ".join(f"x{i} = x{i - 1}+x{i - 1}" for i in range(1, 40))
    log = graph(text, a=1)

    with pytest.raises(TooManyVisits, match="without a visited list"):
        break_pass(log, rules_of(["recursive"], log))
