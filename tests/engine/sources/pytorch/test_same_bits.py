"""Kinds of graph, each stepped: equal to PyTorch's own backward to the last bit, and a sound recording."""

import math
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

from torch.utils.checkpoint import checkpoint  # noqa: E402
from torch_graphs import GRAPHS, LIVE, Made  # noqa: E402

from micrograd_tui.engine.recording.tensor import TensorRecording  # noqa: E402
from micrograd_tui.engine.sources.pytorch.backward_call import backward_call  # noqa: E402
from micrograd_tui.engine.sources.pytorch.forward import ForwardNotes  # noqa: E402
from micrograd_tui.engine.sources.pytorch.record import Scene, record  # noqa: E402
from micrograd_tui.engine.sources.pytorch.summary import summarise  # noqa: E402

pytestmark = [
    pytest.mark.requires("torch"),
    pytest.mark.filterwarnings("ignore"),
]


CHANGING = {"scripted"}
"""Those of which PyTorch makes another graph from call to call."""


def made(name: str, notes: ForwardNotes | None = None) -> Made:
    torch.manual_seed(0)
    if notes is None:
        return GRAPHS[name]()
    notes.start()
    try:
        return GRAPHS[name]()
    finally:
        notes.stop()


def recorded(made: Made, notes: ForwardNotes | None, way: Any = "") -> TensorRecording:
    def run() -> None:
        torch.autograd.backward(made.roots, made.seeds, **made.options)

    call = backward_call(made.roots, made.seeds, **made.options)
    return record(call, Scene(made.held, run, notes, way))


@cache
def of(name: str, way: Any = "") -> TensorRecording:
    notes = ForwardNotes()
    return recorded(made(name, notes), notes, way)


def modules(made: Made) -> dict[str, Any]:
    return {name: each for name, each in made.held.items() if isinstance(each, torch.nn.Module)}


def leaves(made: Made) -> dict[str, Any]:
    """The leaves by their names."""
    several = len(modules(made)) > 1
    found = {name: each for name, each in made.held.items() if name not in modules(made) and each.is_leaf}
    for name, module in modules(made).items():
        found |= {f"{name}.{key}" if several else key: each for key, each in module.named_parameters()}
    return found


def rounded(summary: Any) -> str:
    """A summary without its last digits: elements are added up as they lie in memory, `.grad` in its own way."""
    if summary is None or not math.isfinite(summary.norm):
        return repr(summary)
    unit = summary.norm or 1.0
    shares = [complex(x) / unit for x in (summary.sum, summary.mean)]
    return repr(
        (replace(summary, norm=f"{unit:.10e}", sum=0.0, mean=0.0), [f"{x + 1:.9f}" for x in shares])
    )


@pytest.mark.parametrize("name", GRAPHS)
def test_every_gradient_is_that_of_a_plain_backward(name: str) -> None:
    plain = made(name)
    torch.autograd.backward(plain.roots, plain.seeds, **plain.options)
    log = of(name)
    ours = {each.name: each.grad for each in log.parameters if each.name}

    assert log.same == len(log.received) > 0
    assert log.mode == ("live" if name in LIVE else "dry")
    assert bool(log.why) == (name in LIVE)
    for key, leaf in leaves(plain).items():
        assert rounded(ours.get(key)) == rounded(None if leaf.grad is None else summarise(leaf.grad)), key


@pytest.mark.parametrize("name", GRAPHS)
def test_nodes_stand_parents_first_and_steps_after_all_that_feed_them(name: str) -> None:
    log = of(name)
    visited = [step.node for step in log.steps]
    place = {node: i for i, node in enumerate(visited)}

    assert [node.id for node in log.nodes] == list(range(len(log.nodes)))
    assert all(parent is None or parent < node.id for node in log.nodes for parent in node.parents)
    assert len(set(visited)) == len(visited)
    for step in log.steps:
        for write in step.writes:
            assert log.nodes[step.node].parents[write.slot] == write.target
            assert write.target not in place or place[step.node] < place[write.target]


