"""`trace` in detail: a line a step, numbers that agree with PyTorch, any locale."""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pty_app import COMMAND
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value, record
from micrograd_tui.engine.recording.json_file import to_json
from micrograd_tui.tui import cli
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.views.steps.trace import gradient_lines, trace_lines

NUMBERS = st.floats(-2, 2).map(lambda x: round(x, 6))  # c/tanh(c) at 1e-16 is a matter of the last bit
UNARY = ("tanh", "sigmoid", "relu", "exp", "sin", "cos", "abs")


@given(program=programs())
def test_there_is_a_line_for_the_graph_and_one_for_each_backward_step(program: Program) -> None:
    recording = record(values_of(program)[0])
    lines = list(trace_lines("random", recording))
    steps = recording.phases[1].end - recording.phases[1].start

    assert [line.startswith("gradients of ") for line in lines].index(True) == 1 + steps
    assert all(line.isprintable() for line in lines)
    for index, line in enumerate(lines[1 : 1 + steps], 1):
        assert line.startswith(f"backward {index} of {steps}: ")


def test_the_chain_rule_is_spelled_out_in_symbols_and_in_numbers() -> None:
    opened = Target("(a*b).tanh()*b", ("a=2", "b=-3")).open()
    lines = list(trace_lines(opened.title, opened.recording))

    assert lines[0] == "(a*b).tanh()*b: 5 nodes, root mul#4 = 3"
    assert lines[1].endswith(": d(mul#4)/d(mul#4) = 1, mul#4.grad 0 -> 1")
    assert "incoming 1 * local -1 (d(tanh#3*b)/db = tanh#3) = -1, b.grad 0 -> -1; b is used" in lines[2]
    assert lines[7:] == ["gradients of 2 leaves:", "  a.grad = 0.0002212", "  b.grad = -1"]


