"""The GPT of scalars against PyTorch's own modules with the same weights, and what it is made of."""

import math
import random
from typing import Any

import pytest

from micrograd_tui.engine import Value, backward, gradcheck, record
from micrograd_tui.engine.learning.gpt import GPT, cross_entropy, layernorm, rmsnorm, softmax
from micrograd_tui.engine.learning.select import select

SHAPES = [(8, 2, 1), (8, 2, 3), (6, 3, 2), (4, 1, 1)]
TOKENS = [5, 2, 0, 4, 2, 5]


def model(embed: int, heads: int, layers: int) -> GPT:
    return GPT(6, embed, heads, layers, context=8, rng=random.Random(7), spread=0.4)


def in_pytorch(torch: Any, ours: GPT, heads: int) -> list[float]:
    """The loss and every gradient, by torch.nn.functional on whole matrices, with a mask."""
    numbers = torch.tensor([p.data for p in ours.parameters()], dtype=torch.float64, requires_grad=True)
    functional, at = torch.nn.functional, 0

    def taken(rows: int, columns: int) -> Any:
        nonlocal at
        at += rows * columns
        return numbers[at - rows * columns : at].view(rows, columns)

    embed = len(ours.wte[0])
    wte, wpe = taken(len(ours.wte), embed), taken(len(ours.wpe), embed)
    shapes = [(embed, embed)] * 4 + [(4 * embed, embed), (embed, 4 * embed)]
    layers = [[taken(*shape) for shape in shapes] for _ in ours.layers]
    head = taken(len(ours.head), embed)
    tokens = torch.tensor(TOKENS)
    count = len(TOKENS) - 1

    def norm(x: Any) -> Any:
        return functional.rms_norm(x, (embed,), eps=1e-5)

    x = norm(wte[tokens[:-1]] + wpe[:count])
    for wq, wk, wv, wo, fc1, fc2 in layers:
        y = norm(x)
        q, k, v = ((y @ w.T).view(count, heads, -1).transpose(0, 1) for w in (wq, wk, wv))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(0, 1).reshape(count, embed) @ wo.T
        x = x + functional.relu(norm(x) @ fc1.T) @ fc2.T
    loss = functional.cross_entropy(x @ head.T, tokens[1:])
    loss.backward()
    return [loss.item(), *numbers.grad.tolist()]


@pytest.mark.parametrize(("embed", "heads", "layers"), SHAPES)
def test_loss_and_gradients_are_pytorchs(pytorch: Any, embed: int, heads: int, layers: int) -> None:
    ours = model(embed, heads, layers)
    loss = ours.loss(TOKENS)
    backward(loss)
    found = [loss.data, *(p.grad for p in ours.parameters())]

    theirs = pytorch(lambda torch: in_pytorch(torch, model(embed, heads, layers), heads))
    assert found == pytest.approx(theirs, rel=1e-10, abs=1e-12)


def test_layernorm_softmax_and_cross_entropy_are_pytorchs(pytorch: Any) -> None:
    x = [0.5, -2.0, 3.0, 700.0]

    def theirs(torch: Any) -> list[float]:
        t = torch.tensor(x, dtype=torch.float64)
        functional = torch.nn.functional
        loss = functional.cross_entropy(t[None], torch.tensor([2])).item()
        return [*functional.layer_norm(t, (4,)).tolist(), *functional.softmax(t, 0).tolist(), loss]

    values = [Value(each) for each in x]
    found = [*layernorm(values), *softmax(values), cross_entropy(values, 2)]
    assert [value.data for value in found] == pytest.approx(pytorch(theirs), rel=1e-12)


def test_the_pieces_have_right_gradients() -> None:
    for piece in (rmsnorm, layernorm, softmax):
        gradcheck(lambda *x, piece=piece: piece(list(x))[1] * 2.0 + piece(list(x))[0], [0.3, -1.2, 2.0])
    gradcheck(lambda *x: cross_entropy(list(x), 1), [0.3, -1.2, 2.0])


def test_what_is_selected_is_a_node_whose_gradient_goes_to_the_entry_alone() -> None:
    table = [[Value(10.0 * i + j, label=f"t[{i},{j}]") for j in range(2)] for i in range(3)]
    index = Value(2, label="token")
    a, b = select(table, index)
    root = a * 3.0 + b
    backward(root)
    log = record(root)

    assert (a.data, b.data) == (20.0, 21.0)
    assert [p.grad for row in table for p in row] == [0, 0, 0, 0, 3, 1]
    assert index.grad == 0
    chosen = next(i for i in range(log.node_count) if (op := log.ops[i]) and op.name == "select")
    entry, where = (log.name(parent) for parent in log.parents(chosen))
    assert (entry, where) == ("t[2,0]", "token")


@pytest.mark.parametrize("index", [-1, 3, 0.5, math.nan, math.inf])
def test_a_number_that_is_no_place_is_refused(index: float) -> None:
    with pytest.raises(IndexError, match="is no place of a table of 3"):
        select([Value(1.0)] * 3, Value(index))


@pytest.mark.parametrize("entry", [2.0, 3, [1.0, 2.0]])
def test_a_table_of_plain_numbers_is_refused_in_a_sentence(entry: Any) -> None:
    with pytest.raises(TypeError, match="a table holds Values"):
        select([entry], 0)


def test_the_rows_of_a_table_may_be_tuples() -> None:
    a, b = Value(1.0), Value(2.0)
    assert [chosen.data for chosen in select([(a, b), (b, a)], Value(1))] == [2.0, 1.0]


def test_its_size_and_scopes_are_microgpts() -> None:
    ours = GPT(27, rng=random.Random(42))
    log = record(ours.loss([26, 4, 12, 12, 0, 26], "^emma"))
    scopes = set(log.scopes)

    assert len(ours.parameters()) == 4192
    assert "position[2] 'm'/layer[0]/head[2]/scores" in scopes
    assert {scope.split("/")[0] for scope in scopes if "position" in scope} == {
        "position[0] '^'", "position[1] 'e'", "position[2] 'm'", "position[3] 'm'", "position[4] 'a'",
    }  # fmt: skip


def test_heads_must_divide_the_embedding() -> None:
    with pytest.raises(ValueError, match="3 heads do not divide an embedding of 16"):
        GPT(27, 16, heads=3)
