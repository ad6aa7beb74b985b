"""Which logged names share a plot."""

import pytest

from micrograd_tui.tui.sessions.run.quantities import Quantity, quantities, split


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("loss", ("loss", "")),
        ("validation_loss", ("loss", "validation")),
        ("val/loss", ("loss", "validation")),
        ("train_loss", ("loss", "training")),
        ("acc.test", ("acc", "test")),
        ("value", ("value", "")),
        ("retrain_loss", ("retrain_loss", "")),
        ("val_", ("val_", "")),
    ],
)
def test_a_name_is_of_a_quantity_and_a_part(name: str, found: tuple[str, str]) -> None:
    assert split(name) == found


def test_training_and_validation_of_one_quantity_are_together_the_training_first() -> None:
    names = ["val_loss", "train_loss", "reward", "accuracy", "validation_accuracy"]

    assert quantities(names) == [
        Quantity("loss", (("train_loss", "training"), ("val_loss", "validation"))),
        Quantity("reward", (("reward", ""),)),
        Quantity("accuracy", (("accuracy", "training"), ("validation_accuracy", "validation"))),
    ]


def test_a_validation_alone_keeps_its_name() -> None:
    assert quantities(["val_loss"]) == [Quantity("val_loss", (("val_loss", ""),))]
