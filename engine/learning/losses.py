"""Losses of one sample, as plain arithmetic on Values; the mean over a mini-batch is the caller's.

A loss gets the outputs of the network and as many targets, which are leaves. It never looks at a
number, so one recorded graph holds for every sample. `encode` writes a row's y as such targets.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from ..value import Value

Loss = Callable[[Sequence[Any], Sequence[Any]], Any]


def mean_squared_error(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return the mean over the outputs of (output - target)**2, as `torch.nn.MSELoss`."""
    squares = [(out - target) ** 2 for out, target in zip(outputs, targets, strict=True)]
    return squares[0] if len(squares) == 1 else _total(squares) * (1.0 / len(squares))


def hinge(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return relu(1 - target*output), the max-margin loss of one output and a target of -1 or 1."""
    (out,), (target,) = outputs, targets
    return (1.0 - target * out).relu()


def binary_cross_entropy(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return max(z, 0) - z*target + log(1 + exp(-|z|)) of one logit z and a target of 0 or 1.

    That is -log sigmoid(z) for a target of 1, written so that no exp overflows, as
    `torch.nn.BCEWithLogitsLoss`. At z = 0 the tie of max gives the slope 1/2 - target, the true one.
    """
    (z,), (target,) = outputs, targets
    return z.max(0.0) - z * target + (1.0 + (-z.abs()).exp()).log()


def cross_entropy(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return log(sum(exp(z))) - sum(target*z) of k logits z and one-hot targets.

    The largest logit is taken off first, so no exp overflows, as `torch.nn.CrossEntropyLoss`.
    """
    largest = reduce(lambda a, b: a.max(b), outputs)
    shifted = [z - largest for z in outputs]
    chosen = _total([target * z for target, z in zip(targets, shifted, strict=True)])
    return _total([z.exp() for z in shifted]).log() - chosen


def l2(parameters: Iterable[Value], coefficient: float) -> Any:
    """Return coefficient * sum(p*p), the L2 term that is added to a loss."""
    return coefficient * _total([p * p for p in parameters])


def encode(loss: str, y: float, classes: Sequence[str] = ()) -> tuple[float, ...]:
    """Return row value `y` as the targets of `loss`: a class index, or a number without classes.

    mse: the number itself; -1 or 1 for two classes, one-hot for more. hinge: -1 or 1. bce: 0 or 1.
    cross_entropy: one-hot. As many targets as the network needs outputs. Raise ValueError for a
    loss that cannot be had of these classes.
    """
    _check_classes(loss, len(classes))
    if not classes:
        return (float(y),)
    if loss == "bce":
        return (float(y),)
    if loss == "hinge" or (loss == "mse" and len(classes) == 2):
        return (2.0 * y - 1.0,)
    return tuple(float(i == y) for i in range(len(classes)))


def predicted_class(loss: str, outputs: Sequence[float]) -> int:
    """Return the class index that the numbers of the outputs stand for; the first in a tie."""
    if len(outputs) == 1 and loss != "cross_entropy":
        return int(outputs[0] > 0)
    return max(range(len(outputs)), key=lambda i: outputs[i])


def loss_for(classes: Sequence[str]) -> str:
    """Return the loss to begin with: hinge for two classes as in micrograd's demo."""
    return "mse" if not classes else "hinge" if len(classes) == 2 else "cross_entropy"


def _check_classes(loss: str, count: int) -> None:
    if loss not in LOSSES:
        raise ValueError(f"no loss is called {loss!r}; there are {', '.join(LOSSES)}")
    if loss in ("hinge", "bce") and count != 2:
        found = f"this one has {count}" if count else "the target is a number"
        better = "cross_entropy" if count > 2 else "mse"
        raise ValueError(f"{loss} needs a target of two classes, and {found}; try {better}")
    if loss == "cross_entropy" and count < 2:
        found = "this one has 1" if count else "the target is a number; try mse"
        raise ValueError(f"cross_entropy needs a target of two classes or more, and {found}")


def _total(terms: Sequence[Any]) -> Any:
    # Not sum(): it would start at 0 and put a leaf of that into every graph.
    return reduce(lambda a, b: a + b, terms)


LOSSES: dict[str, Loss] = {
    "mse": mean_squared_error,
    "hinge": hinge,
    "bce": binary_cross_entropy,
    "cross_entropy": cross_entropy,
}
