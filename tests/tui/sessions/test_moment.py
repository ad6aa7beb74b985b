"""A moment of a run: one training step as a graph, its four phases on one timeline."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from frozen_runs import frozen
from small_runs import stored

from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.engine.runs.trainer.backends import make_training
from micrograd_tui.tui.sessions.moment import MomentSession, moves_of, open_moment
from micrograd_tui.tui.sessions.replay import Moments
from micrograd_tui.tui.text.glyphs import ASCII
from micrograd_tui.tui.views.graph.folds import fold_in_tree
from micrograd_tui.tui.views.graph.outline import Outline
from micrograd_tui.tui.views.steps.step import step_lines


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with frozen(tmp_path) as made:
        yield made


@pytest.mark.parametrize("step", [0, 47, 119])
def test_the_root_of_a_moment_is_the_stored_loss(store: Store, step: int) -> None:
    opened = open_moment(store, step)
    stored_loss = store.metrics(step).loss[0]

    assert opened.recording.value(opened.recording.root, "data", len(opened.recording)) == pytest.approx(
        stored_loss, abs=1e-12
    )


def test_a_moments_update_leads_to_the_parameters_of_the_next_step(store: Store) -> None:
    opened = open_moment(store, 47)
    after = Moments(store).details(48)
    end = [
        opened.recording.value(node, "data", len(opened.recording))
        for node, _ in moves_of(opened.recording)
    ]

    assert after
    assert end == [p for p in after[0].parameters if p in end]


@pytest.mark.parametrize(
    "backend",
    [
        "python",
        pytest.param("numpy", marks=pytest.mark.requires("numpy")),
        pytest.param("native", marks=pytest.mark.requires("numpy", "llvmlite")),
    ],
)
def test_the_root_is_the_stored_loss_whatever_backend_trained(tmp_path: Path, backend: str) -> None:
    store = stored(tmp_path, backend=backend)
    writer = Writer(store.path, 1_000_000, journal="delete")
    training = make_training(store.training_config, store.rows)
    writer.checkpoint(training.state(), None)
    writer.metrics(training.run(60), 0.0, 1.0)
    writer.commit("finished", 60, 60, 0.1)
    writer.close()

    for step in (0, 17, 59):
        moment = MomentSession(open_moment(store, step))
        assert moment.descent.losses[0] == pytest.approx(store.metrics(step).loss[0], abs=1e-12)
        assert "as stored" in moment.note


def test_the_four_phases_of_a_moment_are_stepped_in_their_order(store: Store) -> None:
    session = MomentSession(open_moment(store, 47))
    seen = []
    session.note = session.moving.go_start()
    while session.playback.position < len(session.recording):
        session.note = session.moving.next_phase()
        seen.append(session.playback.status)

    assert [phase.name for phase in session.recording.phases] == [
        "forward", "zero_grad", "backward", "update",
    ]  # fmt: skip
    assert seen[-1].startswith("update 17 of 17")


def test_zero_grad_clears_the_gradients_of_the_step_before(store: Store) -> None:
    before = Moments(store).details(46)
    recording = open_moment(store, 47).recording
    zero_grad = next(phase for phase in recording.phases if phase.name == "zero_grad")
    writes = [recording.step_at(i).writes[0] for i in range(zero_grad.start, zero_grad.end)]

    assert before
    assert [write.before for write in writes] == list(before[1])
    assert {write.after for write in writes} == {0.0}


def test_a_moment_opens_with_the_loss_above_its_first_sample(store: Store) -> None:
    session = MomentSession(open_moment(store, 47))
    outline = Outline(session.recording)
    scope = session.show(outline)
    rows = [outline[i] for i in range(8)]

    assert session.selected == session.recording.root
    assert rows[0].node == session.recording.root
    assert scope in [row.scope for row in rows if row.kind == "scope" and outline.is_open(row)]


def test_back_at_the_mark_before_backward_the_root_is_selected(store: Store) -> None:
    session = MomentSession(open_moment(store, 47))
    session.note = session.moving.next_step()
    session.note = session.moving.next_step()
    session.note = session.moving.previous_phase()

    assert session.playback.status.startswith("backward 0")
    assert session.selected == session.recording.root


def test_a_moment_that_broke_opens_where_it_broke(tmp_path: Path) -> None:
    with frozen(tmp_path, lr=1e200) as store:
        step = next(i for i, x in enumerate(store.metrics().loss) if not math.isfinite(x))
        session = MomentSession(open_moment(store, step))
        session.show(Outline(session.recording))
        value = session.playback.value(session.selected, "data")

        assert value is not None
        assert not math.isfinite(value)
        assert "the first nan or inf is written here" in session.note


def test_u_applies_the_update_and_names_what_moved(store: Store) -> None:
    session = MomentSession(open_moment(store, 47))
    assert "training step 47" in session.opened.title
    session.note = session.moving.finish_phase()
    session.note = session.descent.update()
    assert session.playback.status == "update 1 of 17"
    session.note = session.descent.update()

    assert session.playback.position == len(session.recording)
    assert "17 of 17 parameters moved" in session.note
    assert len(session.changed) == 17
    assert {field for _, field in session.changed} == {"data"}
    lines = step_lines(session.playback, session.selected, session.current, 80, 20, ASCII)
    step = "".join(text for line in lines for text, _ in line)
    assert "layer[" in step
    assert "- lr * " in step
    assert "complete" in step  # the gradient the update was made of, not one still to come


def _stepping(store: Store, step: int) -> tuple[MomentSession, Callable[[str], str]]:
    """A moment, and a function that presses the keys n, s and r as the screen does."""
    session = MomentSession(open_moment(store, step))
    outline = Outline(session.recording)
    session.show(outline)
    session.moving.scopes.fold_of = lambda node: fold_in_tree(outline, node)
    keys = {
        "n": session.moving.next_step,
        "s": session.moving.step_into,
        "r": session.moving.finish_scope,
    }

    def press(key: str) -> str:
        session.note = keys[key]()
        if key == "s":
            outline.reveal(session.selected)
        return session.note

    return session, press


def _in_sample(session: MomentSession) -> bool:
    """Whether the last step was one within the sample that is open."""
    return not session.passed and session.recording.scopes[session.selected] == session.moment.sample


@pytest.mark.parametrize("step", [0, 20, 47])
def test_a_weight_of_the_first_layer_is_visited_in_under_twenty_keys(store: Store, step: int) -> None:
    session, press = _stepping(store, step)
    key = "n"
    for _ in range(19):
        press(key)
        fold = session.moving.scopes.fold_ahead()
        # The open sample is finished, the others and the layers are passed, until the first layer comes.
        key = "s" if fold and fold.scope == "layer[0]" else "r" if _in_sample(session) else "n"
        if session.recording.name(session.selected).startswith("w") and not session.passed:
            break

    assert session.recording.name(session.selected).startswith("w")
    assert not session.passed
    assert session.recording.scopes[session.selected].startswith("layer[0]/")


def test_the_mini_batch_is_the_one_of_that_step(store: Store) -> None:
    opened = open_moment(store, 47)
    samples = {scope.split("/")[0] for scope in opened.recording.scopes if scope.startswith("sample[")}

    assert len(samples) == 4
    assert opened.sample in samples


def test_a_step_not_done_yet_cannot_be_opened(store: Store) -> None:
    assert "120" in str(Moments(store).open(500)) or "has done" in str(Moments(store).open(500))