@pytest.mark.parametrize("name", sorted(set(GRAPHS) - LIVE - CHANGING))
def test_the_live_way_gives_the_same_numbers_at_every_node_as_the_dry_one(name: str) -> None:
    dry, live = of(name), of(name, "live")
    other = {step.node: step for step in live.steps}

    assert (dry.mode, live.mode) == ("dry", "live")
    assert {step.node for step in dry.steps} == set(other)
    for step in dry.steps:
        assert repr(step.grad) == repr(other[step.node].grad)
        theirs = other[step.node].writes
        assert [repr(each.amount) for each in step.writes] == [repr(each.amount) for each in theirs]


@pytest.mark.parametrize("name", sorted(set(GRAPHS) - LIVE - CHANGING))
def test_a_dry_run_adds_to_no_grad_and_can_be_done_again(name: str) -> None:
    notes = ForwardNotes()
    graph = made(name, notes)
    recorded(graph, notes, "dry")
    first, second = of(name), recorded(graph, notes, "dry")

    assert repr(first.steps) == repr(second.steps)
    assert all(leaf.grad is None for leaf in leaves(graph).values())


@pytest.mark.parametrize("name", ["hooked", "retained", "leaf_hook", "prehook", "module_hook", "mlp"])
def test_a_graph_whose_forward_nobody_watched_is_run_live_where_it_must(name: str) -> None:
    log = recorded(made(name), None)

    assert log.mode == ("live" if name in LIVE else "dry")
    assert log.same == len(log.received) > 0


def test_a_gradient_is_that_of_this_pass_alone_beside_what_grad_held_before() -> None:
    x = torch.arange(3.0, requires_grad=True)
    x.grad = torch.ones(3)
    for way in ("dry", "live"):
        loss = (x * x).sum()
        log = record(backward_call(loss), Scene({"x": x}, loss.backward, None, way))
        (received,) = log.received
        assert received.grad
        assert received.held
        assert (received.grad.sum, received.held.sum) == (6.0, 3.0)


def test_a_checkpoint_is_recomputed_once_in_each_pass() -> None:
    calls = []

    def part(x: Any) -> Any:
        calls.append(1)
        return torch.sigmoid(torch.exp(x) * x) * x

    x = torch.ones(3, requires_grad=True)
    loss = checkpoint(part, checkpoint(part, x, use_reentrant=False), use_reentrant=False).sum()
    log = record(backward_call(loss), Scene({"x": x}, loss.backward, ForwardNotes()))

    assert log.same == 1
    assert len(calls) == 6  # forward, dry run, PyTorch's own pass: each of the two parts


@pytest.mark.skipif(not torch.cuda.is_available(), reason="This needs a GPU.")
@pytest.mark.parametrize(
    "name", ["mlp", "cnn", "gpt_tied", "transformer", "lstm", "attention", "autocast"]
)
def test_it_is_the_same_to_the_last_bit_on_a_gpu(name: str) -> None:
    with torch.device("cuda"):
        log = of(name)

    assert log.same == len(log.received) > 0


def test_ops_stand_in_the_module_whose_forward_made_them_or_whose_parameter_they_use() -> None:
    log = of("gpt_tied")
    scopes = {scope: {log.nodes[i].op for i in nodes} for scope, nodes in log.scopes.items()}

    assert "SoftmaxBackward0" in scopes["transformer.h[1]"]
    assert {"GeluBackward0"} == scopes["transformer.h[0].mlp[1]"]
    assert {"EmbeddingBackward0", "AccumulateGrad"} == scopes["transformer.wpe"]
    assert {"AccumulateGrad", "EmbeddingBackward0"} <= scopes["transformer.wte"]
    assert "TBackward0" in scopes["lm_head"]
    assert "AddBackward0" in scopes[""]


def test_an_op_outside_of_every_module_stands_in_that_of_its_parameter() -> None:
    layer = torch.nn.Linear(2, 2)
    model = torch.nn.Sequential(layer, torch.nn.Tanh())
    loss = (torch.ones(1, 2) @ layer.weight.t()).sum()
    log = record(backward_call(loss), Scene({"model": model}, loss.backward, ForwardNotes()))

    assert [node.scope for node in log.nodes] == ["[0]", "[0]", "[0]", ""]
