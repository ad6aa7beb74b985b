"""Rules of a user's own: one that wraps the rule before, that assigns, that writes elsewhere, on a leaf."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from micrograd_tui.engine import Value, leaves, record, toposort
from micrograd_tui.engine.recording.json_file import NotARecording, from_plain, load, save, to_json
from micrograd_tui.engine.recording.log import Recording, Write


def writes_of(log: Recording, target: str) -> list[Write]:
    steps = (log.step_at(i) for i in range(len(log)))
    found = (write for step in steps if step.phase == "backward" for write in step.writes)
    return [write for write in found if log.name(write.target) == target]


def named(data: float, label: str) -> Value:
    return Value(data, label=label)


def test_a_rule_that_wraps_the_rule_is_called_once_and_calls_it_once() -> None:
    x = Value(3.0)
    y = x.tanh()
    y2 = x.tanh()
    calls = []
    before = y._backward

    def rule() -> None:
        calls.append("mine")
        before()

    y._backward = rule
    y.backward()
    y2.backward()

    assert calls == ["mine"]
    assert x.grad == pytest.approx(2 * (1 - y.data**2))


def test_a_wrapped_rule_of_ones_own_stays_what_it_was_when_asked() -> None:
    x = Value(2.0)
    y = Value(6.0, (x,), "triple")

    def rule() -> None:
        x.grad += 3 * y.grad

    y._backward = rule
    assert y._backward is rule
    first = y._backward
    y._backward = lambda: first()
    (y * 2).backward()

    assert x.grad == 6


def test_a_rule_on_a_leaf_runs_and_the_leaf_stays_a_leaf() -> None:
    w, seen = named(2.0, "w"), []
    w._backward = lambda: seen.append(w.grad)
    (w * 3).backward()
    (w * 3).backward()

    assert seen == [3.0, 6.0]
    assert w.grad == 6.0
    assert w in leaves(w * 3)


def test_an_assignment_is_recorded_as_what_it_lost() -> None:
    a = named(5.0, "a")
    y = Value(10.0, (a,), "double")

    def rule() -> None:
        a.grad = 2 * y.grad

    y._backward = rule
    first, last = writes_of(record(y + a * 5), "a")

    assert (first.amount, first.before, first.after) == (5.0, 0.0, 5.0)
    assert (last.amount, last.before, last.after) == (2.0, 5.0, 2.0)


ADDING: list[Callable[[float, float], float]] = [
    lambda grad, c: grad + c,
    lambda grad, c: c + grad,
    lambda grad, c: np.float64(c) + grad,
    lambda grad, c: grad - -c,
]


@pytest.mark.requires("numpy")
@pytest.mark.parametrize("add", ADDING)
def test_adding_in_any_spelling_is_adding(add: Callable[[float, float], float]) -> None:
    a = named(5.0, "a")
    y = Value(10.0, (a,), "double")

    def rule() -> None:
        a.grad = add(a.grad, 2 * y.grad)

    y._backward = rule
    last = writes_of(record(y + a * 5), "a")[-1]

    assert (last.amount, last.before, last.after) == (2.0, 5.0, 7.0)


def test_a_rule_that_writes_to_a_node_not_among_its_children_is_seen_and_blames_nobody_else() -> None:
    a, z, outside = named(5.0, "a"), named(1.0, "z"), named(1.0, "outside")
    y = Value(10.0, (a,), "double")

    def rule() -> None:
        a.grad += 2 * y.grad
        z.grad += 7
        outside.grad += 1

    y._backward = rule
    log = record((y + z) * z)
    stray = [write for write in writes_of(log, "z") if write.slot is None]

    assert [(w.amount, w.after) for w in stray] == [(7.0, 19.0)]
    assert all(w.before is not None and w.amount is not None for w in writes_of(log, "z"))
    assert all((w.before or 0) + (w.amount or 0) == w.after for w in writes_of(log, "z"))
    assert (a.grad, z.grad, outside.grad) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "inputs", "written"),
    [("leaky-relu", 1, "leaky-relu(x0)"), ("e**", 1, "e**(x0)"), ("mean", 3, "mean(x0, x1, x2)"),
     ("@", 2, "x0@x1"), ("soft max", 2, "soft max(x0, x1)"), ("-", 3, "-(x0, x1, x2)")],
)  # fmt: skip
def test_an_own_op_is_written_by_its_name(name: str, inputs: int, written: str) -> None:
    parents = [Value(1.0) for _ in range(inputs)]
    op = Value(1.0, parents, name).op

    assert op is not None
    assert op.written(*(f"x{i}" for i in range(inputs))) == written


def test_an_own_rule_under_a_tables_name_is_the_users_after_a_file_too(tmp_path: Path) -> None:
    a = named(0.5, "a")
    y = Value(0.9, (a,), "tanh")

    def rule() -> None:
        a.grad += 100 * y.grad

    y._backward = rule
    path = tmp_path / "own.json"
    save(record(y * 2), path)
    log = load(path)
    again = io.StringIO()
    json.dump(json.loads(path.read_text()), again)

    assert [op.vjps for op in log.ops if op and op.name == "tanh"] == [None]
    assert [op.vjps is None for op in log.ops if op and op.name == "mul"] == [False]


def test_what_is_saved_opens_however_long_a_label_and_however_many_inputs(tmp_path: Path) -> None:
    inputs = [named(1.0, "x" * 20_000) for _ in range(3)] + [Value(1.0) for _ in range(33_000)]
    total = Value(33_003.0, inputs, ("sum", "all"))  # type: ignore[arg-type]  # a name of any kind

    def rule() -> None:
        for each in inputs:
            each.grad += total.grad

    total._backward = rule
    save(record(total), tmp_path / "wide.json")
    log = load(tmp_path / "wide.json")

    assert log.value(33_002, "grad", len(log)) == 1.0
    assert (len(log.labels[0]), total._op) == (10_000, "('sum', 'all')")


@pytest.mark.parametrize("on_leaf", [True, False])
def test_a_rule_that_clips_its_own_gradient_is_recorded_as_no_contribution(on_leaf: bool) -> None:
    a, b = named(2.0, "a"), named(3.0, "b")
    c = a * b
    clipped = a if on_leaf else c
    before = clipped._backward

    def clip() -> None:
        clipped.grad = min(clipped.grad, 1.0)
        before()

    clipped._backward = clip
    loss = c * 10 + a
    log = record(loss)
    loss.backward()
    grads = [node.grad for node in toposort(loss)]

    assert [log.value(i, "grad", len(log)) for i in range(log.node_count)] == grads
    assert [write.amount for write in writes_of(log, log.name(toposort(loss).index(clipped)))][-1] is None


@pytest.mark.parametrize(("name", "inputs"), [("max", 3), ("mul", 1), ("exp", 2), ("sigmoid", 4)])
def test_an_own_op_under_a_tables_name_may_have_more_inputs_in_a_file(name: str, inputs: int) -> None:
    nodes = [Value(float(i)) for i in range(inputs)]
    out = Value(1.0, nodes, name)

    def rule() -> None:
        for node in nodes:
            node.grad += out.grad

    out._backward = rule
    plain = json.loads("".join(to_json(record(out * 2))))
    log = from_plain(plain)

    assert [log.value(i, "grad", len(log)) for i in range(inputs)] == [2.0] * inputs
    for step in plain["steps"]:
        for write in step["writes"]:
            write["local"] = 1.0
    with pytest.raises(NotARecording, match=f"{name} takes"):
        from_plain(plain)
