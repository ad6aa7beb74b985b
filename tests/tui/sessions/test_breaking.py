"""The broken pass of the app's session: on which numbers, beside what, and where the two part."""

import pytest

from micrograd_tui.engine.experiments.breaks import rules_of
from micrograd_tui.engine.experiments.broken import break_pass
from micrograd_tui.tui.sessions.broken import BrokenSession
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.views.experiment import compared


def session(target: str = "neuron", *numbers: str) -> SteppingSession:
    return SteppingSession(Target(target, numbers).open())


def broken(of: SteppingSession, *texts: str) -> BrokenSession:
    assert of.breaking.set(texts) == ""
    found = of.breaking.run()
    assert not isinstance(found, str), found
    return BrokenSession(of, found)


def grads(of: SteppingSession) -> dict[str, float | None]:
    log = of.recording
    return {log.name(n): log.value(n, "grad", len(log)) for n in range(log.node_count)}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("overwrite", "backward 2"), ("no-seed", "backward 1"), ("scale 2", "backward 1"),
        ("no-chain", "backward 3"), ("twice", "backward 1"), ("clip 2", "clip 1"),
        ("not-reversed", "backward 2"), ("detach w1", "backward 8"), ("local * 1", "backward 2"),
    ],
)  # fmt: skip
def test_where_the_passes_part(text: str, place: str) -> None:
    at = broken(session(), text if text != "local * 1" else "local mul 1")
    assert at.beside
    phase = at.recording.phase_of(at.beside.parts_at - 1)

    assert f"{phase.name} {at.beside.parts_at - phase.start}" == place
    at.moving.continue_on()
    assert at.note.startswith(at.breaking.said)
    assert at.beside.where == "here they part"


def test_no_seed_stands_beside_the_visit_of_the_same_node() -> None:
    at = broken(session(), "no-seed")
    for _ in range(3):
        at.moving.next_step()
        assert at.beside
        assert at.current == at.beside.playback.step.node  # type: ignore[union-attr]


def test_after_an_edit_it_is_broken_on_the_new_numbers() -> None:
    first = session("a*a", "a=3")
    first.select(0)
    first.editing.set("5")
    at = broken(first, "overwrite")

    assert grads(at)["a"] == 5
    assert at.recording.expected[0] == 10


def test_an_order_takes_the_place_of_another() -> None:
    at = session()
    rows = {row.name: row for row in at.breaking.rows}
    for name in ("recursive", "overwrite", "pre-order"):
        assert at.breaking.turn(rows[name]) == ""

    assert at.breaking.texts == ["overwrite", "pre-order"]
    assert at.breaking.turn(rows["local"], "tanh 1 + out**2") == ""
    assert at.breaking.texts[-1] == "local tanh 1 + out**2"
    assert at.breaking.turn(rows["clip"], "-1").startswith("clip needs one number")


def test_a_pass_without_end_is_refused_at_once() -> None:
    at = session("chain")
    text = "; ".join(["d0 = a*a", *(f"d{i + 1} = d{i}*d{i}" for i in range(40)), "d40"])
    at = session(text, "a=1")

    assert at.breaking.set(["recursive"]) == ""
    assert at.breaking.run() == "without a visited list this graph takes over 1,000,000 visits"


def test_what_comes_out_right_is_said_to() -> None:
    at = broken(session("chain"), "overwrite")

    assert at.note == "overwrite: the gradients come out right here all the same"
    assert at.moving.go_end().endswith("gradients are right")


def test_the_nudge_holds_the_broken_gradient_against_what_is_measured() -> None:
    at = broken(session("a*a", "a=3"), "overwrite")
    at.select(0)

    assert at.nudging.result().nudge.grad == 3
    assert at.nudging.result().nudge.relative_error > 0.4


@pytest.mark.parametrize(
    ("texts", "said"),
    [(["local tanh 1/0"], "1 of 4"), (["scale 1e308", "scale 1e308"], "4 of 4")],
)
def test_a_gradient_that_has_become_infinite_is_wrong(texts: list[str], said: str) -> None:
    log = Target("tanh(a)*b", ("a=1", "b=2")).open().recording
    found = break_pass(log, rules_of(texts, log))

    assert found.parts_at > 0
    assert list(compared(found.recording))[-1] == f"{said} gradients are wrong"
