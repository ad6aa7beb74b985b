"""Their own pass is recorded: its order, its writes, its mistakes; and nothing of theirs is changed."""

import sys

import pytest
from gpt_script import gpt_script
from learner_engines import FAMILIES

from micrograd_tui.engine.sources.learner.discover import discover
from micrograd_tui.engine.sources.learner.origins import Origins
from micrograd_tui.engine.sources.learner.record import BackwardFailed, record_learner

CLASSES = {"methods": "Scalar", "functions": "Tensor", "edges": "Var", "dispatch": "Node"}


def made(family, text=None):
    space = {"__name__": "theirs"}
    exec(compile(text or FAMILIES[family], "theirs.py", "exec"), space)
    return discover(space[CLASSES.get(family, "Value")])


def recorded(engine):
    a, b = engine.make(2.0), engine.make(3.0)
    d = a * b
    loss = d * a + d
    recording = record_learner(loss, engine, getattr(loss, engine.backward), None, {"a": a, "b": b})
    return recording, a, b


@pytest.mark.parametrize("family", FAMILIES)
def test_the_end_of_the_log_is_what_they_computed(family):
    engine = made(family)

    recording, a, b = recorded(engine)

    end = len(recording)
    ids = {label: node for node, label in recording.labels.items()}
    assert [op.name if op else None for op in recording.ops] == [None, None, "mul", "mul", "add"]
    assert recording.value(ids["a"], "grad", end) == engine.grad(a) == 15.0
    assert recording.value(ids["b"], "grad", end) == engine.grad(b) == 6.0
    assert all(w.source.startswith("theirs.py:") for i in range(end) for w in recording.step_at(i).writes
               if w.field == "grad")  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_the_class_is_as_it_was(family):
    engine = made(family)
    before, limit = dict(vars(engine.base)), sys.getrecursionlimit()

    recorded(engine)

    assert dict(vars(engine.base)) == before
    assert sys.getrecursionlimit() == limit


def test_an_overwrite_is_a_contribution_lost():
    right = "self.grad += other.data * out.grad"
    engine = made("closures", FAMILIES["closures"].replace(right, right.replace("+=", "=")))

    recording, *_ = recorded(engine)

    steps = map(recording.step_at, range(recording.phases[-1].start, len(recording)))
    writes = [write for step in steps for write in step.writes]
    lost = [w for w in writes if w.before + w.amount != w.after]
    line = FAMILIES["closures"].split("\n").index(f"            {right}") + 1
    assert {w.source for w in lost} == {f"theirs.py:{line}"}


def test_their_recursion_error_is_theirs():
    engine = made("closures")
    first = node = engine.make(1.0)
    for _ in range(2000):
        node = node + first

    with pytest.raises(BackwardFailed, match="RecursionError") as raised:
        record_learner(node, engine, node.backward)
    assert raised.value.recording.node_count == 2001


def test_a_microgpt_gets_names_and_scopes_from_its_stack():
    text = gpt_script(width=4, heads=2, names=("ab",))
    space = {"__name__": "theirs"}
    head, model = text.split("\ndef matrix")
    exec(compile(head, "theirs.py", "exec"), space)
    origins = Origins()
    origins.watch(space["Value"])
    exec(compile("\ndef matrix" + model.replace("loss.backward()", "break"), "model.py", "exec"), space)
    origins.unwatch()
    engine = discover(space["Value"])

    recording = record_learner(space["loss"], engine, space["loss"].backward, origins)

    names = {op.name for op in recording.ops if op}
    assert names == {"add", "mul", "**-1", "**-0.5", "log", "exp", "relu"}
    assert any("gpt" in scope and "linear" in scope for scope in recording.scopes)
    assert any("softmax" in scope for scope in recording.scopes)
