"""What a node has saved: plain arguments with their sign, tensors by who made them and what they are called."""

from collections.abc import Mapping
from typing import Any

import pytest

from micrograd_tui.engine.recording.tensor import Saved, TensorRecording
from micrograd_tui.engine.recording.tensor_json import from_plain, to_plain

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.requires("torch")
F = torch.nn.functional


def recorded(loss: Any, held: Mapping[str, Any] | None = None) -> TensorRecording:
    from micrograd_tui.engine.sources.pytorch.record import record_loss

    return record_loss(loss, held or {})


def saved(recording: TensorRecording, op: str, name: str) -> Saved:
    """What the first node of an op has saved by a name."""
    node = next(node for node in recording.nodes if node.op.startswith(op))
    return next(each for each in node.saved if each.name == name)


@pytest.mark.parametrize(
    ("build", "op", "name", "text"),
    [
        (lambda a: F.embedding(torch.tensor([1, 2]), a), "Embedding", "padding_idx", "-1"),
        (lambda a: F.embedding(torch.tensor([1, 2]), a, padding_idx=2), "Embedding", "padding_idx", "2"),
        (lambda a: F.softmax(a, -1), "Softmax", "dim", "-1"),
        (lambda a: F.softmax(a, 1), "Softmax", "dim", "1"),
        (lambda a: a.sum((-1, -2)), "Sum", "dim", "(-1, -2)"),
        (lambda a: a.transpose(-1, -2), "Transpose", "dim0", "-1"),
        (lambda a: F.nll_loss(a, torch.tensor([0, 1, 2])), "NllLoss", "ignore_index", "-100"),
        (lambda a: a.unsqueeze(-1), "Unsqueeze", "dim", "-1"),
        (lambda a: a.roll(-1, 0), "Roll", "shifts", "(-1,)"),
        (lambda a: F.pad(a, (-1, 1)), "ConstantPadNd", "pad", "(-1, 1)"),
        (lambda a: a[-1], "Select", "index", "-1"),
        (lambda a: a[:-1], "Slice", "end", "-1"),
        (lambda a: a.tril(-1), "Tril", "diagonal", "-1"),
    ],
)
def test_negative_arguments_have_their_sign(build: Any, op: str, name: str, text: str) -> None:
    a = torch.randn(3, 4, requires_grad=True)
    recording = recorded(build(a).sum())

    assert saved(recording, op, name).text == text
    assert not any("184467" in each.text for node in recording.nodes for each in node.saved)


def test_a_saved_tensor_names_the_node_that_made_it_a_parameter_a_variable() -> None:
    layer, x = torch.nn.Linear(4, 3), torch.randn(2, 4)
    h = torch.tanh(layer(x))
    other = h.detach() * 1
    log = recorded(
        (h * h.detach() + h * other + layer.weight.sum() * layer.weight[0, 0]).sum(),
        {"layer": layer, "x": x, "other": other},
    )
    tanh = next(node.id for node in log.nodes if node.op == "TanhBackward0")

    assert saved(log, "Addmm", "mat1").label == "x"
    assert saved(log, "Tanh", "result").made_by == tanh
    products = [each for node in log.nodes if node.op == "MulBackward0" for each in node.saved]
    assert tanh in [each.cut_from for each in products]
    assert "other" in [each.label for each in products]
    assert [each.cut_from for each in products if each.label == "other"] == [None]


def test_where_it_comes_from_survives_the_way_out_of_the_child() -> None:
    layer, x = torch.nn.Linear(4, 3), torch.randn(2, 4)
    log = recorded(layer(x).tanh().sum(), {"layer": layer, "x": x})

    again = from_plain(to_plain(log, beyond=True))

    assert [node.saved for node in again.nodes] == [node.saved for node in log.nodes]


def test_a_number_of_the_program_is_read_and_a_tensor_of_its_own_is_named() -> None:
    a, half = torch.randn(3, requires_grad=True), torch.tensor(0.5)

    assert saved(recorded((a * 2).sum()), "Mul", "other").text == "2"
    named = saved(recorded((a * half).sum(), {"half": half}), "Mul", "other")
    assert (named.text, named.label) == ("", "half")
