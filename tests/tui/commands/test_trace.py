"""`trace`, `examples` and the command line: plain text, exit codes, one clear sentence."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pty_app import COMMAND

from micrograd_tui.engine.sources.examples import EXAMPLES
from micrograd_tui.tui.sessions.target import BadTarget, Target


def run(*arguments: str, keys: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], input=keys, capture_output=True, text=True)


def test_trace_prints_a_line_a_step_with_the_chain_rule() -> None:
    lines = run("trace").stdout.splitlines()

    assert lines[0] == "neuron: 12 nodes, root loss = 3.0625"
    assert lines[14] == "gradients of 6 leaves:"
    assert lines[15] == "  x1.grad = 1.75"
    assert lines[3] == (
        "backward 3 of 13: visit error = out-y (its only consumer loss is done): "
        "incoming 3.5 * local 1 (d(out-y)/dout) = 3.5, out.grad 0 -> 3.5; "
        "incoming 3.5 * local -1 (d(out-y)/dy) = -3.5, y.grad 0 -> -3.5; "
        "any of y, out could be next: both are complete"
    )


def test_trace_json_agrees_with_pytorch(pytorch: Any) -> None:
    def theirs(torch: Any) -> list[float]:
        a, b = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (2.0, -3.0))
        ((a * b).tanh() * b).backward()
        return [a.grad.item(), b.grad.item()]

    plain = json.loads(run("trace", "(a*b).tanh()*b", "a=2", "b=-3", "--json").stdout)
    grads = {node["label"]: node["grad"] for node in plain["nodes"]}

    assert [grads["a"], grads["b"]] == pytest.approx(pytorch(theirs), rel=1e-12)


def test_follow_reads_keys_as_lines() -> None:
    followed = run("trace", "--follow", keys="n\nn\nN\n: 7\nf\nu\nL 0.2\nb\n?\nzz\nq\nn\n")
    lines = followed.stdout.splitlines()

    assert followed.returncode == 0
    assert lines[0].startswith("neuron: backward 0 of 13")
    assert [line.split(":")[0] for line in lines[1:5]] == [f"backward {k} of 13" for k in (1, 2, 1, 7)]
    assert "w1.data = w1.data - lr * w1.grad = 0.5 - 0.05 * 7 = 0.15" in followed.stdout
    assert "learning rate 0.2" in followed.stdout


def test_all_digits_are_printed_when_asked_for() -> None:
    arguments = ["(a/b).tanh()", "a=1", "b=3"]
    shown = run("trace", *arguments, "--all-digits").stdout

    assert f"= {math.tanh(1 / 3)!r}" in shown.splitlines()[0]
    assert repr(math.tanh(1 / 3)) not in run("trace", *arguments).stdout
    assert repr(1 / 3) in run("trace", *arguments, "--follow", keys="a\n:3\n").stdout


def test_as_many_digits_are_printed_as_are_asked_for() -> None:
    shown = run("trace", "a/b", "a=1", "b=3", "--digits", "12").stdout

    assert "= 0.333333333333" in shown.splitlines()[0]
    assert shown.splitlines()[-2:] == ["  a.grad = 0.333333333333", "  b.grad = -0.111111111111"]
    for wrong in ("0", "18", "x", "-1", "1" * 5000):
        refused = run("trace", "a/b", f"--digits={wrong}")
        assert (refused.returncode, "1 to 17 digits can be printed" in refused.stderr) == (2, True)


def test_examples_are_listed_with_a_line_each() -> None:
    lines = run("examples").stdout.splitlines()

    names = [line.split()[0] for line in lines]
    assert names == list(EXAMPLES)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", [[], ["open"], ["trace"], ["examples"]])
def test_version_is_known_everywhere(command: list[str]) -> None:
    assert run(*command, "--version").stdout.startswith("micrograd-tui 0.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["trace", "a @ b"], "column 3"),
        (["trace", "a + 1", "q=2"], "q is given a number"),
        (["trace", "a + 1", "a=x"], "a needs a number"),
        (["trace", "a + 1", "a"], "not NAME=NUMBER"),
        (["trace", "neuron", "a=1"], "takes no NAME=NUMBER"),
        (["trace", "diamnd"], "did you mean diamond?"),
        (["trace", "nowhere.json"], "nowhere.json"),
        (["trace", "/"], "column"),
        (["tracee"], "tracee"),
        (["trace", "--wrong"], "--wrong"),
        (["open", "a @ b"], "column 3"),
    ],
)
def test_bad_input_gets_a_sentence_and_exit_code_2(arguments: list[str], sentence: str) -> None:
    refused = run(*arguments)

    assert refused.returncode == 2
    assert refused.stdout == ""
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_that_is_no_recording_is_named_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"version": 1, "root": 0, "nodes": [{"id": 0, "parents": [3]}], "steps": [1]}')
    refused = run("trace", str(path))

    assert refused.returncode == 2
    assert "bad.json: nodes[0].parents[0]: no node has the id 3" in refused.stderr


def test_a_saved_recording_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(run("trace", "diamond", "--json").stdout)

    assert (
        run("trace", str(path)).stdout.splitlines()[1:] == run("trace", "diamond").stdout.splitlines()[1:]
    )


def test_a_closed_pipe_is_no_error() -> None:
    shown = subprocess.run(f"{COMMAND} trace chain | head -1", shell=True, capture_output=True, text=True)

    assert shown.stderr == ""
    assert shown.stdout.startswith("chain: 2000 nodes")


def test_trace_never_imports_textual() -> None:
    code = (
        "import sys; from micrograd_tui.tui.cli import main; main(['trace', 'a*b']);"
        "print([m for m in ('textual', 'numpy', 'torch') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.splitlines()[-1] == "[]"


def test_an_expression_wins_no_file_and_an_example_wins_both(tmp_path: Path) -> None:
    assert Target("neuron").example
    assert Target("neuron.json").path
    with pytest.raises(BadTarget):
        Target("neuron.json").open()


@pytest.mark.parametrize(
    ("words", "grad"),
    [
        (("-x**2", "x=3"), "  x.grad = -6"),
        (("--", "-x**2", "x=3"), "  x.grad = -6"),
        (("--digits", "3", "--", "--x*2", "x=3"), "  x.grad = 2"),
        (("x*y", "--digits", "9", "x=3"), "  y.grad = 3"),
        (("x*y", "y=2", "--digits", "9", "x=3"), "  x.grad = 2"),
        (("x*y", "x=nan"), "  y.grad = nan"),
        (("e\u0301*2*x", "e\u0301=3"), "  x.grad = 6"),
    ],
)
def test_an_expression_and_its_numbers_stand_where_people_put_them(
    words: tuple[str, ...], grad: str
) -> None:
    assert grad in run("trace", *words).stdout.splitlines()


def test_an_expression_that_looks_like_an_option_is_told_where_it_can_stand() -> None:
    refused = run("trace", "--x", "x=3")

    assert refused.returncode == 2
    assert "an expression that begins with -- stands after --" in refused.stderr
    assert "stands after" not in run("trace", "x", "--foo").stderr


def test_a_number_stands_after_the_options_of_nudge_too() -> None:
    assert "grad * h = 2 * 0.0001" in run("nudge", "x*y", "x", "--by", "1e-4", "y=2").stdout
