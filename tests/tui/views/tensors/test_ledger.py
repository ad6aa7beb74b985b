"""The ledger of nan and inf as text: in a trace, in a list, at a node of the tree and of the step."""

from dataclasses import replace

import pytest
from small_tensors import small_recording, tensor

from micrograd_tui.engine.recording.tensor import LossScale, NotFinite, TensorRecording
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE
from micrograd_tui.tui.views.tensors.ledger import ledger_lines, ledger_row, ledger_said
from micrograd_tui.tui.views.tensors.modules import ModuleTree, tree_row
from micrograd_tui.tui.views.tensors.profile import profile, said
from micrograd_tui.tui.views.tensors.step import step_lines
from micrograd_tui.tui.views.tensors.trace import trace_lines


def bad_recording() -> TensorRecording:
    """Forward, the product in `h[0]` gives inf, which the layer in it hides; backward, fc gives nan."""
    noted = NotFinite(3, 0, 2, 0, 12, (("other", tensor(0.0, (3,))),))
    return replace(small_recording(nonfinite=3), not_finite=(noted,))


def text(line: "tuple[tuple[str, str], ...]") -> str:
    return "".join(piece for piece, _ in line)


def test_a_clean_pass_says_so_in_a_line() -> None:
    assert ledger_said(replace(small_recording(), not_finite=())) == "clean, forward and backward"
    assert ledger_said(small_recording()) == "the forward pass was not watched; backward clean"


def test_a_trace_has_a_line_an_entry() -> None:
    said, *entries = ledger_lines(bad_recording())

    assert said.startswith(
        "ledger of nan and inf: forward 1 born, 1 healed; backward 1 born, 1 passed on"
    )
    assert said.endswith("the loss and the gradients of all parameters are finite")
    assert entries[0] == (
        "  forward MulBackward0#3 in h[0] (model.py:7): born: 2 of 12 values (2 inf),"
        " made of other 3 norm 0, 0 .. 0, 25% zero"
    )
    assert entries[1].startswith("  forward AddmmBackward0#4 in h[0].fc (model.py:7): healed: 2 of 12")
    assert [line for line in trace_lines("train.py", "", bad_recording()) if line in entries] == entries


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("width", [30, 60])
def test_the_tree_has_a_sign_at_the_node_and_at_the_modules_around(glyphs, width) -> None:
    recording = bad_recording()
    tree = ModuleTree(recording)
    tree.open_all()
    rows = [text(tree_row(tree, place, 3, width, glyphs)) for place in range(len(tree.rows))]
    by_node = {row.node: line for row, line in zip(tree.rows, rows, strict=True)}

    assert f"{glyphs.backward}born" in by_node[4]
    assert f"{glyphs.arrow}born" in by_node[3]
    assert "born" not in by_node[5]
    assert any("h[0] !" in line for line in rows)


def test_the_step_says_it_of_both_passes() -> None:
    lines = "\n".join(map(text, step_lines(bad_recording(), 3, "", 100, UNICODE)))

    assert "forward: healed: 2 of 12 values that came not finite, and none that it gives" in lines
    assert "backward: born: 3 of 12 values, made of the gradient that arrived" in lines


def test_a_row_of_the_list_fits() -> None:
    for width in (40, 80, 160):
        assert len(text(ledger_row(bad_recording(), 0, width, UNICODE))) <= width


def test_a_scaled_loss_shows_its_gradients_without_the_factor_too() -> None:
    recording = replace(small_recording(), scale=LossScale(1024.0, "GradScaler"))
    lines = list(trace_lines("train.py", "", recording))
    step = "\n".join(map(text, step_lines(recording, 2, "", 100, UNICODE)))

    assert (
        "the loss was multiplied by 1024 (GradScaler): gradients are shown scaled, and unscaled" in lines
    )
    assert "unscaled" not in lines[2]
    assert ", unscaled 0.0004883 -> " in lines[3]
    assert any(line.startswith("h.0.fc.bias") and "unscaled 0.000293" in line for line in lines)
    assert "unscaled 0.0004883" in step


def test_the_factor_of_a_loss_is_no_jump_of_the_profile() -> None:
    steps = list(small_recording().steps)
    scaled = replace(steps[0].writes[0], amount=tensor(512.0))
    steps[0] = replace(steps[0], writes=(scaled,))
    steps[1] = replace(steps[1], grad=(tensor(512.0),))
    recording = replace(small_recording(), steps=tuple(steps))
    with_scale = replace(recording, scale=LossScale(1024.0, "GradScaler"))

    assert profile(recording).bars[0].factor == 512.0
    assert profile(with_scale).bars[0].factor == 0.5
    assert "norms are times 1024 (GradScaler)" in said(with_scale, profile(with_scale))
