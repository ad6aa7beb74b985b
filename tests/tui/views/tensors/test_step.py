"""A step as lines: the op in words, what arrived and goes on, what PyTorch does in silence."""

from dataclasses import replace
from pathlib import Path

from small_tensors import small_recording, tensor

from micrograd_tui.engine.recording.tensor import TensorRecording, TensorWrite
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.tensors.chain_rule import forward_words
from micrograd_tui.tui.views.tensors.cut_line import cut_said
from micrograd_tui.tui.views.tensors.passed import Passed
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
    assert "y = b + x @ A" in shown
    assert "in h[0].fc" in shown
    assert "forward took 2 float32, 4x3 float32, 3x2 float32; gave 4x2 float32" in shown
    assert "saved by the forward pass: 48 bytes here of 48 bytes in all" in shown
    assert "mat1 4x3 float32, 48 bytes: data: no op of this graph made it" in shown
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
    node = small_recording().nodes[4]

    assert forward_words(node) == "y = b + x @ A"
    assert forward_words(replace(node, op="FancyNewBackward0")) == "its rule is PyTorch's own"
    assert "program's own" in forward_words(replace(node, op="CubeBackward"))


def test_the_chain_rule_stands_in_matrices_with_the_shape_below_each_letter() -> None:
    lines = [line.strip() for line in told(3).split("\n")]

    for above, below in (
        ("dL/dx  = g      @ A.T", "[4, 3] = [4, 2] @ [3, 2].T"),
        ("dL/dA  = x.T      @ g", "[3, 2] = [4, 3].T @ [4, 2]"),
        ("dL/db = sum_to_size(g)", "[2]   = sum_to_size([4, 2])"),
    ):
        assert lines[lines.index(above) + 1] == below


def test_an_equation_is_broken_where_the_pane_is_narrow_and_stays_aligned() -> None:
    lines = told(3, width=24).split("\n")
    start = next(i for i, line in enumerate(lines) if "dL/dA" in line)

    assert [line.rstrip() for line in lines[start : start + 4]] == [
        "  dL/dA  = x.T      @",
        "  [3, 2] = [4, 3].T @",
        "     g",
        "     [4, 2]",
    ]


def test_it_is_said_what_is_local_what_came_in_and_why_now() -> None:
    shown = told(3)

    assert "now: its only consumer ReluBackward0#5 is done" in shown
    assert "incoming g: 4x2 float32" in shown
    assert "x, local: mat1, data: no op of this graph made it" in shown
    assert "it is a root: the pass begins here" in told(1)
    assert "PyTorch takes leaves first" in told(4)


def test_an_op_without_a_rule_says_so_and_still_gives_its_shapes() -> None:
    recording = small_recording()
    fancy = replace(recording.nodes[4], op="FancyNewBackward0")
    shown = told(3, replace(recording, nodes=(*recording.nodes[:4], fancy, *recording.nodes[5:])))

    assert "its rule is PyTorch's own" in shown
    assert "TBackward0#2: 3x2 |g| 0.7" in shown


def test_a_saved_tensor_says_which_line_it_comes_from() -> None:
    recording = small_recording()

    def kept(**more: object) -> str:
        saved = replace(recording.nodes[4].saved[0], **more)
        node = replace(recording.nodes[4], saved=(saved,))
        return told(3, replace(recording, nodes=(*recording.nodes[:4], node, *recording.nodes[5:])))

    assert "48 bytes: the output of MulBackward0#3, model.py:7" in kept(made_by=3)
    assert "48 bytes: its own output, model.py:7" in kept(made_by=4)
    assert "48 bytes: h.0.fc.weight, transposed" in kept(made_by=2)
    assert "48 bytes: batch" in kept(label="batch")
    assert "48 bytes: detached from the output of MulBackward0#3" in kept(cut_from=3)


def test_gradients_of_a_tensor_used_twice_are_counted_as_they_arrive() -> None:
    recording = small_recording()
    again = replace(
        recording.steps[0], writes=(*recording.steps[0].writes, TensorWrite(4, 1, tensor(1.0)))
    )
    shown = told(1, replace(recording, steps=(again, *recording.steps[1:])))

    assert (
        "AddmmBackward0#4: 4x2 |g| 1, -1 .. 1, 25% zero (the 1st of 2 that are added up there)" in shown
    )


def test_modules_passed_as_one_say_what_came_in_and_what_left_and_which_parameter_gets_nothing() -> None:
    recording = small_recording()
    lines = step_lines(recording, 6, "", 100, UNICODE, (), Passed("h[0]", 1, 6))
    shown = "\n".join("".join(text for text, _ in line) for line in lines)

    assert "through h[0], 5 nodes" in shown
    assert "at ReluBackward0#5: 4x2 |g| 0.5" in shown
    assert "to MulBackward0#3: 4x3 |g| 2" in shown
    assert "h.0.fc.weight: 2x3 |g| 0.7" in shown
    assert "h.0.unused: no gradient: this loss does not reach it" in shown


def test_the_line_that_cut_a_tensor_off_is_named(tmp_path: Path) -> None:
    program = tmp_path / "train.py"
    program.write_text(
        "target = out.detach().mean()\n"
        "loss = (out - target) ** 2\n"
        "with torch.no_grad():\n"
        "    scale = out.norm()\n"
        "loss = out / scale\n"
        "loss = out * other\n"
        "loss = out * other.data\n"
        "def f(\n"
    )
    whole = program.read_text().removesuffix("def f(\n")
    broken, program = program, tmp_path / "right.py"
    program.write_text(whole)

    assert cut_said(f"{program}:2") == f".detach() at {program}:1 cuts off what it is given"
    assert cut_said(f"{program}:5") == f"no_grad() at {program}:4 cuts off what it is given"
    assert cut_said(f"{program}:6") == ""
    assert cut_said(f"{program}:7") == ".data cuts off what it is given"
    assert cut_said(f"{broken}:2") == ""
    assert cut_said("nowhere.py:2") == ""
