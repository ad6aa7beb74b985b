"""Which logged names are of one quantity: its training and its validation number share a plot.

`loss` and `validation_loss`, but also what scripts call them: `train_loss` and `val/loss`, `acc.test`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

PARTS = {
    "train": "training",
    "training": "training",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "eval": "evaluation",
    "evaluation": "evaluation",
}
_PART = "|".join(sorted(PARTS, key=len, reverse=True))
_FIRST = re.compile(rf"({_PART})[_/.:\- ](.+)", re.IGNORECASE)
_LAST = re.compile(rf"(.+)[_/.:\- ]({_PART})", re.IGNORECASE)


@dataclass(frozen=True)
class Quantity:
    """A quantity, and under which names its parts were logged, the training's first."""

    name: str
    members: tuple[tuple[str, str], ...]
    """(logged name, part): training, validation, test."""

    @property
    def lead(self) -> str:
        """The name that stands for it."""
        return self.members[0][0]


@lru_cache(maxsize=4096)  # thousands of names are sorted for every frame
def split(name: str) -> tuple[str, str]:
    """Return the quantity a logged name is of, and which part; a bare name is of the training."""
    if found := _FIRST.fullmatch(name):
        return found[2], PARTS[found[1].lower()]
    if found := _LAST.fullmatch(name):
        return found[1], PARTS[found[2].lower()]
    return name, ""


def quantities(names: Iterable[str]) -> list[Quantity]:
    """Sort names into quantities, in the order in which each comes first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        quantity, part = split(name)
        found.setdefault(quantity, []).append((name, part))
    return [_quantity(name, members) for name, members in found.items()]


def _quantity(name: str, members: list[tuple[str, str]]) -> Quantity:
    if len(members) == 1:
        return Quantity(members[0][0], ((members[0][0], ""),))
    order = ("", "training", "validation", "test", "evaluation")
    named = sorted(members, key=lambda member: order.index(member[1]))
    parts = [part or "training" for _, part in named]
    called = zip(named, parts, strict=True)
    return Quantity(
        name, tuple((own, part if parts.count(part) == 1 else own) for (own, _), part in called)
    )
