"""A PyTorch program nobody prepared: run in a child process to a backward pass, which is recorded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from micrograd_tui.engine.sources.python.named import named
from micrograd_tui.engine.sources.python.open_program import NotOpened, OpenedTensors, open_program

pytestmark = pytest.mark.requires("torch")
Open = Callable[..., OpenedTensors]

SEVERAL = """\
import torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 4)])
        self.unused = nn.Linear(1, 1)
    def forward(self, z):
        for layer in self.h:
            z = F.relu(layer(z))
        return z
decoder = Decoder()
scale = torch.ones(4, requires_grad=True)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters(), scale])

class Trainer:
    def __init__(self, enc, dec):
        self.enc, self.dec = enc, dec
    def step(self, x):
        loss = ((self.dec(self.enc(x)) * scale - x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print("step", loss.item())

trainer = Trainer(encoder, decoder)
for epoch in range(3):
    trainer.step(torch.randn(5, 4))
"""
HEAD = "import torch, torch.nn as nn\nfrom torch.utils.checkpoint import checkpoint\n"


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Write a program and open a pass of it."""
    monkeypatch.chdir(tmp_path)

    def write_and_open(text: str, target: str = "train.py", which: int = 1, way: str = "") -> Any:
        Path("train.py").write_text(text)
        what = named(target)
        assert what is not None
        return open_program(what, which, (), 60, way)

    return write_and_open


def test_the_kth_pass_of_a_loop_in_a_class_has_the_programs_own_names_and_lines(opened: Open) -> None:
    program = opened(SEVERAL, "train.py", 2)
    log = program.recording
    scopes = {node.op: node.scope for node in log.nodes if not node.is_leaf and node.scope}
    sources = {Path(node.source).name for node in log.nodes}

    assert program.note == "2nd backward() call, train.py:23"
    assert program.printed.count("step") == 1
    assert (log.mode, log.same) == ("dry", 9)
    assert [each.name for each in log.received][:2] == ["encoder.0.weight", "encoder.0.bias"]
    assert [each.name for each in log.received][-2:] == ["decoder.h.1.bias", "scale"]
    assert [each.name for each in log.parameters if each.grad is None] == [
        "decoder.unused.weight",
        "decoder.unused.bias",
    ]
    assert {"encoder[0]", "encoder[1]", "encoder[2]", "decoder.h[0]", "decoder.h[1]"} <= set(log.scopes)
    assert scopes["AddmmBackward0"] == "decoder.h[1]"
    assert {node.scope for node in log.nodes if node.op == "ReluBackward0"} == {"encoder[1]", "decoder"}
    assert sources == {"train.py:21", "train.py:11"}


def test_a_reentrant_checkpoint_is_run_live_and_its_inner_parameters_are_there(opened: Open) -> None:
    text = HEAD + (
        "net = nn.Linear(4, 4); x = torch.ones(2, 4, requires_grad=True)\n"
        "h = checkpoint(net, x, use_reentrant=True)\nh.sum().backward()\n"
    )
    program = opened(text)
    log = program.recording

    assert log.mode == "live"
    assert "reentrant" in log.why
    assert log.why in program.note
    assert [(each.name, each.same_bits) for each in log.parameters] == [
        ("weight", True),
        ("bias", True),
        ("x", True),
    ]
    with pytest.raises(NotOpened, match="--live"):
        opened(text, "train.py", 1, "dry")


def test_hooks_of_every_kind_choose_the_live_way_and_can_be_left_out(opened: Open) -> None:
    text = HEAD + "w = torch.ones(3, requires_grad=True)\nh = w * 2\nh.register_hook(lambda g: g * 10)\n"
    text += "h.sum().backward()\n"
    live, dry = opened(text).recording, opened(text, "train.py", 1, "dry").recording

    assert (live.mode, dry.mode) == ("live", "dry")
    assert live.received[0].grad
    assert live.received[0].grad.sum == 60.0
    assert dry.received[0].grad
    assert dry.received[0].grad.sum == 6.0
    assert (live.same, dry.same) == (1, 0)


def test_a_hook_that_was_removed_is_none(opened: Open) -> None:
    text = HEAD + "w = torch.ones(3, requires_grad=True)\nh = w * 2\nh.register_hook(print).remove()\n"

    assert opened(text + "h.sum().backward()\n").recording.mode == "dry"


def test_a_compiled_model_is_opened_as_it_was_written(opened: Open) -> None:
    text = (
        HEAD
        + "net = torch.compile(nn.Linear(2, 1))\nloss = net(torch.ones(3, 2)).sum()\nloss.backward()\n"
    )
    program = opened(text)

    assert "AddmmBackward0" in {node.op for node in program.recording.nodes}
    assert "eager" in program.note


def test_several_roots_with_gradients_and_a_variable_of_them(opened: Open) -> None:
    text = HEAD + (
        "a = torch.arange(3.0, requires_grad=True)\none = a.sum(); two = a * a\n"
        "torch.autograd.backward(grad_tensors=[None, torch.ones(3)], tensors=[one, two])\n"
    )
    for target in ("train.py", "train.py:two"):
        log = opened(text, target).recording
        assert len(log.root) == 2
        assert log.received[0].grad
        assert log.received[0].grad.sum == 9.0


def test_where_only_autograd_grad_is_called_that_is_the_pass(opened: Open) -> None:
    text = HEAD + (
        "x = torch.arange(3.0, requires_grad=True)\n"
        "torch.autograd.grad(x**2, x, grad_outputs=torch.ones(3))\n"
    )
    program = opened(text)

    assert program.note == "1st grad() call, train.py:4"
    assert program.recording.received[0].grad
    assert program.recording.received[0].grad.sum == 6.0


def test_a_loss_on_which_backward_is_never_called_is_opened_by_name(opened: Open) -> None:
    text = HEAD + "w = torch.ones(3, requires_grad=True)\nloss = (w * w).sum()\n"

    assert opened(text, "train.py:loss").recording.same == 1
    with pytest.raises(
        NotOpened, match="no backward pass was called; there are nodes in w, loss: add :loss"
    ):
        opened(text)


REFUSED = {
    "freed": (
        "net = nn.Tanh()\nx = torch.ones(2, requires_grad=True)\nl = net(x).sum()\nl.backward()\nl.backward()\n",
        2, "graph freed", ("train.py:7", "TanhBackward0", "train.py:5", "retain_graph=True"),
    ),
    "changed by a line": (
        "w = torch.ones(2, requires_grad=True)\nh = w.exp()\nl = (h * h).sum()\nh += 1\nl.backward()\n",
        1, "changed in place", ("MulBackward0", "train.py:5", "changed in place at train.py:6", "of 2"),
    ),
    "changed by an optimizer": (
        "m = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\no = torch.optim.SGD(m.parameters(), 0.1)\n"
        "a, b = m(torch.ones(1, 2)), m(torch.ones(1, 2))\na.backward()\no.step()\nb.backward()\n",
        2, "changed in place", ("of [1]", "train.py:5", "changed in place at train.py:7"),
    ),
    "detached": (
        "m = nn.Linear(2, 1)\nh = m(torch.ones(1, 2))\nout = h.detach() * 2\nloss = out.sum()\nloss.backward()\n",
        1, "no grad_fn", ("no grad_fn", "train.py:5: out = h.detach() * 2"),
    ),
    "argmax in a forward": (
        "class M(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(2, 2)\n"
        "    def forward(self, x):\n        x = self.fc(x)\n        return x.argmax(1).float()\n"
        "def main():\n    y = M()(torch.ones(1, 2))\n    m = M()\n    loss = m(torch.ones(1, 2)).mean()\n    loss.backward()\nmain()\n",
        1, "no grad_fn", ("no grad_fn", "M.forward", "train.py:9: return x.argmax(1).float()"),
    ),
    "no_grad": (
        "m = nn.Linear(2, 1)\nwith torch.no_grad():\n    y = m(torch.ones(1, 2))\ny.sum().backward()\n",
        1, "no grad_fn", ("train.py:5: y = m(torch.ones(1, 2))",),
    ),
    "no_grad as a decorator": (
        "m = nn.Linear(2, 1)\n@torch.no_grad()\ndef go(x):\n    return m(x)\nloss = go(torch.ones(1, 2)).sum()\nloss.backward()\n",
        1, "no grad_fn", ("cut off in go at", "train.py:6: return m(x)"),
    ),
    "all frozen": (
        "m = nn.Linear(2, 1).requires_grad_(False)\ny = m(torch.ones(1, 2))\ny.backward()\n",
        1, "no grad_fn", ("no parameter of m asks for one",),
    ),
    "no scalar": ("(torch.ones(2, 3, requires_grad=True) * 2).backward()\n", 1, "no scalar", ("tensor of 2x3",)),
    "own rule": (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return x * 2\n"
        "    @staticmethod\n    def backward(ctx, g): raise KeyError('gone')\n"
        "F.apply(torch.ones(1, requires_grad=True)).backward()\n",
        1, "failed", ("FBackward", "KeyError", "gone"),
    ),
    "too few gradients": (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x, y): return x * y\n"
        "    @staticmethod\n    def backward(ctx, g): return g\n"
        "F.apply(torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)).backward()\n",
        1, "failed", ("FBackward", "1 gradients for 2 inputs"),
    ),
    "shapes": (
        "class N(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a, self.b = nn.Linear(4, 8), nn.Linear(4, 3)\n"
        "    def forward(self, x):\n        h = torch.tanh(self.a(x))\n        return self.b(\n            h)\nN()(torch.ones(5, 4)).sum().backward()\n",
        1, "", ("train.py:9", "mat1 and mat2", "self.b(h)", "h is 5x8", "self.b.weight is 3x4"),
    ),
    "operands": ("a = torch.ones(3, requires_grad=True) * 2\nb = torch.ones(4)\n(a + b).sum().backward()\n", 1, "", ("a is 3", "b is 4")),
    "a list of operands": (
        "hs = [torch.ones(2, 3), torch.ones(3, 2, requires_grad=True)]\ntorch.cat(hs).sum().backward()\n",
        1, "", ("train.py:4", "hs[0] is 2x3", "hs[1] is 3x2"),
    ),
    "what PyTorch's function was given": (
        "m = nn.Sequential(nn.Flatten(), nn.Linear(8, 2))\nm(torch.ones(1, 3, 3)).sum().backward()\n",
        1, "", ("Linear.forward's input is 1x9", "Linear.forward's weight is 2x8"),
    ),
    "an index": (
        "e = nn.Embedding(4, 2)\ni = torch.tensor([1, 7])\ne(i).sum().backward()\n",
        1, "", ("train.py:5", "index out of range", "i is 2 int64", "e.weight is 4x2"),
    ),
    "dtypes": (
        "m, x = nn.Linear(2, 2), torch.ones(1, 2, dtype=torch.float64)\nm(x).sum().backward()\n",
        1, "", ("train.py:4", "dtype", "x is 1x2 float64", "m.weight is 2x2"),
    ),
    "a leaf in place": (
        "w = torch.ones(3, requires_grad=True)\nw += 1\n(w * w).sum().backward()\n",
        1, "", ("train.py:4", "leaf Variable", "w += 1", "w is 3"),
    ),
    "devices": (
        "a, b = torch.ones(2, requires_grad=True), torch.ones(2, device='meta')\n(a * b).sum().backward()\n",
        1, "", ("train.py:4", "a is 2 on cpu", "b is 2 on meta"),
    ),
    "transforms": (
        "print(torch.func.hessian(lambda x: (x**3).sum())(torch.ones(3)))\n", 1, "", ("train.py:3", "torch.func's"),
    ),
    "processes of its own": (
        "import multiprocessing\nif __name__ == '__main__':\n    p = multiprocessing.get_context('fork').Process(target=print)\n"
        "    p.start()\n    p.join()\n",
        1, "", ("no backward pass was called", "it started 1 process"),
    ),
    "a GPU": ("x = torch.ones(1, device='cuda:7')\n", 1, "", ("train.py:3", "CUDA")),
    "data": ("torch.load('gone.pt')\n", 1, "", ("train.py:3", "gone.pt")),
    "arguments": (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', required=True)\np.parse_args()\n",
        1, "", ("train.py:6", "exit code 2", "the following arguments are required: --data"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_stepped_is_refused_in_a_sentence_that_names_the_line(
    opened: Open, name: str
) -> None:
    text, which, fault, said = REFUSED[name]
    with pytest.raises(NotOpened) as caught:
        opened(HEAD + text, "train.py", which)

    assert all(words in str(caught.value) for words in said), caught.value
    assert "\n" not in str(caught.value)
    assert caught.value.fault == fault


def test_an_error_of_shapes_comes_with_the_graph_up_to_there(opened: Open) -> None:
    with pytest.raises(NotOpened) as caught:
        opened(HEAD + REFUSED["shapes"][0])

    graph = caught.value.graph
    assert graph is not None
    assert [node.op for node in graph.nodes if not node.is_leaf] == [
        "TBackward0",
        "AddmmBackward0",
        "TanhBackward0",
    ]


def test_an_old_version_is_named(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "torch" / "autograd").mkdir(parents=True)
    (tmp_path / "torch" / "autograd" / "__init__.py").touch()
    (tmp_path / "torch" / "__init__.py").write_text("from . import autograd\n__version__ = '1.13.1'\n")

    with pytest.raises(NotOpened, match=r"PyTorch 1\.13\.1 is too old .* 2\.4 or newer"):
        opened("import torch\n")


def test_a_pass_in_a_thread_has_the_programs_own_names(opened: Open) -> None:
    text = HEAD + (
        "import threading\nnet = nn.Linear(2, 1)\n"
        "def work(): net(torch.ones(1, 2)).sum().backward()\n"
        "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\n"
    )
    log = opened(text).recording

    assert [each.name for each in log.received] == ["weight", "bias"]
    assert log.not_finite is None


def test_a_compiled_part_function_or_loss_is_opened_as_it_was_written(opened: Open) -> None:
    text = HEAD + (
        "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))\nnet[1] = torch.compile(net[1])\nnet[0].compile()\n"
        "@torch.compile(fullgraph=True)\ndef criterion(y): return (y**2).mean()\n"
        "criterion(net(torch.ones(1, 2))).backward()\n"
    )
    program = opened(text)

    assert "eager" in program.note
    assert [node.op for node in program.recording.nodes].count("AddmmBackward0") == 2
    assert program.recording.same == 4


def test_a_program_without_torch_is_told_of_the_extra(opened: Open) -> None:
    text = "import sys\nsys.modules['torch'] = None\nimport torch\n"

    with pytest.raises(NotOpened, match=r"pip install 'micrograd-tui\[torch\]'"):
        opened(text)
