"""The ledger of a gradient: of which phase it is, and what it says where nothing contributes."""

from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.steps.selected import selected_lines


def said(session: SteppingSession, node: int) -> list[str]:
    lines = selected_lines(session.playback, node, 9, UNICODE)
    return ["".join(text for text, _ in line) for line in lines]


def test_a_gradient_keeps_its_ledger_until_another_phase_begins() -> None:
    session = SteppingSession(Target("neuron").open())
    session.moving.go_end()
    session.descent.update()
    recording = session.recording
    b = next(node for node in range(recording.node_count) if recording.name(node) == "b")
    update = next(phase for phase in recording.phases if phase.name == "update")

    for position in range(update.start, update.end + 1):
        session.playback.position = position

        assert "1 of 1 contributions to its gradient" in said(session, b)
    session.playback.position = update.end + 1
    assert "its gradient comes in backward" in said(session, b)
