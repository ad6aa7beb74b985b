"""Phases appended to a closed recording: every cell at every position, nothing before them touched."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value, record
from micrograd_tui.engine.graph import leaves, toposort
from micrograd_tui.engine.learning.descent import descend
from micrograd_tui.engine.learning.optim import SGD
from micrograd_tui.engine.learning.record_step import append_training_step
from micrograd_tui.engine.recording.json_file import from_plain, to_json
from micrograd_tui.engine.recording.log import FIELDS, Recording, cell_of


def gone_on(root: Value, count: int, lr: float = 0.01) -> Recording:
    """A recording of a graph and of `count` training steps more."""
    log, parameters = record(root), leaves(root)
    for _ in range(count):
        append_training_step(log, toposort(root), parameters, SGD(parameters, lr))
    return log


def replayed(log: Recording, position: int) -> dict[int, float]:
    """What the cells hold after some steps, written one after the other."""
    cells = dict(log.initial)
    for step in range(position):
        for write in range(log.step_start[step], log.step_start[step + 1]):
            cells[log.write_cell[write]] = log.write_after[write]
    return cells


@given(program=programs(8), count=st.integers(0, 3), data=st.data())
@settings(max_examples=60)
def test_every_cell_at_every_position_is_what_was_written_last(
    program: Program, count: int, data: st.DataObject
) -> None:
    log = gone_on(values_of(program)[0], count)
    position = data.draw(st.integers(0, len(log)))
    cells = replayed(log, position)

    for node in range(log.node_count):
        for field in FIELDS:
            default = None if field == "data" else 0.0
            held = log.value(node, field, position)
            assert repr(held) == repr(cells.get(cell_of(node, field), default))


@given(program=programs(8))
@settings(max_examples=40)
def test_what_was_recorded_before_stays_as_it_was(program: Program) -> None:
    root = values_of(program)[0]
    log, kept = gone_on(root, 0), gone_on(values_of(program)[0], 0)
    append_training_step(log, toposort(root), leaves(root), SGD(leaves(root), 0.01))

    assert [repr(log.step_at(i)) for i in range(len(kept))] == [
        repr(kept.step_at(i)) for i in range(len(kept))
    ]


def neuron() -> tuple[Value, Value, Value]:
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    loss = (w * x - 1.5) ** 2
    loss.label = "loss"
    return loss, w, x


def test_the_losses_are_those_of_gradient_descent() -> None:
    loss, w, _ = neuron()
    again, other, _ = neuron()
    log, order, optimizer = record(loss), toposort(loss), SGD([w], 0.1)
    for _ in range(5):
        append_training_step(log, order, [w], optimizer)

        assert log.value(log.root, "data", len(log)) == descend(again, [other], 0.1)


def test_every_backward_pass_begins_at_zero_and_only_parameters_need_zero_grad() -> None:
    loss, w, _ = neuron()
    log, order = record(loss), toposort(loss)
    append_training_step(log, order, [w], SGD([w], 0.1))
    names = [phase.name for phase in log.phases]
    zero_grad, backward = log.phases[4], log.phases[-1]

    assert names == ["forward", "backward", "update", "forward", "zero_grad", "backward"]
    assert zero_grad.end - zero_grad.start == 1
    assert {log.value(node, "grad", backward.start) for node in range(log.node_count)} == {0.0}


def test_a_phase_has_the_writes_of_its_own_to_a_cell() -> None:
    loss, w, _ = neuron()
    log = gone_on(loss, 2)
    node = toposort(loss).index(w)
    backward = [phase for phase in log.phases if phase.name == "backward"]
    each = [list(log.cell_history(node, "grad", phase)) for phase in backward]

    assert [len(history) for history in each] == [1, 1, 1]
    assert set().union(*each) <= set(log.cell_history(node, "grad"))
    assert len(log.cell_history(node, "grad")) == 5  # and two of zero_grad


def failing(log: Recording) -> None:
    with log.appending():
        log.begin("update")
        log.step(0)
        log.write(0, "data", 7.0)
        raise ZeroDivisionError


def test_what_fails_on_the_way_leaves_the_recording_as_it_was() -> None:
    log = gone_on(neuron()[0], 1)
    before = "".join(to_json(log))
    with pytest.raises(ZeroDivisionError):
        failing(log)

    assert "".join(to_json(log)) == before
    with log.appending():
        log.begin("update")
        log.step(0)
        log.write(0, "data", 7.0)
    assert log.value(0, "data", len(log)) == 7.0


def test_a_file_of_it_is_read_with_its_phases_and_rules() -> None:
    log = gone_on(neuron()[0], 2)
    again = from_plain(json.loads("".join(to_json(log))))

    assert again.phases == log.phases
    assert again.updates == log.updates
    assert len(log.updates) == sum(p.end - p.start for p in log.phases if p.name == "update")
    assert [again.step_at(i) for i in range(len(log))] == [log.step_at(i) for i in range(len(log))]
