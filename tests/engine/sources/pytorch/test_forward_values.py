"""Nan and inf of a forward pass, found while it runs: at which node, and what they were made of."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

from torch import nn  # noqa: E402
from torch_graphs import Cube  # noqa: E402

from micrograd_tui.engine.recording.ledger import ledger  # noqa: E402
from micrograd_tui.engine.recording.tensor import TensorRecording  # noqa: E402
from micrograd_tui.engine.sources.pytorch.backward_call import backward_call  # noqa: E402
from micrograd_tui.engine.sources.pytorch.forward import ForwardNotes  # noqa: E402
from micrograd_tui.engine.sources.pytorch.record import Scene, record  # noqa: E402

pytestmark = pytest.mark.requires("torch")
X, ZERO = (1.0, 2.0, 3.0), (0.0, 1.0, 2.0)
Build = Callable[[Any], Any]


def recorded(build: Build) -> TensorRecording:
    notes = ForwardNotes()
    x = torch.tensor(X, requires_grad=True)
    notes.start()
    try:
        loss = build(x)
    finally:
        notes.stop()
    return record(backward_call(loss), Scene({"x": x}, loss.backward, notes))


def forward(log: TensorRecording) -> list[tuple[str, str, str]]:
    entries = ledger(log).forward.values()
    return [(log.nodes[each.node].op.partition("Backward")[0], each.state, each.why) for each in entries]


def hidden_by_where(x: Any) -> Any:
    y = x / torch.tensor(ZERO)
    return torch.where(torch.isinf(y), torch.zeros(3), y).sum()


def hidden_by_nan_to_num(x: Any) -> Any:
    return torch.nan_to_num(torch.log(x - 2)).sum()


def hidden_by_a_part(x: Any) -> Any:
    return (x / torch.tensor(ZERO))[1:].sum()


def hidden_in_place(x: Any) -> Any:
    y = x / torch.tensor(ZERO)
    y[torch.isinf(y)] = 0.0
    return y.sum()


def changed_elsewhere(x: Any) -> Any:
    y = x / torch.tensor(ZERO)
    y[1] = 5.0
    return torch.nan_to_num(y).sum()


def hidden_by_its_inverse(x: Any) -> Any:
    return (1 / torch.exp(x * 1000)).sum()


def of_a_function(x: Any) -> Any:
    return torch.clamp(Cube.apply(x * 1e20), max=1.0).sum()


def of_a_list(x: Any) -> Any:
    return torch.nan_to_num(torch.stack([x, x + float("nan")])).sum()


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (hidden_by_where, [("Div", "born", "1 inf"), ("Where", "healed", "")]),
        (hidden_by_nan_to_num, [("Log", "born", "1 nan, 1 -inf"), ("NanToNum", "healed", "")]),
        (hidden_by_a_part, [("Div", "born", "1 inf"), ("Slice", "healed", "")]),
        (hidden_in_place, [("Div", "born", "1 inf"), ("IndexPut", "healed", "")]),
        (
            changed_elsewhere,
            [("Div", "born", "1 inf"), ("CopySlices", "passed on", "1 inf"), ("NanToNum", "healed", "")],
        ),
        (hidden_by_its_inverse, [("Exp", "born", "3 inf"), ("Reciprocal", "healed", "")]),
        (of_a_function, [("Cube", "born", "3 inf"), ("Clamp", "healed", "")]),
        (
            of_a_list,
            [("Add", "born", "3 nan"), ("Stack", "passed on", "3 nan"), ("NanToNum", "healed", "")],
        ),
    ],
)
def test_where_it_is_born_and_where_hidden(build: Build, wanted: list[tuple[str, str, str]]) -> None:
    assert forward(recorded(build)) == wanted


def test_a_birth_knows_its_operands() -> None:
    (born, _) = ledger(recorded(hidden_by_where)).forward.values()
    operands = dict(born.operands)

    assert list(operands) == ["self", "other"]
    assert operands["other"].zeros == pytest.approx(1 / 3)


def test_a_parameter_that_is_not_finite_is_where_it_begins() -> None:
    net = nn.Linear(3, 2)
    with torch.no_grad():
        net.weight[0, 1] = float("nan")

    assert forward(recorded(lambda x: net(x).sum()))[0] == ("AccumulateGrad", "born", "1 nan")


def test_a_mask_of_attention_is_nobodys_fault() -> None:
    mask = torch.full((3, 3), float("-inf")).triu(1)
    book = ledger(recorded(lambda x: ((x[:, None] * x + mask).softmax(-1) ** 2).sum()))

    assert [each.meant for each in book.entries] == [True, True]


def test_a_clean_pass_and_what_hangs_on_no_graph_have_no_entry() -> None:
    def build(x: Any) -> Any:
        torch.tensor(ZERO).reciprocal()
        return (x.detach() / torch.tensor(ZERO)).isinf().float().sum() + x.sum()

    assert recorded(build).not_finite == ()


def test_it_is_not_known_of_a_pass_that_nobody_watched() -> None:
    x = torch.tensor(X, requires_grad=True)
    loss = hidden_by_where(x)

    assert record(backward_call(loss), Scene({}, loss.backward)).not_finite is None


def test_a_mode_of_the_programs_own_is_left_in_its_place() -> None:
    from torch.utils.flop_counter import FlopCounterMode

    notes = ForwardNotes()
    with FlopCounterMode(display=False) as flops:
        notes.start()
        torch.ones(2, 2) @ torch.ones(2, 2)
    notes.stop()

    assert flops.get_total_flops() == 16
    assert not notes.values.saw([0])


def test_what_another_thread_did_was_not_watched() -> None:
    made: list[Any] = []
    notes, x = ForwardNotes(), torch.tensor(X, requires_grad=True)
    notes.start()
    thread = threading.Thread(target=lambda: made.append(hidden_by_where(x)))
    thread.start()
    thread.join()
    notes.stop()
    (loss,) = made

    assert record(backward_call(loss), Scene({}, loss.backward, notes)).not_finite is None


@pytest.mark.parametrize("scale", ["scaler", "by hand", "gradient"])
def test_the_factor_of_a_loss_is_known_and_by_whom(scale: str) -> None:
    notes = ForwardNotes()
    x, seed = torch.tensor(X, requires_grad=True), None
    notes.start()
    loss = x.pow(2).sum()
    if scale == "scaler":
        loss = torch.amp.GradScaler("cpu", init_scale=32.0).scale(loss)
    elif scale == "by hand":
        loss = loss * 1000
    else:
        seed = torch.tensor(1024.0)
    notes.stop()
    log = record(backward_call(loss, seed), Scene({}, loss.backward, notes))

    assert log.scale
    factor, by = {
        "scaler": (32.0, "GradScaler"),
        "by hand": (1000.0, "the last product"),
        "gradient": (1024.0, "the gradient that backward() was given"),
    }[scale]
    assert (log.scale.factor, log.scale.by) == (factor, by)


def test_a_loss_among_others_is_weighed_and_not_scaled() -> None:
    assert recorded(lambda x: x.sum() * 0.5).scale is None
    assert recorded(lambda x: x.sum() * 10).scale is None
