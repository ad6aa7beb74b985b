"""Conditions on steps of tensors: one grammar with those on scalars, tests of their own."""

from dataclasses import replace

import pytest
from small_tensors import small_recording, tensor

from micrograd_tui.engine.recording.conditions import parse as parse_scalar
from micrograd_tui.engine.recording.record import record
from micrograd_tui.engine.recording.tensor import Summary, TensorRecording, TensorStep, TensorWrite
from micrograd_tui.engine.recording.tensor_conditions import parse
from micrograd_tui.engine.value import Value


def steps(text: str, recording: TensorRecording | None = None) -> list[int]:
    """The steps at which a condition holds."""
    log = recording or small_recording()
    return [step for step in range(len(log.steps)) if parse(text, log).test(log, step)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("op = addmm", [2]),
        ("op addmm", [2]),
        ("op=AddmmBackward0", [2]),
        ("accumulate_grad", [3, 5]),
        ("op = addm", [2]),
        ("|grad| > 0.9", [0, 2, 6]),
        ("|grad|>=1", [0, 2, 6]),
        ("|grad| < 0.26", [1, 2]),
        ("shape = 4x3", [6]),
        ("shape = [4, *]", [1, 2, 6]),
        ("shape = (4,3)", [6]),
        ("shape = torch.Size([2])", [3]),
        ("shape = scalar", [0]),
        ("shape = -1", [3]),
        ("module h[0]", [1]),
        ("scope h[0].fc", [2]),
        ("node h.0.fc.weight", [5]),
        ("#2", [4]),
        ("Addmm#4", [2]),
        ("nan", []),
        ("inf", []),
    ],
)
def test_a_condition_holds_where_it_says(text: str, expected: list[int]) -> None:
    assert steps(text) == expected


def test_nan_inf_and_zero_are_told_apart() -> None:
    recording = small_recording()
    nan, inf = replace(tensor(float("nan")), nonfinite=2), replace(tensor(float("inf")), nonfinite=1)
    zero = replace(tensor(0.0), zeros=1.0)

    def with_step(place: int, grad: Summary, amount: Summary) -> TensorRecording:
        of = TensorStep(recording.steps[place].node, (grad,), (TensorWrite(4, 0, amount),))
        return replace(recording, steps=(*recording.steps[:place], of, *recording.steps[place + 1 :]))

    assert steps("nan", with_step(1, tensor(1.0), nan)) == [1]
    assert steps("inf", with_step(1, tensor(1.0), nan)) == []
    assert steps("inf", with_step(1, inf, tensor(1.0))) == [1]
    assert steps("|grad| > 1e30", with_step(1, inf, tensor(1.0))) == [1]
    assert steps("zero", with_step(1, zero, zero)) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "op = nope",
        "op = mul_add",
        "op = cumul",
        "module h[9]",
        "node #99",
        "shape = 4xq",
        "|grad| > ",
        "|grad| > nan",
        "grad = 3",
    ],
)
def test_what_is_none_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refusal:
        parse(text, small_recording())

    assert "\n" not in str(refusal.value)


def test_the_same_words_work_on_a_graph_of_single_numbers() -> None:
    recording = record(Value(2.0) * Value(3.0))

    assert parse_scalar("op = mul", recording) == parse_scalar("op mul", recording)
    assert parse_scalar("|grad| >= 2", recording).text == "|grad| >= 2"
    with pytest.raises(ValueError, match="no shape"):
        parse_scalar("shape = 4x8", recording)
