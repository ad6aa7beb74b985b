"""A process that stays behind the app: it is asked for parts of tensors, and never outlives who asked."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from micrograd_tui.engine.recording.tensor_slice import parse_index, whole
from micrograd_tui.engine.recording.tensor_values import NoValues, View, Which
from micrograd_tui.engine.sources.python.named import Named
from micrograd_tui.engine.sources.python.open_program import OpenedTensors, open_program
from micrograd_tui.engine.sources.staying import MOST_BYTES, Staying
from micrograd_tui.engine.sources.values_over_pipe import ValuesOverPipe

BUDGET = {"bytes": 10, "kept": 5, "left_out": 1, "live": False}
VIEW = View(whole((2, 2)), 2, (0, 2), (0, 2))
PROGRAM = """\
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
loss = model(torch.randn(5, 3)).square().mean()
loss.backward()
"""


def answering(code: str) -> ValuesOverPipe:
    """A child that answers each question by `code`, which has `line`, and `give(header, bytes)`."""
    asked, asking = os.pipe()
    answers, answer = os.pipe()
    program = (
        "import json, os, sys, time\n"
        "def give(header, numbers=b''):\n"
        f"    os.write({answer}, json.dumps(header).encode() + b'\\n' + numbers)\n"
        f"for line in os.fdopen({asked}):\n" + textwrap.indent(code, "    ")
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], pass_fds=(asked, answer), start_new_session=True
    )
    os.close(asked)
    os.close(answer)
    return ValuesOverPipe(Staying(process, asking, answers), BUDGET)


HEADER = "{'dtype': 'float32', 'how': 'kept', 'format': 'd', 'complex': False, 'row': 2, 'count': 4}"
HOSTILE = {
    "no line": "give('x' * 9000)",
    "no JSON": f"os.write(1, b''); give({HEADER} | {{'bytes': 'many'}})",
    "no size": "give({'bytes': -1})",
    "too long": f"give({{'bytes': {MOST_BYTES + 1}}})",
    "more than said": "give({'bytes': 1}, b'abc')",
    "not as many": f"give({HEADER} | {{'bytes': 8}}, b'12345678')",
    "no numbers": f"give({HEADER} | {{'bytes': 32, 'format': 'u'}}, b'1' * 32)",
    "rows of nothing": f"give({HEADER} | {{'bytes': 32, 'row': 0}}, b'1' * 32)",
    "no header": "give([1, 2])",
    "deep": "os.write(1, b''); give(json.loads('[' * 900 + ']' * 900))",
    "how": f"give({HEADER} | {{'bytes': 32, 'how': ['x']}}, b'1' * 32)",
    "huge": f"give({HEADER} | {{'bytes': 32, 'count': 10**400}}, b'1' * 32)",
    "it leaves": "os._exit(3)",
    "it is killed": "os.kill(os.getpid(), 9)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_it_gives_is_numbers_or_a_sentence(name: str) -> None:
    values = answering(HOSTILE[name])
    try:
        for _ in range(2):
            with pytest.raises(NoValues) as caught:
                values.window(Which(0, "grad"), VIEW)
            assert "\n" not in str(caught.value)
    finally:
        values.close()


def test_numbers_come_as_they_are() -> None:
    code = f"import array\ngive({HEADER} | {{'bytes': 32}}, array.array('d', [1.5, float('inf'), -0.0, 2]).tobytes())"
    values = answering(code)

    window = values.window(Which(0, "grad"), VIEW)

    assert (window.dtype, window.how) == ("float32", "kept")
    assert repr(window.rows) == "((1.5, inf), (-0.0, 2.0))"
    values.close()


def test_who_waits_for_an_answer_is_let_go_when_it_is_closed() -> None:
    values = answering("time.sleep(60)")
    said = []

    def ask() -> None:
        try:
            values.window(Which(0, "grad"), VIEW)
        except NoValues as error:
            said.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.1)
    values.close()
    thread.join(20)

    assert not thread.is_alive()
    assert "gone" in said[0]
    with pytest.raises(NoValues, match="closed"):
        values.window(Which(0, "grad"), VIEW)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(PROGRAM)
    return path


def opened(path: Path, keep: int | None) -> OpenedTensors:
    found = open_program(Named("script", str(path)), seconds=120, keep=keep)
    assert isinstance(found, OpenedTensors)
    return found


@pytest.mark.requires("torch")
@pytest.mark.parametrize("keep", [0, 100, 1_000_000])
def test_a_programs_gradients_have_the_bits_of_its_own_backward(program: Path, keep: int) -> None:
    own = f"{PROGRAM}\nimport json\nprint(json.dumps([p.grad.tolist() for p in model.parameters()]))"
    printed = subprocess.run([sys.executable, "-c", own], capture_output=True, check=True).stdout
    theirs = json.loads(printed)
    found = opened(program, keep)
    assert found.values is not None
    leaves = {each.node: each for each in found.recording.received}
    steps = [(i, step) for i, step in enumerate(found.recording.steps) if step.node in leaves]

    for index, step in [*steps, *reversed(steps)]:
        leaf = leaves[step.node]
        view = View(whole(leaf.shape), 100, (0, 100), (0, 100))
        rows = [list(row) for row in found.values.window(Which(index, "grad"), view).rows]
        place = [each.name for each in found.recording.parameters].index(leaf.name)
        assert rows == (theirs[place] if len(leaf.shape) == 2 else [theirs[place]])
    with pytest.raises(NoValues, match="of another shape"):
        found.values.window(Which(0, "grad"), View(parse_index("", (3,)), 3, (0, 1), (0, 3)))
    found.values.close()


@pytest.mark.requires("torch")
def test_what_is_not_kept_to_be_looked_at_leaves_no_process(program: Path) -> None:
    assert opened(program, None).values is None


@pytest.mark.requires("torch")
@pytest.mark.parametrize("how", ["killed", "forgotten", "busy"])
def test_nothing_is_left_running_however_the_app_ends(program: Path, how: str, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program.write_text(
        f"import os, subprocess\nout = open({str(pids)!r}, 'w')\n"
        "print(os.getpid(), subprocess.Popen(['sleep', '300']).pid, file=out, flush=True)\n"
        + PROGRAM.replace(".square()", ".square().add(Slow.apply(torch.ones(1, requires_grad=True)))").replace(
            "torch.manual",
            "class Slow(torch.autograd.Function):\n    calls = 0\n    @staticmethod\n"
            "    def forward(ctx, x): return x * 1\n    @staticmethod\n    def backward(ctx, g):\n"
            "        Slow.calls += 1\n        while Slow.calls > 2: pass\n        return g\ntorch.manual",
        )
    )  # fmt: skip
    app = (
        "import threading, time\n"
        "from micrograd_tui.engine.recording.tensor_slice import whole\n"
        "from micrograd_tui.engine.recording.tensor_values import View, Which\n"
        "from micrograd_tui.engine.sources.python.named import Named\n"
        "from micrograd_tui.engine.sources.python.open_program import open_program\n"
        f"found = open_program(Named('script', {str(program)!r}), seconds=120, keep=0)\n"
        "slow = [i for i, s in enumerate(found.recording.steps) if 'Slow' in found.recording.nodes[s.node].op]\n"
        "ask = lambda: found.values.window(Which(slow[0], 'sent', 0), View(whole((1,)), 1, (0, 1), (0, 1)))\n"
        "print('ready', flush=True)\n"
    )
    if how == "busy":
        app += "threading.Thread(target=ask, daemon=True).start()\n"
    app += "" if how == "forgotten" else "time.sleep(300)\n"
    process = subprocess.Popen([sys.executable, "-c", app], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    if how == "busy":
        time.sleep(1)
    if how != "forgotten":
        process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    assert all(map(_has_ended, map(int, pids.read_text().split())))


def _has_ended(pid: int) -> bool:
    for _ in range(500):
        if not _runs(pid):
            return True
        time.sleep(0.02)
    return False


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
    except (ProcessLookupError, FileNotFoundError):
        return False
