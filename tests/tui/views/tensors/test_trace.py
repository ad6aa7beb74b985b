"""The text of a backward pass of tensors: a line a step, what was done in silence, the verdict."""

from dataclasses import replace

from micrograd_tui.engine.check.tensor_finding import TensorFinding
from micrograd_tui.engine.recording.tensor import (
    ParameterGrad,
    Summary,
    TensorNode,
    TensorRecording,
    TensorStep,
    TensorWrite,
)
from micrograd_tui.tui.views.tensors.check import tensor_lines
from micrograd_tui.tui.views.tensors.trace import node_lines, step_line, trace_lines, verdict

ONE = Summary((), "float32", 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0)
G = Summary((2, 3), "float32", 5.0, 1.0, -2.0, 3.0, 0.1, 0.5, 1)
LOG = TensorRecording(
    "2.13.0",
    "dry",
    (2,),
    (
        TensorNode(0, "AccumulateGrad", "fc.weight", "fc", "", (2, 3), "float32", ()),
        TensorNode(1, "AccumulateGrad", "x\x1b[31m", "", "", (2, 3), "float32", ()),
        TensorNode(2, "MulBackward0", "", "fc", "train.py:7", (), "float32", (0, None, 1)),
    ),
    (
        TensorStep(2, (ONE,), (TensorWrite(0, 0, G, (4, 2, 3), "bfloat16"), TensorWrite(1, 2, None))),
        TensorStep(0, (G,), ()),
        TensorStep(1, (None,), ()),
    ),
    (
        ParameterGrad("fc.weight", (2, 3), "float32", G, True, 0),
        ParameterGrad("head.bias", (3,), "float32", None, None),
        ParameterGrad("body.bias", (3,), "float32", None, None, frozen=True),
    ),
    values=(replace(ONE, min=2.5, max=2.5),),
    names=("loss",),
)


def test_the_first_line_says_what_the_graph_is() -> None:
    first, second, *_ = trace_lines("train.py", "1st backward() call", LOG)

    assert first == "train.py: 3 nodes, root loss = 2.5 (MulBackward0#2), PyTorch 2.13.0, dry run"
    assert second == "1st backward() call"


def test_a_step_says_what_arrived_what_it_gives_and_what_was_done_in_silence() -> None:
    assert step_line(LOG, 0) == (
        "backward 1 of 3: MulBackward0#2 in fc (train.py:7): grad scalar 1 -> fc.weight gets 2x3 |g| 5, -2 .. 3,"
        " 50% zero, 1 not finite, silently summed from 4x2x3 and cast from bfloat16; x\\x1b[31m gets None"
    )
    assert step_line(LOG, 1).endswith("-> adds it to fc.weight.grad")
    assert step_line(LOG, 2).endswith(": grad None -> adds nothing")


def test_parameters_and_the_verdict_stand_at_the_end() -> None:
    *_, weight, head, body, last = trace_lines("train.py", "", LOG)

    assert weight.startswith("fc.weight 2x3: grad 2x3 |g| 5")
    assert head == "head.bias 3: no gradient: this loss does not reach it"
    assert body == "body.bias 3: no gradient: it asks for none (requires_grad=False)"
    assert last == "same bits as PyTorch: 1 of 1 parameter"


def test_a_difference_is_never_hidden() -> None:
    other = replace(LOG, parameters=(replace(LOG.parameters[0], same_bits=False),))

    assert verdict(other) == "NOT the same bits as PyTorch: 0 of 1 parameter"
    assert any("NOT the bits of PyTorch's own" in line for line in trace_lines("", "", other))
    assert verdict(replace(LOG, mode="live")) == "run by PyTorch itself: 1 parameter"


def test_nodes_without_a_pass_are_listed_with_what_they_are_made_of() -> None:
    *_, last = node_lines(LOG)

    assert last == "MulBackward0#2 in fc (train.py:7): scalar float32 of fc.weight, -, x\\x1b[31m"


def test_findings_are_numbered_sentences() -> None:
    found = [TensorFinding("zero", "fc", "fc receives\nnothing")]

    assert list(tensor_lines("t.py", found, ("1st", LOG))) == [
        "t.py: 1st; 3 nodes; same bits as PyTorch: 1 of 1 parameter",
        "1. zero: fc receives\\nnothing",
    ]
    assert list(tensor_lines("t.py", [], None)) == ["nothing is wrong with this backward pass"]
