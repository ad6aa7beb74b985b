"""The ledger of nan and inf: born, passed on, healed at each node of a pass; what a mask means is none."""

from dataclasses import replace

import pytest
from small_tensors import node, small_recording, tensor

from micrograd_tui.engine.recording.ledger import Entry, ledger
from micrograd_tui.engine.recording.tensor import NotFinite, TensorRecording, TensorStep, TensorWrite

BAD, FINE = tensor(float("nan"), nonfinite=2), tensor(1.0)


def chain(*ops: str, bad: dict[int, NotFinite] | None = None) -> TensorRecording:
    """Ops one after the other, the first one's output the next one's input; no steps."""
    nodes = tuple(
        node(i, f"{op}Backward0", "", (4, 2), (i - 1,) if i else ()) for i, op in enumerate(ops)
    )
    noted = tuple((bad or {}).values())
    return TensorRecording("2.9", "dry", (len(ops) - 1,), nodes, (), (), not_finite=noted)


def noted(place: int, nan: int = 0, inf: int = 0, minus_inf: int = 0) -> NotFinite:
    return NotFinite(place, nan, inf, minus_inf, 8)


def states(entries: "tuple[Entry, ...]") -> list[tuple[int, str, bool]]:
    return [(each.node, each.state, each.meant) for each in entries]


def test_a_clean_pass_has_no_entry() -> None:
    book = ledger(replace(small_recording(), not_finite=()))

    assert (book.entries, book.watched, book.reached) == ((), True, ())


def test_forward_it_is_born_passed_on_and_healed() -> None:
    log = chain("Div", "Mul", "Where", "Sum", bad={0: noted(0, inf=1), 1: noted(1, inf=1)})

    assert states(ledger(log).entries) == [
        (0, "born", False),
        (1, "passed on", False),
        (2, "healed", False),
    ]


def test_nan_that_comes_of_infinity_is_born_anew() -> None:
    log = chain("Exp", "Div", bad={0: noted(0, inf=3), 1: noted(1, nan=3)})

    assert [each.state for each in ledger(log).entries] == ["born", "born"]


@pytest.mark.parametrize(
    ("ops", "born", "meant"),
    [
        (("MaskedFill", "Softmax", "Sum"), noted(0, minus_inf=3), True),
        (("MaskedFill", "LogSoftmax", "Sum"), noted(0, minus_inf=3), True),
        (("Add", "Softmax", "Sum"), noted(0, minus_inf=3), True),
        (("MaskedFill", "Min", "Sum"), noted(0, inf=3), True),
        (("MaskedFill", "NllLoss", "Sum"), noted(0, minus_inf=3), True),
        (("MaskedFill", "Gather", "Sum"), noted(0, minus_inf=3), True),
        (("CopySlices", "NllLoss", "Sum"), noted(0, minus_inf=3), True),
        (("Div", "Slice", "Sum"), noted(0, inf=3), False),
        (("MaskedFill", "Softmax", "Sum"), noted(0, inf=3), False),
        (("MaskedFill", "Relu", "Sum"), noted(0, minus_inf=3), False),
        (("Log", "Where", "Sum"), noted(0, minus_inf=3), False),
        (("Exp", "Min", "Sum"), noted(0, inf=3), False),
    ],
)
def test_infinity_that_a_mask_puts_in_is_meant_where_the_next_op_knows_it(
    ops: tuple[str, ...], born: NotFinite, meant: bool
) -> None:
    book = ledger(chain(*ops, bad={0: born}))

    assert [each.meant for each in book.entries] == [meant, meant]
    assert len(list(book.born("forward"))) == len(list(book.healed())) == (not meant)


def test_a_row_that_is_masked_whole_is_the_fault_of_the_softmax() -> None:
    log = chain("MaskedFill", "Softmax", "Sum", bad={0: noted(0, minus_inf=4), 1: noted(1, nan=4)})

    assert states(ledger(log).entries) == [(0, "born", True), (1, "born", False), (2, "healed", False)]


def test_infinity_that_reaches_the_loss_was_not_meant() -> None:
    log = chain("MaskedFill", "Sum", bad={0: noted(0, minus_inf=3), 1: noted(1, minus_inf=1)})

    assert not any(each.meant for each in ledger(log).entries)


def backward(*steps: TensorStep) -> TensorRecording:
    return replace(chain("Leaf", "Sqrt", "Relu", "Sum"), steps=steps)


def test_backward_it_is_born_of_what_was_saved_and_healed_by_zeros() -> None:
    log = backward(
        TensorStep(3, (FINE,), (TensorWrite(2, 0, FINE),)),
        TensorStep(2, (FINE,), (TensorWrite(1, 0, BAD),), (("result", FINE),)),
        TensorStep(1, (BAD,), (TensorWrite(0, 0, FINE),)),
        TensorStep(0, (FINE,), ()),
    )
    born, healed = ledger(log).entries

    assert (born.node, born.state, born.bad, born.operands[-1][0]) == (2, "born", 2, "result")
    assert (healed.node, healed.state, healed.bad) == (1, "healed", 2)


def test_backward_a_hook_heals_and_a_seed_or_a_sum_gives_birth() -> None:
    hooked = backward(
        TensorStep(3, (FINE,), (TensorWrite(2, 0, BAD),)),
        TensorStep(2, (FINE,), (TensorWrite(1, 0, FINE),)),
    )
    seeded = backward(TensorStep(3, (BAD,), (TensorWrite(2, 0, BAD),)))
    summed = backward(TensorStep(3, (FINE,), (TensorWrite(2, 0, FINE),)), TensorStep(2, (BAD,), ()))

    assert [(each.state, each.why) for each in ledger(hooked).entries][1] == (
        "healed",
        "by a hook before it",
    )
    assert "was given" in ledger(seeded).entries[0].why
    assert "sum" in ledger(summed).entries[0].why
