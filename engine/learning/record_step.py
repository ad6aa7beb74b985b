"""Recording a whole training step: forward, zero_grad, backward and update on one timeline."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..graph import toposort
from ..recording.log import Recording, Update, cell_of
from ..recording.record import (
    Progress,
    gradients_restored,
    places,
    record_backward,
    record_forward,
    record_nodes,
    record_pass,
)
from ..value import Value
from .optim import Optimizer


def record_training_step(
    loss: Value,
    parameters: Sequence[Value],
    optimizer: Optimizer,
    progress: Progress = lambda fraction: None,
    zeroed: bool = True,
) -> Recording:
    """Record the training step that `loss` is the loss of; everything is afterwards as it was before.

    Where gradients are not `zeroed`, the backward pass adds to those that the parameters have.
    A parameter the loss does not depend on is no node of the graph and has no part in the log.
    """
    order = toposort(loss)
    index = places(order)
    moved = [p for p in parameters if p in index]
    log = Recording(root=index[loss])
    with gradients_restored(order), _kept(parameters, optimizer):
        record_nodes(log, order, index)
        progress(0.2)
        log.forward([node.data for node in order])
        if zeroed:
            log.initial |= {cell_of(index[p], "grad"): float(p.grad) for p in moved if p.grad}
            _record_zero_grad(log, moved, index)
        progress(0.3)
        record_backward(log, order, index, progress)
        _record_update(log, moved, index, optimizer)
    return log.close()


@contextmanager
def _kept(parameters: Sequence[Value], optimizer: Optimizer) -> Iterator[None]:
    """Put the parameters' data and gradients and the optimizer's memory back afterwards."""
    before, state = [(p.data, p.grad) for p in parameters], optimizer.state()
    try:
        yield
    finally:
        for p, (data, grad) in zip(parameters, before, strict=True):
            p.data, p.grad = data, grad
        optimizer.restore(state)


def append_training_step(
    log: Recording, order: list[Value], parameters: Sequence[Value], optimizer: Optimizer
) -> None:
    """Go on with a recording that ends in a backward pass: update, forward, zero_grad, backward.

    `order` are the nodes by their ids. The update takes the gradients with which the recording ends; the
    Values are afterwards as it ends then.
    """
    index = places(order)
    moved, end = [p for p in parameters if p in index], len(log)
    for p in moved:
        p.grad = log.value(index[p], "grad", end) or 0.0
    with log.appending():
        _record_update(log, moved, index, optimizer)
        record_forward(log, order, set(moved))
        _record_zero_grad(log, moved, index)
        record_pass(log, order, index, lambda fraction: None)


def _record_zero_grad(log: Recording, moved: Sequence[Value], index: dict[Value, int]) -> None:
    log.begin("zero_grad")
    for p in moved:
        node = index[p]
        p.grad = 0.0
        log.step(node)
        log.write(node, "grad", 0.0)


def _record_update(
    log: Recording, moved: Sequence[Value], index: dict[Value, int], optimizer: Optimizer
) -> None:
    log.begin("update")
    before, settings = [p.data for p in moved], optimizer.settings()
    number = {p: i for i, p in enumerate(optimizer.parameters)}
    kind = type(optimizer).__name__.lower()
    rules = [Update(kind, settings, optimizer.remembered(number[p])) for p in moved]
    optimizer.step()
    for p, was, rule in zip(moved, before, rules, strict=True):
        log.updates[len(log)] = rule
        log.step(index[p])
        log.write(index[p], "data", p.data, p.data - was)