def test_the_gradients_of_the_leaves_stand_at_the_end_in_the_digits_asked_for() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    log = record(a / b * 7 + a)

    assert list(gradient_lines(log)) == [
        "gradients of 2 leaves; 1 more without a name:", "  a.grad = 3.333", "  b.grad = -1.556"
    ]  # fmt: skip
    assert list(gradient_lines(log, 9))[1:] == ["  a.grad = 3.33333333", "  b.grad = -1.55555556"]
    assert list(gradient_lines(record(Value(2.0) * 3))) == [
        "gradients of 2 leaves:", "  leaf#0.grad = 3", "  leaf#1.grad = 2"
    ]  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> str:
    """An expression in the syntax that Python, `trace` and PyTorch share."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["a", "b", "c"]))
    left = draw(expressions(depth - 1))
    if draw(st.booleans()):
        return f"({left}).{draw(st.sampled_from(UNARY))}()"
    return f"({left} {draw(st.sampled_from('+-*/'))} {draw(expressions(depth - 1))})"


@pytest.mark.requires("torch")
@settings(max_examples=100)
@given(text=expressions(), a=NUMBERS, b=NUMBERS, c=NUMBERS)
def test_the_json_of_any_expression_agrees_with_pytorch(text: str, a: float, b: float, c: float) -> None:
    import torch

    numbers = {name: x for name, x in {"a": a, "b": b, "c": c}.items() if re.search(rf"\b{name}\b", text)}
    leaves = {
        name: torch.tensor(x, dtype=torch.float64, requires_grad=True) for name, x in numbers.items()
    }
    root = eval(text, {}, leaves)  # written by the strategy above, run by PyTorch
    root.backward()
    grads = {name: leaf.grad.item() for name, leaf in leaves.items()}
    # Cancellation and poles magnify the last bit; the tests of the engine look there.
    assume(all(1e-6 < abs(x) < 1e6 or x == 0 for x in (*grads.values(), root.item())))
    opened = Target(text, tuple(f"{name}={x!r}" for name, x in numbers.items())).open()
    plain = json.loads("".join(to_json(opened.recording)))
    printed = {node["label"]: node["grad"] for node in plain["nodes"] if node["op"] == ""}

    assert printed.keys() == grads.keys()
    for name, grad in grads.items():
        assert math.isclose(printed[name], grad, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize(
    "text",
    ["(a*b).tanh()*b", "a*a + a", "(a+b)/(a-b)", "((a*b).exp() + a).sigmoid()", "(a*b + b).relu()*a"],
)
def test_the_json_agrees_with_pytorch_to_the_twelfth_digit(text: str, pytorch: Any) -> None:
    numbers = {name: x for name, x in {"a": 2.0, "b": -3.0}.items() if name in text}

    def theirs(torch: Any) -> list[float]:
        leaves = {
            name: torch.tensor(x, dtype=torch.float64, requires_grad=True) for name, x in numbers.items()
        }
        eval(text, {}, leaves).backward()
        return [leaf.grad.item() for leaf in leaves.values()]

    command = [COMMAND, "trace", text, *(f"{name}={x}" for name, x in numbers.items()), "--json"]
    shown = subprocess.run(command, capture_output=True, check=True)
    printed = {node["label"]: node["grad"] for node in json.loads(shown.stdout)["nodes"]}

    assert [printed[name] for name in numbers] == pytest.approx(pytorch(theirs), rel=1e-12)


@pytest.mark.parametrize("flags", [[], ["--json"]])
@pytest.mark.parametrize("target", ["neuron", "lecture", "chain"])
def test_every_example_is_traced_to_the_end(
    capsys: pytest.CaptureFixture[str], target: str, flags: list[str]
) -> None:
    assert cli.main(["trace", target, *flags]) == 0
    shown = capsys.readouterr()

    assert shown.err == ""
    assert shown.out.endswith("\n")


def c_locale(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    env: dict[str, Any] = os.environ | {
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    return subprocess.run([COMMAND, *arguments], env=env, capture_output=True)


@pytest.mark.parametrize(
    "arguments", [["trace"], ["trace", "--json"], ["trace", "lecture"], ["examples"]]
)
def test_a_locale_without_utf8_is_no_obstacle(arguments: list[str]) -> None:
    shown = c_locale(*arguments)

    assert (shown.returncode, shown.stderr) == (0, b"")
    assert shown.stdout.isascii()


def test_a_label_the_locale_cannot_write_is_spelled_out(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("".join(to_json(Target("é*漢").open().recording)), encoding="utf-8")
    shown = c_locale("trace", str(path))

    assert (shown.returncode, shown.stderr) == (0, b"")
    assert b"\\xe9" in shown.stdout


def _calls_a_line(samples: int) -> float:
    """How many Python functions are called for a line of the trace of a weight used so many times."""
    w = Value(0.5, label="w")
    total = Value(0.0)
    for i in range(samples):
        total = total + (w * (0.1 * i)).tanh()
    recording, calls = record(total), 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        lines = sum(1 for _ in trace_lines("used often", recording))
    finally:
        sys.setprofile(before)
    return calls / lines


def test_a_line_costs_the_same_however_often_a_weight_is_used() -> None:
    assert _calls_a_line(400) < 1.2 * _calls_a_line(50)
    assert _calls_a_line(400) < 160


@pytest.mark.parametrize("which", ["a", "c"])
def test_a_rule_that_clips_its_own_gradient_loses_nothing(which: str) -> None:
    a = Value(2.0, label="a")
    c = a * 3
    c.label = "c"
    clipped = a if which == "a" else c
    before = clipped._backward

    def clip() -> None:
        clipped.grad = min(clipped.grad, 1.0)
        before()

    clipped._backward = clip
    text = "\n".join(trace_lines("clip", record(c * 10 + a)))

    assert f"by its own rule = 1, {which}.grad {31 if which == 'a' else 10} -> 1" in text
    assert "LOST" not in text
    assert "too early" not in text
