"""Whole tensors of a pass: kept or computed again, they have the bits that passed, whatever was kept."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

from torch.autograd import Function  # noqa: E402
from torch_graphs import GRAPHS, LIVE, Made  # noqa: E402

from micrograd_tui.engine.recording.tensor_slice import parse_index, whole  # noqa: E402
from micrograd_tui.engine.recording.tensor_values import KEEP, NoValues, View, Which  # noqa: E402
from micrograd_tui.engine.sources.pytorch.backward_call import backward_call  # noqa: E402
from micrograd_tui.engine.sources.pytorch.dry_run import Visit  # noqa: E402
from micrograd_tui.engine.sources.pytorch.forward import ForwardNotes  # noqa: E402
from micrograd_tui.engine.sources.pytorch.record import Scene, record  # noqa: E402
from micrograd_tui.engine.sources.pytorch.same_bits import same_bits  # noqa: E402
from micrograd_tui.engine.sources.pytorch.values.blocks import block_means  # noqa: E402
from micrograd_tui.engine.sources.pytorch.values.kept import Keeper  # noqa: E402
from micrograd_tui.engine.sources.pytorch.values.pass_values import PassValues  # noqa: E402
from micrograd_tui.engine.sources.pytorch.values.window import numbers  # noqa: E402

pytestmark = [
    pytest.mark.requires("torch"),
    pytest.mark.filterwarnings("ignore"),
]

DRY = sorted(set(GRAPHS) - LIVE - {"scripted"})


class Copies(Keeper):
    """Copies all that passes."""

    def __init__(self) -> None:
        self.passed: dict[Which, Any] = {}

    def see(self, step: int, visit: Visit) -> None:
        for output, gradient in enumerate(visit.arrived):
            self.passed[Which(step, "grad", output)] = _copy(gradient)
        for sent in visit.sent:
            self.passed[Which(step, "sent", sent.slot)] = _copy(sent.amount)


class Both(PassValues):
    """Keeps, and copies all that passes beside it."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.copies = Copies()

    def begin(self, graph: Any, call: Any, live: bool) -> None:
        super().begin(graph, call, live)
        self.copies = Copies()

    def see(self, step: int, visit: Visit) -> None:
        super().see(step, visit)
        self.copies.see(step, visit)


def _copy(tensor: Any) -> Any:
    return None if tensor is None else tensor.detach().clone()


def made(name: str) -> tuple[Made, ForwardNotes]:
    torch.manual_seed(0)
    notes = ForwardNotes()
    notes.start()
    try:
        return GRAPHS[name](), notes
    finally:
        notes.stop()


def recorded(name: str, values: PassValues, way: Any = "") -> None:
    graph, notes = made(name)
    call = backward_call(graph.roots, graph.seeds, **graph.options)

    def run() -> None:
        torch.autograd.backward(graph.roots, graph.seeds, **graph.options)

    record(call, Scene(graph.held, run, notes, way, values))


