"""A small graph of tensors, written by hand: a linear layer in a block, its bias broadcast, a mean."""

from micrograd_tui.engine.recording.tensor import (
    ParameterGrad,
    Saved,
    Shape,
    Summary,
    TensorNode,
    TensorRecording,
    TensorStep,
    TensorWrite,
)
from micrograd_tui.tui.sessions.target import OpenedTensors
from micrograd_tui.tui.sessions.tensors import TensorSession


def tensor(norm: float, shape: Shape = (4, 2), nonfinite: int = 0) -> Summary:
    """A tensor's summary, of which the norm matters."""
    return Summary(shape, "float32", norm, 0.0, -norm, norm, 0.0, 0.25, nonfinite)


def small_recording(nonfinite: int = 0) -> TensorRecording:
    """`loss = relu(x @ W.T + b).mean()`, the layer in `h[0].fc`; 8 times larger where fc is left."""
    nodes = (
        leaf(0, "h.0.fc.bias", (2,)),
        leaf(1, "h.0.fc.weight", (2, 3)),
        node(2, "TBackward0", "h[0].fc", (3, 2), (1,)),
        node(3, "MulBackward0", "h[0]", (4, 3), (None,)),
        node(
            4,
            "AddmmBackward0",
            "h[0].fc",
            (4, 2),
            (0, 3, 2),
            (
                Saved("mat1", (4, 3), "float32", 48, 1),
                Saved("alpha", text="1"),
                Saved("beta", text="1"),
            ),
        ),
        node(5, "ReluBackward0", "h[0].act", (4, 2), (4,)),
        node(6, "MeanBackward0", "", (), (5,)),
    )
    steps = (
        step(6, tensor(1.0, ()), (5, tensor(0.5))),
        step(5, tensor(0.5), (4, tensor(0.25))),
        TensorStep(4, (tensor(0.25),), (
            TensorWrite(0, 0, tensor(0.3, (2,)), summed_from=(4, 2)),
            TensorWrite(3, 1, tensor(2.0, (4, 3), nonfinite)),
            TensorWrite(2, 2, tensor(0.7, (3, 2))),
        )),
        step(0, tensor(0.3, (2,))),
        step(2, tensor(0.7, (3, 2)), (1, tensor(0.7, (2, 3)))),
        step(1, tensor(0.7, (2, 3))),
        TensorStep(3, (tensor(2.0, (4, 3), nonfinite),), ()),
    )  # fmt: skip
    parameters = (
        received("h.0.fc.weight", (2, 3), 0.7, 1),
        received("h.0.fc.bias", (2,), 0.3, 0, held=tensor(0.4, (2,))),
        ParameterGrad("h.0.unused", (2,), "float32", None, None),
    )
    return TensorRecording(
        "2.9", "dry", (6,), nodes, steps, parameters, values=(tensor(1.5, ()),), names=("loss",)
    )


def small_session(nonfinite: int = 0) -> TensorSession:
    """A session on it."""
    return TensorSession(OpenedTensors("train.py", small_recording(nonfinite), "1st backward() call", ""))


def node(
    place: int,
    op: str,
    scope: str,
    shape: Shape,
    parents: tuple[int | None, ...],
    saved: tuple[Saved, ...] = (),
) -> TensorNode:
    """A node that a forward op left."""
    return TensorNode(place, op, "", scope, "model.py:7", shape, "float32", parents, saved=saved)


def leaf(place: int, name: str, shape: Shape) -> TensorNode:
    """A parameter."""
    return TensorNode(place, "AccumulateGrad", name, "h[0].fc", "", shape, "float32", ())


def step(place: int, grad: Summary, *given: tuple[int, Summary]) -> TensorStep:
    """A step that gives to each parent in turn."""
    return TensorStep(place, (grad,), tuple(TensorWrite(to, i, g) for i, (to, g) in enumerate(given)))


def received(
    name: str, shape: Shape, norm: float, place: int, held: Summary | None = None
) -> ParameterGrad:
    """A parameter that received a gradient."""
    grad, value = tensor(norm, shape), tensor(2.0, shape)
    return ParameterGrad(name, shape, "float32", grad, True, place, value, held)


def one(x: float) -> Summary:
    """A tensor of one number."""
    return Summary((), "float32", abs(x), x, x, x, x, 0.0, 0)


def scalar_session() -> TensorSession:
    """`f = tanh(a * b)` where a = 2, b = -3, with rounder numbers."""
    nodes = (
        leaf(0, "a", ()),
        leaf(1, "b", ()),
        node(2, "MulBackward0", "", (), (0, 1)),
        node(3, "TanhBackward0", "", (), (2,)),
    )
    steps = (
        step(3, one(1.0), (2, one(0.5))),
        step(2, one(0.5), (0, one(-1.5)), (1, one(1.0))),
        step(0, one(-1.5)),
        step(1, one(1.0)),
    )
    leaves = tuple(
        ParameterGrad(name, (), "float32", one(0.0), True, i, one(x))
        for i, (name, x) in enumerate((("a", 2.0), ("b", -3.0)))
    )
    log = TensorRecording("2.9", "dry", (3,), nodes, steps, leaves, values=(one(-1.0),), names=("f",))
    return TensorSession(OpenedTensors("train.py", log, "1st backward() call", ""))
