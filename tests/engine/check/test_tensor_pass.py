"""What is said of a backward pass of PyTorch's that goes wrong; and that nothing is said of a sound one."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

from torch import nn  # noqa: E402
from torch_graphs import GPT, GivesNone, gpt_loss  # noqa: E402

from micrograd_tui.engine.check.tensor_finding import TensorFinding  # noqa: E402
from micrograd_tui.engine.check.tensor_pass import findings  # noqa: E402
from micrograd_tui.engine.sources.pytorch.backward_call import backward_call  # noqa: E402
from micrograd_tui.engine.sources.pytorch.forward import ForwardNotes  # noqa: E402
from micrograd_tui.engine.sources.pytorch.record import Scene, record  # noqa: E402

pytestmark = pytest.mark.requires("torch")
Build = Callable[[], tuple[Any, dict[str, Any]]]


def found(build: Build) -> list[TensorFinding]:
    torch.manual_seed(0)
    notes = ForwardNotes()
    notes.start()
    try:
        loss, held = build()
    finally:
        notes.stop()
    return findings(record(backward_call(loss), Scene(held, loss.backward, notes)))


def deep(layer: Callable[[], Any], count: int, scale: float = 1.0) -> tuple[Any, dict[str, Any]]:
    net = nn.Sequential(*(each for _ in range(count) for each in (nn.Linear(16, 16), layer())))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(scale)
    return net(torch.randn(8, 16)).pow(2).mean(), {"net": net}


def exploding() -> Any:
    return deep(nn.Identity, 10, 12.0)


def exploding_in_time() -> Any:
    rnn = nn.RNN(2, 8, nonlinearity="relu")
    with torch.no_grad():
        rnn.weight_hh_l0.mul_(10)
    return rnn(torch.randn(20, 3, 2))[0][-1].sum(), {"rnn": rnn}


def vanishing() -> Any:
    return deep(nn.Sigmoid, 12)


def square_root_of_zero() -> Any:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
    return net(torch.randn(8, 4)).sqrt().sum(), {"net": net}


def product_with_infinity() -> Any:
    x, scale = torch.ones(3, requires_grad=True), torch.tensor([1.0, float("inf"), 2.0])
    return (x * scale).sum(), {"x": x}


def nan_loss_and_finite_gradient() -> Any:
    x = torch.ones(3, requires_grad=True)
    return (x + float("nan")).sum(), {"x": x}


def dead_units() -> Any:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    nn.init.constant_(net[0].bias, -100.0)
    return net(torch.randn(8, 4)).sum(), {"net": net}


def unreached() -> Any:
    net = nn.ModuleDict({"used": nn.Linear(2, 1), "head": nn.Linear(2, 1)})
    return net["used"](torch.ones(1, 2)).sum(), {"net": net}


def none_arrives() -> Any:
    net, y = nn.Linear(2, 1), torch.ones(1, requires_grad=True)
    return GivesNone.apply(net(torch.ones(1, 2)), y).sum(), {"net": net, "y": y}


@pytest.mark.parametrize(
    ("build", "kind", "module", "said"),
    [
        (
            exploding,
            "exploding",
            "[12]",
            ("explodes in [12]", "9 more modules", "its weights are", "the largest jump is at"),
        ),
        (exploding_in_time, "exploding", "weight_ih_l0", ("explodes in weight_ih_l0",)),
        (vanishing, "vanishing", "[0]", ("vanishes in [0]", "6 more modules")),
        (
            square_root_of_zero,
            "not finite",
            "",
            (
                "SqrtBackward0",
                "given to ReluBackward0",
                "fed by result",
                "zero",
                "hidden at ReluBackward0",
            ),
        ),
        (
            product_with_infinity,
            "not finite",
            "",
            ("MulBackward0", "1 of 3 values given to x", "not finite"),
        ),
        (
            nan_loss_and_finite_gradient,
            "not finite",
            "",
            ("the loss is not finite (nan)", "AddBackward0", "made of self (1 .. 1) and other = nan"),
        ),
        (dead_units, "zero", "[0]", ("[0] receives a gradient of exactly zero", "ReluBackward0 of [1]")),
        (
            unreached,
            "none",
            "head",
            ("head.weight and head.bias receive no gradient (None)", "does not reach"),
        ),
        (none_arrives, "none", "", ("weight and bias receive no gradient (None)", "None arrives")),
    ],
)
def test_what_goes_wrong_is_named_with_its_module_in_a_sentence(
    build: Build, kind: str, module: str, said: tuple[str, ...]
) -> None:
    first, *others = found(build)

    assert (first.kind, first.module) == (kind, module)
    assert all(words in first.sentence for words in said), first.sentence
    assert not others


def mlp() -> Any:
    return deep(nn.Tanh, 3)


def gpt() -> Any:
    model = GPT(tied=True)
    return gpt_loss(model), {"model": model}


def cnn() -> Any:
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10)
    )
    return nn.functional.cross_entropy(net(torch.randn(8, 1, 8, 8)), torch.randint(0, 10, (8,))), {
        "net": net
    }


def scaled_by_mixed_precision() -> Any:
    net = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2))
    scaler = torch.amp.GradScaler("cpu", init_scale=65536.0)
    return scaler.scale(net(torch.randn(8, 4)).pow(2).mean()), {"net": net}


def frozen_backbone() -> Any:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    net[0].requires_grad_(False)
    return net(torch.randn(8, 4)).sum(), {"net": net}


def two_models_by_turns() -> Any:
    one, other = nn.Linear(2, 2), nn.Linear(2, 1)
    return other(one(torch.ones(3, 2)).detach()).sum(), {"one": one, "other": other}


def layer_scale() -> Any:
    net, gamma = nn.Linear(4, 4), torch.full((4,), 1e-6, requires_grad=True)
    return (net(torch.randn(8, 4)) * gamma + torch.randn(8, 4)).pow(2).mean(), {"gamma": gamma}


def summed_loss() -> Any:
    """As of a variational autoencoder: its gradient is large because there is much to sum."""
    net = nn.Sequential(nn.Linear(50, 200), nn.ReLU(), nn.Linear(200, 784), nn.Sigmoid())
    target = (torch.rand(128, 784) > 0.8).float()
    return nn.functional.binary_cross_entropy(net(torch.randn(128, 50)), target, reduction="sum"), {
        "net": net
    }


def scaled_by_hand() -> Any:
    net = nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 2))
    return net(torch.randn(8, 4)).pow(2).mean() * 1000.0, {"net": net}


def minimised_alone() -> Any:
    x = torch.tensor([-1.2, 1.0], requires_grad=True)
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2, {"x": x}


def masked_attention() -> Any:
    net, mask = nn.Linear(4, 4), torch.ones(3, 3).tril() == 0
    scores = net(torch.randn(3, 4)) @ net(torch.randn(3, 4)).T
    return scores.masked_fill(mask, float("-inf")).softmax(-1).pow(2).sum(), {"net": net}


@pytest.mark.parametrize(
    "build",
    [
        mlp,
        summed_loss,
        scaled_by_hand,
        minimised_alone,
        masked_attention,
        gpt,
        cnn,
        scaled_by_mixed_precision,
        frozen_backbone,
        layer_scale,
        two_models_by_turns,
    ],
)
def test_nothing_is_said_of_a_sound_pass(build: Build) -> None:
    assert found(build) == []


def hidden_by_where() -> Any:
    net = nn.Linear(3, 3)
    y = net(torch.ones(1, 3)) + torch.tensor([0.0, float("nan"), 0.0])
    return torch.where(y.isnan(), 0.0, y).sum(), {"net": net}


def overflows_under_a_scaler() -> Any:
    net = nn.Linear(4, 4).half()
    loss = (net(torch.randn(2, 4).half()) * 100).float().pow(2).mean()
    return torch.amp.GradScaler("cpu", init_scale=2.0**17).scale(loss), {"net": net}


def last_layer_begins_at_zero() -> Any:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    nn.init.zeros_(net[2].weight)
    return net(torch.randn(8, 4)).pow(2).sum() + net(torch.randn(8, 4)).sum(), {"net": net}


@pytest.mark.parametrize(
    ("build", "kind", "said"),
    [
        (
            hidden_by_where,
            "healed",
            ("AddBackward0", "1 nan", "1 of 3 values hidden at WhereBackward0", "finite all the same"),
        ),
        (
            overflows_under_a_scaler,
            "not finite",
            (
                "ToCopyBackward0",
                "as float16, out of what arrived",
                "multiplied by 131072 (GradScaler",
                "skips",
            ),
        ),
        (
            last_layer_begins_at_zero,
            "zero",
            ("[0] receives a gradient of exactly zero in this step", "2.weight", "all zero as yet"),
        ),
    ],
)
def test_what_may_be_meant_or_was_hidden_is_a_warning(
    build: Build, kind: str, said: tuple[str, ...]
) -> None:
    (finding,) = found(build)

    assert (finding.kind, finding.severity) == (kind, "warning")
    assert all(words in finding.sentence for words in said), finding.sentence


def test_a_net_that_is_all_zero_never_learns_and_that_is_a_fault() -> None:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    for parameter in net.parameters():
        nn.init.zeros_(parameter)
    targets = torch.tensor([0, 1, 0, 0])
    (finding,) = found(
        lambda: (nn.functional.cross_entropy(net(torch.randn(4, 4)), targets), {"net": net})
    )

    assert (finding.kind, finding.severity) == ("zero", "fault")


def test_what_a_pass_is_not_asked_for_is_not_missed() -> None:
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 1))
    loss = net(torch.ones(1, 4)).sum()
    asked = backward_call(loss, inputs=[net[0].weight])

    assert findings(record(asked, Scene({"net": net}, asked.run, ForwardNotes()))) == []


def test_the_first_value_is_named_with_what_made_it_forward_too() -> None:
    first, *_ = found(lambda: (torch.log(torch.tensor([0.0, 1.0], requires_grad=True) * 1).sum(), {}))

    assert "the forward pass stops being finite at LogBackward0" in first.sentence
    assert "1 of 2 values (1 -inf), made of self (0 .. 1), of which 1 is zero" in first.sentence


def test_a_loss_cut_off_and_then_told_to_ask_for_a_gradient_reaches_no_model() -> None:
    net = nn.Linear(4, 2)
    loss = net(torch.ones(1, 4)).mean().detach().requires_grad_()
    (finding,) = findings(record(backward_call(loss), Scene({"net": net}, loss.backward)))

    assert finding.kind == "none"
    assert "this loss reaches no parameter of net: it is a leaf itself" in finding.sentence
