"""Why a step is as it is: why this node now, why its gradient adds up, what could be next."""

from __future__ import annotations

import pytest
from hypothesis import given
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value, record, scope
from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.steps.chain_rule import Explanation, explain
from micrograd_tui.tui.views.steps.ledger import Ledger
from micrograd_tui.tui.views.steps.why import NAMED, what_next


def visit(recording: Recording, name: str) -> Explanation:
    """The backward step of a node, explained."""
    start = next(phase.start for phase in recording.phases if phase.name == "backward")
    named = (
        step
        for step in range(start, len(recording))
        if recording.step_node[step] >= 0 and recording.name(recording.step_node[step]) == name
    )
    return explain(recording, recording.step_at(next(named)), UNICODE)


def shared() -> Recording:
    """d is used three times: by e, by f and by out."""
    a = Value(2.0, label="a")
    d = a * 3
    e, f = d * a, d + a
    out = e * f + d
    for node, label in ((d, "d"), (e, "e"), (f, "f"), (out, "out")):
        node.label = label
    return record(out)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("d", "all 3 consumers of d are done: out, f, e"),
        ("out", "it is the root, where backward begins"),
        ("a", "all 3 consumers of a are done: f, e, d"),
    ],
)
def test_a_visit_says_why_now(name: str, why: str) -> None:
    assert visit(shared(), name).why.text == why


def test_a_shared_node_says_why_its_gradient_adds_up_and_which_contribution_this_is() -> None:
    recording = shared()
    notes = [note for name in ("out", "f", "e") for note in visit(recording, name).notes]

    for ordinal in ("1st", "2nd", "3rd"):
        assert f"d is used 3 times: 3 contributions add up (+=), this is the {ordinal}" in notes


def test_a_node_used_twice_by_one_op_says_so() -> None:
    a = Value(3.0, label="a")
    (note,) = visit(record(a * a), "mul#1").notes

    assert note == "a is used 2 times: 2 contributions add up (+=), these are the 1st and 2nd"


def test_after_a_step_it_is_said_what_could_be_next() -> None:
    recording = Target("neuron").open().recording

    assert visit(recording, "error").following == "any of y, out could be next: both are complete"
    assert visit(recording, "y").following == ""


@given(program=programs())
def test_what_could_be_next_is_complete_and_not_visited_and_holds_what_is_next(program: Program) -> None:
    recording = record(values_of(program)[0])
    start = recording.phases[1].start
    ids = {recording.name(node): node for node in range(recording.node_count)}
    for position in range(start + 1, len(recording)):
        said = what_next(recording, position)
        visited = set(recording.step_node[start:position])
        names = said[7 : said.find(" could")].split(", ") if said else []
        nodes = [ids[name] for name in names if name != "..."]
        for node in nodes:
            assert node not in visited
            assert not Ledger(recording, node, position).waiting
        if said:
            assert nodes[0] == recording.step_node[position]
            assert len(nodes) <= NAMED


def test_a_visit_before_all_contributions_have_come_is_called_too_early() -> None:
    recording = Recording(root=2)
    source = shared()
    for node in range(3):
        recording.add_node(source.ops[0] if not node else source.ops[-1], [] if not node else [0, 0])
    recording.forward([1.0, 2.0, 3.0])
    recording.begin("backward")
    recording.step(0)
    recording.step(2)
    recording.write(0, "grad", 1.0, 1.0, 0)
    recording.close()
    explained = explain(recording, recording.step_at(3), UNICODE)

    assert explained.why.early
    assert explained.why.text == "too early: 1 of 1 contributions have not come"


def test_a_leaf_says_what_its_gradient_means_and_why_there_is_zero_grad() -> None:
    meaning, zero = visit(Target("neuron").open().recording, "w1").notes

    assert meaning == "d(loss)/dw1 = 7: w1 up by 0.001 moves loss by about 0.007"
    assert zero == "the next backward would add (+=) to this 7: zero_grad makes it 0 first"


def test_a_gradient_left_from_before_is_told_apart() -> None:
    a = Value(3.0, label="a")
    out = a * 2.0
    out.backward()
    recording = record(out)

    assert visit(recording, "mul#2").notes[0] == (
        "the 2 from before stays in it: no zero_grad came first"
    )
    assert visit(recording, "a").notes == (
        "a.grad is 4, and 2 of it was there before: no zero_grad came first",
    )


def test_forward_says_what_a_node_remembers() -> None:
    recording = Target("neuron").open().recording
    steps = [explain(recording, recording.step_at(i), UNICODE) for i in range(recording.phases[0].end)]

    assert steps[0].why.text == "given, not computed"
    assert steps[5].heading == "compute w1x1"
    assert steps[5].equations[0].symbols == "w1x1 = w1*x1"
    assert steps[5].notes == ("w1x1 remembers its number, its op * and its inputs w1, x1 for backward",)


def test_a_node_that_one_op_uses_twice_has_one_count_of_nodes_and_one_of_uses() -> None:
    w = Value(3.0, label="w")
    out = w * w + w * 2 + w.tanh()

    why = visit(record(out), "w").why.text

    assert why.startswith("all 3 nodes that use w (4 times) are done")


def test_zero_grad_is_not_asked_for_where_there_is_nothing_to_clear() -> None:
    x = Value(-1.0, label="x")
    out = x.relu() * 2
    notes = visit(record(out), "x").notes

    assert not any("zero_grad" in note for note in notes)


def test_what_could_be_next_is_named_with_its_scope_where_names_repeat() -> None:
    losses = []
    for i in range(2):
        with scope(f"neuron[{i}]"):
            losses.append(Value(2.0, label="w") * 3.0)
    recording = record(losses[0] + losses[1])
    said = [
        what_next(recording, position)
        for position in range(recording.phase_of(len(recording) - 1).start + 1, len(recording) + 1)
    ]

    assert any("neuron[1]/w" in text for text in said), said
    assert not any(" w," in text or " w could" in text for text in said)
