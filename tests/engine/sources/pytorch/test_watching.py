"""Watching a PyTorch model: the numbers are PyTorch's own, and the model is afterwards as it was."""

import copy
import io
import math
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402

from micrograd_tui.engine.learning.module_look import Look, ModuleLook  # noqa: E402
from micrograd_tui.engine.sources.pytorch.watching.updates import STEPS  # noqa: E402
from micrograd_tui.engine.sources.pytorch.watching.watched import WatchedModel  # noqa: E402

pytestmark = [pytest.mark.requires("torch"), pytest.mark.filterwarnings("ignore")]


class Net(nn.Module):
    """Relus as a module, as a function and as a method."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(4, 16), nn.Linear(16, 16), nn.Linear(16, 16)
        self.act, self.head = nn.ReLU(), nn.Linear(16, 1)

    def forward(self, x: Any) -> Any:
        return self.head(torch.clamp(self.fc3(F.relu(self.fc2(self.act(self.fc1(x))))), min=0))


def batch() -> tuple[Any, Any]:
    x = torch.randn(32, 4)
    return x, x.sum(1, keepdim=True)


def step(model: Any, optimizer: Any, zero_after: bool = False) -> float:
    x, y = batch()
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if zero_after:
        optimizer.zero_grad()
    return float(loss)


def looked(watched: WatchedModel) -> Look:
    look = watched.logged(True, False)
    assert look is not None
    watched.expect()
    return look


def by_name(look: Look) -> dict[str, ModuleLook]:
    return {each.name: each for each in look.modules}


def norm(tensors: list[Any]) -> float:
    return math.sqrt(sum(float((t.double() ** 2).sum()) for t in tensors))


@pytest.mark.parametrize("zero_after", [False, True])
@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.AdamW])
def test_norms_and_updates_are_those_worked_out_by_hand(
    make: Callable[..., Any], zero_after: bool
) -> None:
    torch.manual_seed(0)
    model = Net()
    optimizer = make(model.parameters(), lr=0.01)
    watched = WatchedModel(model)
    watched.expect()
    for _ in range(3):
        before = {
            name: [p.detach().clone() for p in m.parameters()] for name, m in model.named_children()
        }
        grads: dict[str, list[Any]] = {}
        hook = optimizer.register_step_pre_hook(
            lambda *_, grads=grads: grads.update(
                {n: [p.grad.clone() for p in m.parameters()] for n, m in model.named_children()}
            )
        )
        step(model, optimizer, zero_after)
        hook.remove()
        found = by_name(looked(watched))

        assert list(found) == ["fc1", "fc2", "fc3", "head"]
        for name, each in found.items():
            moved = [
                p.detach() - old
                for p, old in zip(getattr(model, name).parameters(), before[name], strict=True)
            ]
            assert each.weights.norm == pytest.approx(norm(before[name]), rel=1e-5)
            assert each.gradients.norm == pytest.approx(norm(grads[name]), rel=1e-5)
            assert each.update == pytest.approx(norm(moved) / norm(before[name]), rel=1e-4)
            assert each.weights.count == sum(p.numel() for p in before[name])
            assert each.weights.reach == pytest.approx(max(float(p.abs().max()) for p in before[name]))
    watched.stop()


def test_dead_units_are_those_that_give_nothing_for_the_whole_batch() -> None:
    torch.manual_seed(0)
    model = Net()
    with torch.no_grad():
        model.fc1.bias[:5] = -100
        model.fc2.bias[:3] = -100
        model.fc3.bias[:7] = -100
    watched = WatchedModel(model)
    watched.expect()
    x, y = batch()
    h1 = torch.relu(model.fc1(x))
    h2 = torch.relu(model.fc2(h1))
    wanted = [int((h == 0).all(0).sum()) for h in (h1, h2, torch.relu(model.fc3(h2)))]

    ((model(x) - y) ** 2).mean().backward()
    found = by_name(looked(watched))

    assert [found[name].dead for name in ("fc1", "fc2", "fc3")] == wanted
    assert [found[name].units for name in ("fc1", "fc2", "fc3", "head")] == [16, 16, 16, 0]
    ((model(x) - y) ** 2).mean().backward()
    assert [each.still_dead for each in looked(watched).modules] == [*wanted, 0]
    watched.stop()


def test_channels_of_a_convolution_are_its_units() -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 36, 2)
    )
    with torch.no_grad():
        model[1].bias[:2] = -100
    watched = WatchedModel(model)
    watched.expect()

    model(torch.randn(4, 3, 8, 8)).sum().backward()
    found = by_name(looked(watched))

    assert (found["[1]"].units, found["[1]"].dead, found["[0]"].units) == (6, 2, 0)
    watched.stop()


def test_histograms_count_every_number_of_a_small_layer() -> None:
    model = nn.Linear(3, 1, bias=False)
    with torch.no_grad():
        model.weight[:] = torch.tensor([[-1.0, 0.01, 1.0]])
    watched = WatchedModel(model)

    bars = looked(watched).modules[0].weights.bars

    assert [i for i, bar in enumerate(bars) if bar] == [0, 24, 47]
    watched.stop()


def test_the_first_output_that_is_not_finite_is_named() -> None:
    model = Net()
    watched = WatchedModel(model)
    with torch.no_grad():
        model.fc2.weight[0, 0] = math.inf

    model(batch()[0])
    look = watched.logged(False, True)

    assert look is not None
    assert look.born == "fc2"
    assert by_name(look)["fc2"].weights.nonfinite == 1
    assert by_name(look)["fc1"].nonfinite == 0
    watched.stop()


def odd(name: str) -> Any:
    torch.manual_seed(0)
    return {
        "frozen": lambda: Net().requires_grad_(False),
        "empty": nn.Identity,
        "embedding": lambda: nn.Sequential(nn.Embedding(9, 4, sparse=True), nn.Linear(4, 1)),
        "half": lambda: Net().to(torch.bfloat16),
        "double": lambda: Net().double(),
        "complex": lambda: nn.Linear(4, 2, dtype=torch.complex64),
        "lazy": lambda: nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.Linear(3, 1)),
        "lstm": lambda: nn.LSTM(4, 3),
        "data parallel": lambda: nn.DataParallel(Net()),
        "attention": lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True),
        "tied": lambda: tied(),
        "nothing in a part": lambda: nn.Linear(0, 3),
    }[name]()


def tied() -> Any:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].weight = model[0].weight
    return model


@pytest.mark.parametrize(
    "name",
    [
        "frozen",
        "empty",
        "embedding",
        "half",
        "double",
        "complex",
        "lazy",
        "lstm",
        "data parallel",
        "attention",
        "tied",
        "nothing in a part",
    ],
)
def test_models_of_every_kind_can_be_looked_at(name: str) -> None:
    model = odd(name)
    watched = WatchedModel(model)
    watched.expect()
    kinds = {p.dtype for p in model.parameters()} or {torch.float32}
    x = torch.randint(0, 9, (5, 4)) if name == "embedding" else torch.randn(5, 4, dtype=next(iter(kinds)))
    x = x[:, :0] if name == "nothing in a part" else x[None] if name == "attention" else x
    output = model(x)
    output = (output[0] if isinstance(output, tuple) else output).abs().sum()
    if output.requires_grad:
        output.backward()

    look = looked(watched)

    parameters = {id(p): p for p in model.parameters()}
    assert sum(each.weights.count for each in look.modules) == sum(p.numel() for p in parameters.values())
    for each in look.modules:
        assert each.weights.nonfinite == each.gradients.nonfinite == 0
        assert each.frozen == (name == "frozen")
    total = math.hypot(*(each.gradients.norm for each in look.modules))
    grads = [p.grad.to_dense() for p in parameters.values() if p.grad is not None]
    assert total == pytest.approx(
        math.sqrt(sum(float((g.abs().double() ** 2).sum()) for g in grads)), rel=1e-2
    )
    watched.stop()
    assert clean(model)


def clean(model: Any) -> bool:
    return not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_a_parameter_that_receives_none_is_counted() -> None:
    model = Net()
    watched = WatchedModel(model)
    model.fc1(batch()[0]).sum().backward()

    found = by_name(looked(watched))

    assert found["fc1"].silent == 0
    assert (found["head"].silent, found["head"].gradients.count) == (2, 0)
    watched.stop()


def test_a_copy_or_a_saved_model_has_nothing_of_ours() -> None:
    model = Net()
    watched = WatchedModel(model)
    watched.expect()
    file = io.BytesIO()
    torch.save(model, file)
    text = file.getvalue()
    file.seek(0)

    for other in (copy.deepcopy(model), torch.load(file, weights_only=False)):
        other(batch()[0]).sum().backward()
    assert b"micrograd" not in text
    assert list(model.state_dict()) == list(Net().state_dict())
    look = looked(watched)
    assert not look.passed
    assert all(not each.gradients.count for each in look.modules)
    watched.stop()
    assert clean(model)


def test_what_torch_compile_takes_over_stays_whole() -> None:
    model = Net()
    watched = WatchedModel(model)
    watched.expect()
    whole = torch.compile(model, backend="eager", fullgraph=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(2):
        step(whole, optimizer)
        look = looked(watched)
    after = WatchedModel(whole)

    assert [each.name for each in look.modules] == ["fc1", "fc2", "fc3", "head"]
    assert all(each.gradients.norm > 0 and each.update for each in look.modules)
    assert "torch.compile" in after.unseen
    assert [each.name for each in looked(after).modules] == ["fc1", "fc2", "fc3", "head"]
    for one in (watched, after):
        one.stop()
    torch._dynamo.reset()
    torch._dynamo.eval_frame.cached_backends.clear()


def test_two_models_are_measured_at_the_steps_of_their_own_optimizers() -> None:
    torch.manual_seed(0)
    first, second = Net(), Net()
    optimizers = [torch.optim.SGD(m.parameters(), lr=lr) for m, lr in ((first, 0.01), (second, 0.02))]
    watched = [WatchedModel(m) for m in (first, second)]
    for each in watched:
        each.expect()
    for model, optimizer in zip((first, second), optimizers, strict=True):
        step(model, optimizer)
    for optimizer in optimizers:
        optimizer.zero_grad()

    for one, rate in zip(watched, (0.01, 0.02), strict=True):
        for module in looked(one).modules:
            wanted = rate * module.gradients.norm / module.weights.norm
            assert module.update == pytest.approx(wanted, rel=1e-3)
        one.stop()
    assert not STEPS._handles


def test_a_look_waits_for_the_step_that_gathered_gradients_lead_to() -> None:
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    watched = WatchedModel(model)
    watched.expect()
    step(model, optimizer)
    looked(watched)
    found = []
    for i in range(8):
        x, y = batch()
        ((model(x) - y) ** 2).mean().backward()
        if i % 4 == 3:
            whole = norm([p.grad for p in model.fc1.parameters()])
            optimizer.step()
            optimizer.zero_grad()
        look = watched.logged(i == 0, False)
        if look is not None:
            found.append(i)
            assert by_name(look)["fc1"].gradients.norm == pytest.approx(whole, rel=1e-4)

    assert found == [3]
    watched.stop()


def test_updates_made_by_hand_are_measured_from_look_to_look() -> None:
    torch.manual_seed(0)
    model = Net()
    watched = WatchedModel(model)
    for _ in range(2):
        watched.expect()
        x, y = batch()
        model.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        before = [p.detach().clone() for p in model.fc1.parameters()]
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.01 * p.grad
        moved = [p.detach() - b for p, b in zip(model.fc1.parameters(), before, strict=True)]
        look = watched.logged(True, False)
        assert look is not None

        assert by_name(look)["fc1"].update == pytest.approx(norm(moved) / norm(before), rel=1e-4)
    watched.stop()


def test_ctrl_c_in_the_forward_pass_leaves_no_mode_behind() -> None:
    class Interrupted(nn.Module):
        def forward(self, x: Any) -> Any:
            raise KeyboardInterrupt

    model = nn.Sequential(nn.Linear(4, 4), Interrupted())
    watched = WatchedModel(model)
    watched.expect()
    with pytest.raises(KeyboardInterrupt):
        model(batch()[0])
    watched.stop()

    assert torch.overrides._get_current_function_mode() is None


def test_the_gradient_of_a_loss_that_was_scaled_is_the_one_the_optimizer_uses() -> None:
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    watched = WatchedModel(model)
    watched.expect()
    x, y = batch()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = ((model(x) - y) ** 2).mean()
    scaler.scale(loss).backward()
    scaled = norm([p.grad for p in model.fc1.parameters()])
    scaler.step(optimizer)
    scaler.update()

    assert by_name(looked(watched))["fc1"].gradients.norm == pytest.approx(scaled / 1024, rel=1e-4)
    watched.stop()


def test_a_closure_works_out_the_gradients_inside_of_the_step() -> None:
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    watched = WatchedModel(model)
    watched.expect()
    x, y = batch()

    def closure() -> Any:
        optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    for module in looked(watched).modules:
        own = [p.grad for p in getattr(model, module.name).parameters()]
        assert module.gradients.norm == pytest.approx(norm(own), rel=1e-5)
        assert module.silent == 0
    watched.stop()


def test_parts_that_are_called_by_themselves_are_noted_and_do_not_gather() -> None:
    model = Net()
    watched = WatchedModel(model)
    for _ in range(3):
        model.fc2(model.fc1(batch()[0])).sum().backward()
        watched.logged(False, False)
    assert not watched._forward._sums

    with torch.no_grad():
        model.fc1.weight[0, 0] = math.nan
    model.fc2(model.fc1(batch()[0]))
    look = watched.logged(False, True)

    assert look is not None
    assert look.born == "fc1"
    watched.stop()


def test_how_far_a_large_layer_moves_is_found_of_an_even_sample() -> None:
    torch.manual_seed(0)
    model = nn.Linear(512, 512)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watched = WatchedModel(model)
    watched.expect()
    before = [p.detach().clone() for p in model.parameters()]
    model(torch.randn(16, 512)).square().mean().backward()
    optimizer.step()
    (found,) = looked(watched).modules

    moved = [p.detach() - old for p, old in zip(model.parameters(), before, strict=True)]
    assert found.update == pytest.approx(norm(moved) / norm(before), rel=0.02)
    assert found.weights.norm == pytest.approx(norm(before), rel=1e-5)
    watched.stop()
