"""`inspect(loss)`: the app in the middle of a program, and the trace where there is no terminal."""

import subprocess
import sys
from pathlib import Path

import pytest
from programs import VALUE

from micrograd_tui.engine import Value
from micrograd_tui.tui import inspect


def test_without_a_terminal_it_says_so_and_prints_the_trace(capsys: pytest.CaptureFixture[str]) -> None:
    a = Value(2.0)
    loss = a * a + 1
    loss.backward()
    before = a.grad
    inspect(loss)
    said, first, *steps = capsys.readouterr().out.splitlines()

    assert said.endswith("here is the trace")
    assert first == "loss: 4 nodes, root loss = 5"
    assert any("a.grad" in step for step in steps)
    assert a.grad == before


def test_a_class_of_the_programs_own_is_shown_and_left_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.py"
    path.write_text(
        VALUE + "from micrograd_tui.tui import inspect\n"
        "def run():\n    x = Value(3.0)\n    y = x * x\n    y.backward()\n"
        "    before = dict(vars(Value))\n    inspect(y)\n    inspect(y)\n"
        "    assert dict(vars(Value)) == before and (x.grad, y.grad) == (6.0, 1.0)\n"
        "run()\n"
    )
    done = subprocess.run([sys.executable, str(path)], input="", capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("y: 2 nodes, root y = 9") == 2


def test_what_is_no_node_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="inspect wants a node of a graph, not a int"):
        inspect(3)


@pytest.mark.requires("torch")
def test_a_loss_of_pytorch_is_printed_and_its_grad_and_graph_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_text(
        "import torch\nfrom micrograd_tui.tui import inspect\n"
        "def run():\n    w = torch.ones(3, requires_grad=True)\n    h = w * 2\n    h.register_hook(lambda g: g * 10)\n"
        "    loss = (h * h).sum()\n    inspect(loss)\n    assert w.grad is None\n    inspect(loss)\n"
        "    loss.backward()\n    assert w.grad[0] == 80\nrun()\n"
    )
    done = subprocess.run([sys.executable, str(path)], input="", capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("inspect(loss): 4 nodes, root loss = 12 (SumBackward0#3), ") == 2
    assert done.stdout.count("there are hooks") == 2
