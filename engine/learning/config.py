"""The configuration of a network's training run: plain data, everything it needs beside its rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from .losses import LOSSES, encode
from .settings import BACKENDS, MOST_PARAMETERS, MOST_STEPS, Settings
from .shape import LayerSpan, spans

__all__ = ["BACKENDS", "MOST_PARAMETERS", "MOST_STEPS", "Config"]


@dataclass(frozen=True)
class Config(Settings):
    """Everything a run of a network needs beside its rows."""

    CHOICES: ClassVar[Mapping[str, Collection[str]]] = {
        "loss": LOSSES,
        "activation": ("relu", "tanh", "sigmoid", "linear"),
        **Settings.CHOICES,
    }
    TOLD: ClassVar[tuple[str, ...]] = (
        *(
            "hidden",
            "activation",
            "loss",
            "optimizer",
            "lr",
            "momentum",
            "weight_decay",
            "schedule",
            "l2",
        ),
        *("batch", "steps", "seed", "backend", "broken"),
    )

    inputs: tuple[str, ...]
    target: str = "y"
    classes: tuple[str, ...] = ()
    hidden: tuple[int, ...] = (16, 16)
    activation: str = "relu"
    loss: str = "mse"
    l2: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.refuse_negative("l2")
        if not self.inputs:
            raise ValueError("a network needs an input, and inputs is empty")
        encode(self.loss, 0.0, self.classes)  # raises where this loss cannot be had
        if self.parameters > MOST_PARAMETERS:
            shape = ", ".join(map(str, self.sizes))
            raise ValueError(
                f"a network of {shape} has {self.parameters:,} parameters; "
                f"at most {MOST_PARAMETERS:,} can be trained here, where each is a Value"
            )

    @property
    def outputs(self) -> int:
        """How many numbers the network gives."""
        return len(encode(self.loss, 0.0, self.classes))

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers each layer gives: the inputs, the hidden layers, the outputs."""
        return (len(self.inputs), *self.hidden, self.outputs)

    @cached_property
    def layers(self) -> tuple[LayerSpan, ...]:
        """Where each layer lies in the flat list of parameters."""
        return spans(self.sizes)

    @property
    def summary(self) -> str:
        """The sizes of its layers, what is between them, and what it is trained by."""
        shape = "-".join(map(str, self.sizes))
        return f"{shape} {self.activation}, {self.loss}, {self.optimizer}"
