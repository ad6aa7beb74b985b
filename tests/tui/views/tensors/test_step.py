"""A step as lines: the op in words, what arrived and goes on, what PyTorch does in silence."""

from dataclasses import replace

from small_tensors import small_recording, tensor

from micrograd_tui.engine.recording.tensor import TensorRecording, TensorWrite
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.tensors.op_words import BOOKS, op_words
from micrograd_tui.tui.views.tensors.step import step_lines


def told(taken: int, recording: TensorRecording | None = None, width: int = 100) -> str:
    lines = step_lines(recording or small_recording(), taken, "1st backward() call", width, UNICODE)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_the_start_says_what_was_opened_and_which_parameter_gets_nothing() -> None:
    shown = told(0)

    assert "7 nodes, 7 steps, a dry run" in shown
    assert "loss = " in shown
    assert "no gradient: h.0.unused: this loss does not reach it" in shown


def test_a_step_names_its_op_in_words_and_its_shapes() -> None:
    shown = told(3)

    assert "AddmmBackward0#4" in shown
    assert "x @ W.T + b" in shown
    assert "in h[0].fc" in shown
    assert "forward took 2 float32, 4x3 float32, 3x2 float32; gave 4x2 float32" in shown
    assert "saved mat1 4x3 float32, 48 bytes" in shown
    assert "norm 0.25" in shown
    assert "zeros 25.0%, not finite 0" in shown


def test_a_gradient_that_was_summed_to_size_is_said() -> None:
    assert "summed in silence from 4x2: it was broadcast" in told(3)


def test_a_step_that_makes_the_gradient_far_larger_says_so() -> None:
    recording = small_recording()
    steep = replace(recording.steps[1], writes=(TensorWrite(4, 0, tensor(50.0)),))
    steps = (recording.steps[0], steep, *recording.steps[2:])

    assert "its norm is 100 times what arrived" in told(2, replace(recording, steps=steps))
    assert "times what arrived" not in told(1)


def test_an_edge_that_carries_nothing_says_why() -> None:
    assert "input 1: None: asks for no gradient" in told(7)


def test_a_leaf_says_what_is_added_to_and_that_it_was_not_empty() -> None:
    shown = told(4)

    assert "would add this to h.0.fc.bias.grad" in shown
    assert "zero_grad was not called" in shown
    assert "same bits as PyTorch's own" in shown


def test_the_end_has_the_verdict() -> None:
    assert "same bits as PyTorch: 2 of 2 parameters" in told(7)


def test_a_difference_is_shown_by_parameter() -> None:
    recording = small_recording()
    first, *others = recording.parameters
    wrong = replace(recording, parameters=(replace(first, same_bits=False), *others))

    assert "NOT the same bits as PyTorch: 1 of 2 parameters" in told(7, wrong)
    assert "h.0.fc.weight: NOT the bits of PyTorch's own" in told(7, wrong)


def test_no_line_is_wider_than_the_pane_and_nothing_acts_on_the_terminal() -> None:
    recording = small_recording()
    hostile = replace(
        recording.nodes[4], scope="\x1b[2Jh", source="\x1b]0;x.py:1", op="Evil\x1bBackward0"
    )
    nodes = (*recording.nodes[:4], hostile, *recording.nodes[5:])

    shown = told(3, replace(recording, nodes=nodes), 40)

    assert max(map(len, shown.split("\n"))) <= 40
    assert "\x1b" not in shown


def test_ops_have_words() -> None:
    assert op_words("SoftmaxBackward0").rule == "da = y * (g - sum(g * y))"
    assert op_words("ViewBackward0").forward == BOOKS
    assert op_words("FancyNewBackward0").rule == "its rule is PyTorch's own"
    assert "program's own" in op_words("CubeBackward").forward
