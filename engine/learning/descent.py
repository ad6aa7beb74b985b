"""Gradient descent by hand: one training step on a graph that is kept and recalculated."""

from collections.abc import Sequence

from ..backward import backward
from ..graph import recalculate, zero_grad
from ..value import Value


def descend(loss: Value, parameters: Sequence[Value], learning_rate: float) -> float:
    """Take `p -= learning_rate * d(loss)/dp` for every parameter, recalculate, return the new loss.

    Gradients start at 0 and are 0 again afterwards.
    """
    zero_grad(loss)
    backward(loss)
    for parameter in parameters:
        parameter.data -= learning_rate * parameter.grad
    zero_grad(loss)
    recalculate(loss)
    return loss.data
