"""Training a GPT on documents: its size, its steps, the same to the bit however it is cut, broken or not."""

import math
from array import array

import pytest
from small_gpts import TEXTS, config, tokens, training

from micrograd_tui.engine.backward import backward
from micrograd_tui.engine.graph import toposort
from micrograd_tui.engine.learning.gpt import GPT
from micrograd_tui.engine.learning.language.arrays import Reader
from micrograd_tui.engine.learning.language.attention import attention_of
from micrograd_tui.engine.learning.language.config import GPTConfig
from micrograd_tui.engine.runs.store.configs import config_from_json

LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


def test_as_it_stands_it_is_microgpts() -> None:
    made = GPTConfig("", "names", LETTERS)

    assert (made.embed, made.heads, made.depth, made.context, made.batch) == (16, 4, 1, 16, 1)
    assert (made.optimizer, made.lr, made.betas, made.steps) == ("adam", 0.01, (0.85, 0.99), 1000)
    assert made.parameters == 4192


@pytest.mark.parametrize(("depth", "heads"), [(1, 1), (2, 2), (3, 4)])
def test_every_matrix_lies_where_the_model_has_it(depth: int, heads: int) -> None:
    made = GPTConfig("", "t", ("a", "b"), 4, heads, depth, 3)
    model = GPT(3, 4, heads, depth, 3)

    labels = [p.label for p in model.parameters()]

    assert made.parameters == len(labels)
    for span in made.layers:
        own = {label.partition("[")[0] for label in labels[span.first : span.last]}
        assert own == {span.name.rpartition("/")[2]}
    assert [part.first for part in made.parts[1:]] == [part.last for part in made.parts[:-1]]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"heads": 3}, "3 heads do not divide an embedding of 4"),
        ({"context": 0}, "context must be 1 or more, not 0"),
        ({"depth": 0}, "layers must be 1 or more, not 0"),
        ({"heads": -1}, "heads must be 1 or more"),
        ({"embed": 10**9}, "at most 200,000"),
        ({"depth": 10**12}, "at most 200,000"),
        ({"embed": 64, "context": 256, "depth": 2}, "a smaller context"),
        ({"broken": ("equal-weights",)}, "not a GPT"),
        ({"betas": (1.0, 0.9)}, "betas"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        config(**settings)


def test_its_configuration_is_kept_as_plain_data() -> None:
    made = config(betas=(0.9, 0.95), batch=3)

    assert config_from_json(made.to_json()) == made


def test_the_loss_of_a_step_is_the_mean_over_its_documents() -> None:
    one, several = training(), training(batch=3)

    losses = [one.document_loss(row).data for row in several.batch_of(0)]

    assert several.loss_of(0).data == pytest.approx(sum(losses) / 3, abs=1e-15)


@pytest.mark.parametrize("batch", [1, 2, 0])
def test_the_same_to_the_bit_however_it_is_cut(batch: int) -> None:
    whole, cut = training(batch=batch), training(batch=batch)
    wanted = whole.run(12)

    losses = array("d")
    for count in (1, 4, 7):
        state = cut.state()
        cut = training(batch=batch)
        cut.restore(state)
        losses += cut.run(count).loss

    assert losses == wanted.loss
    assert cut.state().parameters == whole.state().parameters


def test_it_learns_to_beat_guessing_by_frequency() -> None:
    made = training(steps=300)

    made.run(300)

    assert made.score(tokens().train).loss < tokens().guessing


@pytest.mark.parametrize(("depth", "heads"), [(1, 1), (2, 2)])
def test_arrays_read_what_the_graph_reads(depth: int, heads: int) -> None:
    made = training(depth=depth, heads=heads)
    made.run(3)
    rows = tokens().train

    losses = [made.document_loss(row).data for row in range(len(rows))]

    assert made.score(rows).loss == pytest.approx(sum(losses) / len(losses), abs=1e-12)


def test_the_weights_of_attention_are_those_of_the_graph() -> None:
    made = training(heads=2)
    loss = made.document_loss(0)
    found: dict[str, list[float]] = {}
    for node in toposort(loss):
        if node.label.startswith("weight["):
            found.setdefault(node.scope, []).append(node.data)

    heads = attention_of(made.config, [p.data for p in made.parameters], made.rows[0][0])

    for name, rows in heads:
        own = [numbers for scope, numbers in found.items() if scope.endswith(f"{name}/weights")]
        assert sorted(map(len, own)) == list(range(1, len(rows) + 1))
        for row in rows:
            assert pytest.approx(row, abs=1e-12) in own
            assert math.fsum(row) == pytest.approx(1)


def test_a_document_scope_stands_where_there_are_several_only() -> None:
    one, two = training().scopes_of(0), training(batch=2).scopes_of(0)

    assert one == ["position[0] begin"]
    assert all(scope.startswith("document[") and scope.endswith("/position[0] begin") for scope in two)
    for made, scopes in ((training(), one), (training(batch=2), two)):
        graph = {node.scope for node in toposort(made.loss_of(0))}
        assert set(scopes) <= graph


def test_gradients_go_to_the_rows_of_the_document_alone() -> None:
    made = training()
    row = TEXTS.index("ab") if "ab" in TEXTS else 0
    loss = made.document_loss(row)
    backward(loss)

    used = {int(token) for token in made.rows[row][0][:-1]}
    table = made.config.layers[0]
    for token, part in enumerate(table.neurons_of([p.grad for p in made.parameters])):
        assert any(part) == (token in used)


def test_parameters_that_are_no_numbers_score_as_such() -> None:
    made = config()

    assert math.isnan(Reader(made, [math.nan] * made.parameters).loss(tokens().train))
