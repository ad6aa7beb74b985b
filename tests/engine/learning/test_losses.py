"""Every loss by central differences, against PyTorch, and without a look at a number."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.engine import Value, gradcheck, toposort
from micrograd_tui.engine.learning.losses import LOSSES, encode, l2, loss_for, predicted_class

PAIR = ("no", "yes")
THREE = ("a", "b", "c")
CLASSES = {"mse": (), "hinge": PAIR, "bce": PAIR, "cross_entropy": THREE}
logits = st.floats(-800, 800) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-12])


def loss_and_gradients(name: str, outputs: list[float], targets: Any) -> tuple[float, list[float]]:
    values = [Value(x) for x in outputs]
    loss = LOSSES[name](values, [Value(t) for t in targets])
    loss.backward()
    return loss.data, [v.grad for v in values]


def by_pytorch(name: str, outputs: list[float], targets: Any) -> tuple[float, list[float]]:
    import torch
    from torch.nn import functional

    z = torch.tensor(outputs, dtype=torch.float64, requires_grad=True)
    t = torch.tensor(targets, dtype=torch.float64)
    loss = {
        "mse": lambda: functional.mse_loss(z, t),
        # The max-margin loss is the ranking loss against an output of 0.
        "hinge": lambda: functional.margin_ranking_loss(z, torch.zeros_like(z), t, margin=1.0),
        "bce": lambda: functional.binary_cross_entropy_with_logits(z, t),
        "cross_entropy": lambda: functional.cross_entropy(z[None], t.argmax()[None]),
    }[name]()
    loss.backward()
    return loss.item(), z.grad.tolist()


def test_there_are_the_losses_of_the_issue() -> None:
    assert list(LOSSES) == ["mse", "hinge", "bce", "cross_entropy"]


@pytest.mark.parametrize("name", LOSSES)
@given(numbers=st.lists(st.floats(-20, 20), min_size=3, max_size=3), y=st.sampled_from([0.0, 1.0]))
def test_every_loss_has_the_slope_that_central_differences_measure(
    name: str, numbers: list[float], y: float
) -> None:
    targets = encode(name, y, CLASSES[name])
    outputs = numbers[: len(targets)]
    if name == "hinge" and abs(1 - targets[0] * outputs[0]) < 1e-3:
        return  # the corner of the relu has no slope

    if any(0 < abs(a - b) < 1e-3 for a in [*outputs, 0.0] for b in outputs):
        return  # nor has the corner of a max, though the loss as a whole has

    gradcheck(lambda *z: LOSSES[name](z, [Value(t) for t in targets]), outputs)


FIXED = [(0.5, -1.25, 2.0), (-0.0, 0.0, 1e-12), (3.0, 3.0, -3.0), (800.0, -800.0, 1.0), (-40.0, 2.5, 0.1)]


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("numbers", FIXED)
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_at_fixed_numbers_is_pytorchs(name: str, numbers: Any, y: float, pytorch: Any) -> None:
    targets = encode(name, y, CLASSES[name])
    outputs = list(numbers[: len(targets)])

    def theirs(torch: Any) -> list[float]:
        loss, slopes = by_pytorch(name, outputs, targets)
        return [loss, *slopes]

    loss, slopes = loss_and_gradients(name, outputs, targets)

    assert [loss, *slopes] == pytest.approx(pytorch(theirs), rel=1e-12, abs=1e-12)


@pytest.mark.requires("torch")
@pytest.mark.parametrize("name", LOSSES)
@given(numbers=st.lists(logits, min_size=3, max_size=3), y=st.sampled_from([0.0, 1.0]))
def test_every_loss_is_pytorchs_in_double_precision(name: str, numbers: list[float], y: float) -> None:
    targets = encode(name, y, CLASSES[name])
    outputs = numbers[: len(targets)]
    if name == "hinge" and targets[0] * outputs[0] == 1:
        outputs[0] += 0.5  # PyTorch's clamp has another slope at the corner than relu

    ours, theirs = (f(name, outputs, targets) for f in (loss_and_gradients, by_pytorch))

    assert ours[0] == pytest.approx(theirs[0], rel=1e-12, abs=1e-12)
    assert ours[1] == pytest.approx(theirs[1], rel=1e-12, abs=1e-12)


@pytest.mark.requires("torch")
@given(outputs=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=6), data=st.data())
def test_mean_squared_error_is_the_mean_over_the_outputs(outputs: list[float], data: Any) -> None:
    size = len(outputs)
    targets = data.draw(st.lists(st.floats(-1e3, 1e3), min_size=size, max_size=size))

    ours, theirs = (f("mse", outputs, targets) for f in (loss_and_gradients, by_pytorch))

    assert ours[0] == pytest.approx(theirs[0], rel=1e-12)
    assert ours[1] == pytest.approx(theirs[1], rel=1e-12, abs=1e-12)


@pytest.mark.requires("torch")
@given(st.lists(logits, min_size=2, max_size=10), st.data())
def test_cross_entropy_of_any_number_of_classes_is_pytorchs(outputs: list[float], data: Any) -> None:
    chosen = data.draw(st.integers(0, len(outputs) - 1))
    targets = encode("cross_entropy", chosen, [str(i) for i in range(len(outputs))])

    ours, theirs = (f("cross_entropy", outputs, targets) for f in (loss_and_gradients, by_pytorch))

    assert ours[0] == pytest.approx(theirs[0], rel=1e-12, abs=1e-12)
    assert ours[1] == pytest.approx(theirs[1], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("z", [-1e308, -1e4, -746.0, -0.0, 0.0, 746.0, 1e4, 1e308])
@pytest.mark.parametrize("name", ["bce", "cross_entropy"])
def test_no_logit_is_too_large(name: str, z: float) -> None:
    for y in (0.0, 1.0):
        targets = encode(name, y, PAIR)
        loss, gradients = loss_and_gradients(name, [z, 0.0][: len(targets)], targets)

        assert math.isfinite(loss)
        assert all(map(math.isfinite, gradients))


def test_a_logit_of_exactly_0_has_the_slope_of_the_true_loss() -> None:
    assert loss_and_gradients("bce", [0.0], [1.0]) == (math.log(2), [-0.5])
    assert loss_and_gradients("bce", [0.0], [0.0]) == (math.log(2), [0.5])
    assert loss_and_gradients("cross_entropy", [0.0, 0.0], [0.0, 1.0])[1] == [0.5, -0.5]


class Sign:
    """Stands for a Value without a number: it can be computed with and not be asked anything."""

    def __init__(self, *made_of: Any) -> None:
        self.made_of = made_of

    def _made(self, *others: Any) -> "Sign":
        return Sign(self, *others)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __pow__ = _made
    __neg__ = __abs__ = abs = exp = log = relu = max = _made

    def __bool__(self) -> bool:
        raise AssertionError("a loss looked at a number")

    __lt__ = __gt__ = __le__ = __ge__ = __float__ = __bool__


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_never_looks_at_a_number_so_one_graph_holds_for_every_sample(name: str) -> None:
    size = len(encode(name, 0.0, CLASSES[name]))

    assert isinstance(LOSSES[name]([Sign()] * size, [Sign()] * size), Sign)


@pytest.mark.parametrize("name", LOSSES)
def test_the_targets_are_leaves_of_the_graph(name: str) -> None:
    numbers = encode(name, 1.0, CLASSES[name])
    outputs, targets = [Value(0.25) for _ in numbers], [Value(t) for t in numbers]
    nodes = toposort(LOSSES[name](outputs, targets))

    assert {*outputs, *targets} <= set(nodes)


def test_l2_is_the_coefficient_times_the_sum_of_squares() -> None:
    parameters = [Value(3.0), Value(-4.0)]
    term = l2(parameters, 0.5)
    term.backward()

    assert term.data == 12.5
    assert [p.grad for p in parameters] == [3.0, -4.0]


@pytest.mark.parametrize(
    ("loss", "classes", "y", "targets"),
    [
        ("mse", (), 2.5, (2.5,)),
        ("mse", PAIR, 0.0, (-1.0,)),
        ("mse", PAIR, 1.0, (1.0,)),
        ("mse", THREE, 1.0, (0.0, 1.0, 0.0)),
        ("hinge", PAIR, 0.0, (-1.0,)),
        ("hinge", PAIR, 1.0, (1.0,)),
        ("bce", PAIR, 0.0, (0.0,)),
        ("bce", PAIR, 1.0, (1.0,)),
        ("cross_entropy", PAIR, 0.0, (1.0, 0.0)),
        ("cross_entropy", THREE, 2.0, (0.0, 0.0, 1.0)),
    ],
)
def test_encode_writes_a_row_as_the_targets_of_the_loss(loss, classes, y, targets) -> None:
    assert encode(loss, y, classes) == targets
    if classes:
        assert predicted_class(loss, targets if loss != "bce" else [8 * y - 4]) == y


@pytest.mark.parametrize(
    ("loss", "classes", "words"),
    [
        ("hinge", THREE, "hinge needs a target of two classes, and this one has 3; try cross_entropy"),
        ("bce", (), "bce needs a target of two classes, and the target is a number; try mse"),
        ("cross_entropy", (), "the target is a number; try mse"),
        ("mae", (), "no loss is called 'mae'; there are mse, hinge, bce, cross_entropy"),
    ],
)
def test_a_loss_that_cannot_be_had_is_refused_in_a_sentence(loss, classes, words) -> None:
    with pytest.raises(ValueError, match=words):
        encode(loss, 0.0, classes)


@pytest.mark.parametrize("classes", [(), PAIR, THREE])
def test_the_loss_to_begin_with_can_be_had(classes: tuple[str, ...]) -> None:
    assert encode(loss_for(classes), 0.0, classes)
