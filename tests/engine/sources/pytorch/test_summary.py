"""What is looked at once: a tensor's elements without a copy, a gradient and its transpose together."""

import math

import pytest

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

from micrograd_tui.engine.sources.pytorch import record as recording  # noqa: E402
from micrograd_tui.engine.sources.pytorch.backward_call import backward_call  # noqa: E402
from micrograd_tui.engine.sources.pytorch.flat import in_memory_order, lies_together  # noqa: E402
from micrograd_tui.engine.sources.pytorch.same_bits import same_bits  # noqa: E402
from micrograd_tui.engine.sources.pytorch.summary import summarise  # noqa: E402

pytestmark = pytest.mark.requires("torch")

LAYOUTS = {
    "as it is": (lambda x: x, True),
    "transposed": (lambda x: x.t(), True),
    "permuted": (lambda x: x.view(3, 2, 350).permute(2, 0, 1), True),
    "a row": (lambda x: x[2:3], True),
    "columns": (lambda x: x[:, ::2], False),
    "expanded": (lambda x: x[:1].expand(4, -1), False),
    "of one element": (lambda x: x[1:2, 3:4], True),
    "empty": (lambda x: x[:0], True),
    "a scalar": (lambda x: x[0, 0], True),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64, torch.complex64])
def test_a_summary_is_that_of_the_elements_however_they_lie(layout, dtype):
    torch.manual_seed(0)
    of, together = LAYOUTS[layout]
    tensor = of(torch.randn(6, 350).where(torch.rand(6, 350) > 0.3, 0.0).to(dtype))
    wide = tensor.to(torch.complex128 if dtype.is_complex else torch.float64)

    found = summarise(tensor)

    assert lies_together(tensor) == (together or tensor.numel() < 2)
    assert found.shape == tuple(tensor.shape)
    assert found.norm == pytest.approx(float(wide.abs().square().sum().sqrt()), rel=1e-12)
    assert complex(found.sum) == pytest.approx(complex(wide.sum()), abs=1e-12)
    if tensor.numel():
        assert found.zeros == pytest.approx(1 - int(torch.count_nonzero(tensor)) / tensor.numel())
    if tensor.numel() and not dtype.is_complex:
        assert (found.min, found.max) == (float(wide.min()), float(wide.max()))


def test_what_is_not_finite_is_counted_in_a_tensor_of_many_pieces():
    tensor = torch.zeros(300, 1000)
    tensor[0, 0], tensor[299, 999], tensor[150, 5] = math.nan, math.inf, -math.inf

    found = summarise(tensor.t())

    assert (found.nonfinite, found.shape) == (3, (1000, 300))


@pytest.mark.parametrize(("one", "other", "same"), [
    (torch.ones(3, 4).t(), torch.ones(4, 3), True),
    (torch.arange(12.0).view(3, 4).t(), torch.arange(12.0).view(3, 4).t().contiguous(), True),
    (torch.arange(12.0).view(3, 4).t(), torch.arange(12.0).view(4, 3), False),
    (torch.tensor([0.0]), torch.tensor([-0.0]), False),
    (torch.tensor([math.nan, 1.0]), torch.tensor([-math.nan, 1.0]), True),
    (torch.tensor([math.nan, 1.0]), torch.tensor([math.nan, 2.0]), False),
    (torch.ones(5, dtype=torch.bfloat16), torch.ones(5, dtype=torch.bfloat16), True),
])  # fmt: skip
def test_bits_are_compared_by_index_and_not_by_place_in_memory(one, other, same):
    assert same_bits(one, other) == same


def test_the_elements_are_not_copied_where_they_lie_together():
    tensor = torch.randn(7, 5).t()

    assert in_memory_order(tensor).data_ptr() == tensor.data_ptr()


def test_a_weights_gradient_is_looked_at_once_and_not_again_transposed(monkeypatch):
    looked = []
    monkeypatch.setattr(recording, "summarise", lambda t: looked.append(tuple(t.shape)) or summarise(t))
    layer = torch.nn.Linear(5, 7)
    loss = layer(torch.randn(3, 5)).pow(2).sum()
    call = backward_call(loss)

    log = recording.record(call, recording.Scene({"layer": layer}, call.run))

    assert looked.count((7, 5)) + looked.count((5, 7)) == 2  # the gradient, and the weight itself
    shapes = {write.amount.shape for step in log.steps for write in step.writes if write.amount}
    assert {(7, 5), (5, 7)} <= shapes
    assert log.same == 2


def test_ones_are_not_given_to_pytorch_which_would_import_a_library_to_look_at_them():
    weight = torch.ones(2, requires_grad=True)

    assert backward_call(weight.sum()).given == (None,)
    assert backward_call(weight * 2, torch.ones(2)).given[0].shape == (2,)