def there_and_back(places: list[Which]) -> Iterator[Which]:
    """As somebody who steps to the end, back, and jumps."""
    yield from places[:: max(1, len(places) // 12)]
    yield from reversed(places[:: max(1, len(places) // 5)])
    yield from places[:: max(1, len(places) // 3)]


@pytest.mark.parametrize("name", DRY)
@pytest.mark.parametrize("most", [0, 3_000, KEEP])
def test_what_is_shown_has_the_bits_that_passed_whatever_is_kept(name: str, most: int) -> None:
    values = Both(most)
    recorded(name, values)

    assert values.budget.kept <= most
    assert values.copies.passed
    for which in there_and_back(list(values.copies.passed)):
        passed = values.copies.passed[which]
        if passed is None:
            with pytest.raises(NoValues, match="None"):
                values.window(which, View(whole(()), 1, (0, 1), (0, 1)))
        else:
            assert same_bits(values._tensor(which)[0], passed), which


@pytest.mark.parametrize("name", ["mlp", "transformer", "cnn", "lstm"])
def test_what_a_leaf_receives_is_pytorchs_own_gradient(name: str) -> None:
    plain, _ = made(name)
    torch.autograd.backward(plain.roots, plain.seeds, **plain.options)
    theirs = [
        leaf.grad
        for each in plain.held.values()
        for leaf in (each.parameters() if isinstance(each, torch.nn.Module) else [each])
        if leaf.grad is not None
    ]
    for most in (0, KEEP):
        values = PassValues(most)
        recorded(name, values)
        ours = [
            values._tensor(Which(step, "grad"))[0]
            for step, taken in enumerate(values._steps)
            if values._graph.leaf(taken.node) is not None and taken.grad[0] is not None
        ]
        assert ours
        for gradient in ours:
            assert any(same_bits(gradient, other) for other in theirs)


def test_a_live_run_keeps_what_fits_and_says_what_it_cannot_do() -> None:
    values = Both(KEEP)
    recorded("hooked", values)
    assert values.budget.live
    for which, passed in values.copies.passed.items():
        if passed is not None:
            assert same_bits(values._tensor(which)[0], passed)

    nothing = PassValues(0)
    recorded("hooked", nothing)
    with pytest.raises(NoValues, match="a live run cannot be done again"):
        nothing.window(Which(1, "grad"), View(whole(()), 1, (0, 1), (0, 1)))


def test_a_rule_that_is_not_the_same_each_time_gives_no_wrong_number() -> None:
    class Noisy(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * torch.rand_like(g)

    x = torch.ones(3, requires_grad=True)
    loss = Noisy.apply(x).sum()
    values = PassValues(0)
    record(backward_call(loss), Scene({"x": x}, loss.backward, ForwardNotes(), "dry", values))

    with pytest.raises(NoValues, match="comes out otherwise"):
        values.window(Which(1, "sent", 0), View(whole((3,)), 3, (0, 1), (0, 3)))


def test_a_rule_that_changes_its_gradient_in_place_spoils_nothing_that_is_shown() -> None:
    class InPlace(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g.mul_(2)

    x = torch.randn(3, requires_grad=True)
    loss = (InPlace.apply(x * x) ** 2).sum()
    values = Both(KEEP)
    record(backward_call(loss), Scene({"x": x}, loss.backward, ForwardNotes(), "dry", values))

    for which, passed in values.copies.passed.items():
        if passed is not None:
            assert same_bits(values._tensor(which)[0], passed), which


def test_what_a_node_has_saved_and_a_parameter_can_be_looked_at() -> None:
    layer = torch.nn.Linear(3, 2)
    layer.weight.grad = torch.full((2, 3), 7.0)
    x = torch.randn(4, 3)
    loss = layer(x).tanh().sum()
    values = PassValues()
    record(backward_call(loss), Scene({"layer": layer}, loss.backward, ForwardNotes(), "", values))
    steps = [values._graph.op(step.node) for step in values._steps]
    leaf = next(
        i for i, step in enumerate(values._steps) if values._graph.leaf(step.node) is layer.weight
    )

    assert same_bits(values._tensor(Which(steps.index("AddmmBackward0"), "saved", name="mat1"))[0], x)
    assert same_bits(values._tensor(Which(leaf, "leaf"))[0], layer.weight.detach())
    assert same_bits(values._tensor(Which(leaf, "held"))[0], torch.full((2, 3), 7.0))
    with pytest.raises(NoValues, match="cannot be read"):
        values.shape(Which(0, "saved", name="nothing"))


# Parts of a tensor

TENSORS: dict[str, Callable[[], Any]] = {
    "matrix": lambda: torch.randn(50, 40),
    "transposed": lambda: torch.randn(40, 50).t(),
    "five": lambda: torch.randn(2, 3, 4, 5, 6),
    "vector": lambda: torch.randn(103),
    "scalar": lambda: torch.tensor(3.25),
    "empty": lambda: torch.zeros(0, 4),
    "no columns": lambda: torch.zeros(4, 0),
    "half": lambda: torch.randn(7, 9).half(),
    "bfloat16": lambda: torch.randn(7, 9).bfloat16(),
    "double": lambda: torch.randn(7, 9).double(),
    "complex": lambda: torch.randn(5, 4, dtype=torch.complex64).conj(),
    "bool": lambda: torch.rand(5, 4) > 0.5,
    "int": lambda: torch.randint(-(2**62), 2**62, (5, 4)),
    "expanded": lambda: torch.tensor(2.0).expand(30, 20),
    "sparse": lambda: torch.randn(30, 8).relu().to_sparse(),
    "sparse five": lambda: torch.randn(6, 5, 4, 3, 2).relu().to_sparse(),
    "hybrid": lambda: torch.sparse_coo_tensor([[1, 7, 1]], torch.randn(3, 4), (9, 4)),
    "csr": lambda: torch.randn(6, 5).relu().to_sparse_csr(),
}
INDICES = ["", "[-1]", "[..., 1]", "[::2]", "[1:4]", "[..., 1:3]", "[:, -2]", "[0, ...]", "[1:1]"]


def tensor_called(name: str) -> Any:
    torch.manual_seed(0)
    with warnings.catch_warnings(action="ignore"):  # of sparse tensors: they are in beta
        return TENSORS[name]()


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("name", TENSORS)
def test_a_window_is_what_pytorch_itself_gives_for_the_index(name: str, index: str) -> None:
    tensor = tensor_called(name)
    shape = tuple(tensor.shape)
    inner = index.strip("[]")
    needed = 2 if "," in inner and "..." not in inner else 1 if inner else 0
    if needed > len(shape) or (index and 0 in shape[:1] and ":" not in inner.split(",")[0]):
        return
    try:
        dense = tensor.to_dense() if tensor.layout != torch.strided else tensor
        wanted = eval(f"dense{index}") if index else dense
    except IndexError:
        return
    pick = parse_index(index, shape)
    listed = wanted.resolve_conj().reshape(-1).tolist()

    given = numbers(tensor, View(pick, 10, (0, 10_000), (0, 10_000)))

    assert pick.shape == tuple(wanted.shape)
    assert [x for row in given for x in row] == listed


def test_a_window_in_the_middle_is_that_part_alone() -> None:
    for name in ("five", "sparse five"):
        tensor = tensor_called(name).to_dense()
        shape = tuple(tensor.shape)
        rows = tensor.reshape(-1, shape[-1])[7:19, 1:2]
        view = View(whole(shape), 10, (7, 19), (1, 2))
        assert [list(row) for row in numbers(tensor_called(name), view)] == rows.tolist()


@pytest.mark.parametrize("name", TENSORS)
def test_blocks_are_the_means_of_their_parts(name: str) -> None:
    tensor = tensor_called(name)
    means = block_means(tensor, 3, 7)
    dense = tensor.to_dense() if tensor.layout != torch.strided else tensor
    if not dense.numel():
        assert means == ()
        return
    size = dense.abs() if dense.is_complex() else dense.double().abs()

    assert len(means) <= 3
    assert all(len(row) <= 7 for row in means)
    if len(means) * len(means[0]) in (1, 21) and dense.numel() % 21 == 0:
        mean = sum(x for row in means for x in row) / len(means) / len(means[0])
        assert mean == pytest.approx(float(size.double().mean()), rel=0.3)
    assert min(map(min, means)) <= float(size.double().mean()) * (1 + 1e-6)
    assert max(map(max, means)) >= float(size.double().mean()) * (1 - 1e-6)


def test_a_block_that_holds_a_nan_or_an_infinity_says_so() -> None:
    tensor = torch.ones(4, 8)
    tensor[0, 0], tensor[3, 7] = torch.nan, -torch.inf

    assert repr(block_means(tensor, 2, 2)) == "((nan, 1.0), (1.0, inf))"
