"""`trace` and `check` of a PyTorch program: text, JSON, exit codes."""

import json
import subprocess
from pathlib import Path

import pytest
from pty_app import COMMAND

pytestmark = pytest.mark.requires("torch")

TRAIN = """\
import torch, torch.nn as nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
loss = nn.functional.cross_entropy(model(torch.randn(5, 4)), torch.randint(0, 3, (5,)))
loss.backward()
"""
CUT = "import torch\nw = torch.ones(2, requires_grad=True)\nloss = (w.detach() * 2).sum()\nloss.backward()\n"
SHAPES = (
    "import torch\nw = torch.ones(2, 3, requires_grad=True) * 2\n(w @ torch.ones(2)).sum().backward()\n"
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(text: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    Path("train.py").write_text(text)
    return subprocess.run([COMMAND, *arguments], input="", capture_output=True, text=True)


def test_the_trace_is_a_line_a_step_and_the_verdict() -> None:
    done = run(TRAIN, "trace", "train.py")
    lines = done.stdout.splitlines()

    assert (done.returncode, done.stderr) == (0, "running train.py ...\n")
    assert lines[0].startswith("train.py: 11 nodes, root loss = 0.78")
    assert " (NllLossBackward0#10), PyTorch 2." in lines[0]
    assert lines[1] == "1st backward() call, train.py:5"
    assert sum(line.startswith("backward ") for line in lines) == 11
    assert "AddmmBackward0#8 in [2] (train.py:4): grad 5x3" in lines[4]
    assert "2.bias gets 3 |g| " in lines[4]
    assert "silently summed from 5x3" in lines[4]
    assert lines[-1] == "same bits as PyTorch: 4 of 4 parameters"


def test_the_json_is_alone_on_stdout() -> None:
    done = run(TRAIN, "trace", "train.py:loss", "--json", "--live")
    plain = json.loads(done.stdout)

    assert (plain["kind"], plain["mode"], plain["verdict"]) == (
        "tensor",
        "live",
        {"parameters": 4, "same": 4},
    )
    assert [each["name"] for each in plain["parameters"]] == ["0.weight", "0.bias", "2.weight", "2.bias"]


def test_what_is_for_scalars_is_refused_in_a_sentence() -> None:
    for arguments in (["--set", "a=1"], ["--break", "overwrite"], ["--follow"]):
        done = run(TRAIN, "trace", "train.py", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "tensors" in done.stderr


def test_check_says_that_nothing_is_wrong() -> None:
    done = run(TRAIN, "check", "train.py")

    assert done.returncode == 0
    assert done.stdout.endswith("nothing is wrong with this backward pass\n")


def test_check_names_a_fault_of_the_graph_which_trace_refuses() -> None:
    checked, traced = run(CUT, "check", "train.py", "--json"), run(CUT, "trace", "train.py")
    (finding,) = json.loads(checked.stdout)["findings"]

    assert (checked.returncode, traced.returncode, traced.stdout) == (1, 2, "")
    assert finding["kind"] == "no grad_fn"
    assert "train.py:3: loss = (w.detach() * 2).sum()" in finding["sentence"]
    assert finding["sentence"] in traced.stderr


def test_a_forward_pass_that_fails_is_printed_as_far_as_it_came() -> None:
    text, plain, checked = (run(SHAPES, *words) for words in (
        ("trace", "train.py"), ("trace", "train.py", "--json"), ("check", "train.py"),
    ))  # fmt: skip

    assert (text.returncode, plain.returncode, checked.returncode) == (2, 2, 2)
    assert "the graph up to the error: 2 nodes\n" in text.stdout
    assert "MulBackward0#1 (train.py:2): 2x3 float32 of " in text.stdout
    assert "train.py:3: " in text.stderr
    assert "where w is 2x3" in text.stderr
    assert (plain.stdout, checked.stdout) == ("", "")


HEALED = (
    "import torch\nw = torch.ones(2, requires_grad=True)\ny = w + torch.tensor([0.0, float('nan')])\n"
    "torch.nan_to_num(y).sum().backward()\n"
)
CHANGED = "import torch\nw = torch.ones(2, requires_grad=True)\nh = w.exp()\nl = (h * h).sum()\nh += 1\nl.backward()\n"


def test_what_was_hidden_is_a_warning_and_no_fault() -> None:
    text, plain = run(HEALED, "check", "train.py"), run(HEALED, "check", "train.py", "--json")
    (finding,) = json.loads(plain.stdout)["findings"]

    assert (text.returncode, plain.returncode) == (0, 0)
    assert (
        "1. warning, healed: the forward pass stops being finite at AddBackward0 (train.py:3)"
        in text.stdout
    )
    assert text.stdout.endswith("no fault; warnings alone leave the exit code at 0\n")
    assert (finding["kind"], finding["severity"]) == ("healed", "warning")


def test_the_ledger_stands_in_the_trace_and_not_in_the_json() -> None:
    text, plain = run(HEALED, "trace", "train.py"), run(HEALED, "trace", "train.py", "--json")

    assert "ledger of nan and inf: forward 1 born, 1 healed; backward clean" in text.stdout
    assert (
        "  forward AddBackward0#1 (train.py:3): born: 1 of 2 values (1 nan), made of self 2 norm"
        in text.stdout
    )
    assert set(json.loads(plain.stdout)) == {
        "version", "kind", "torch", "mode", "root", "nodes", "steps", "parameters", "verdict",
    }  # fmt: skip


def test_a_pass_that_a_node_ends_is_printed_up_to_there() -> None:
    text, plain = run(CHANGED, "trace", "train.py"), run(CHANGED, "trace", "train.py", "--json")

    assert (text.returncode, plain.returncode, plain.stdout) == (2, 2, "")
    assert "backward 1 of 1: SumBackward0#3 (train.py:4)" in text.stdout
    assert "changed in place at train.py:5" in text.stderr
