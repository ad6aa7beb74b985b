"""A typed formula as a function of named numbers: `2*w1`, `1 + out**2`; never evaluated by Python."""

import re
from collections.abc import Container, Mapping

from ..graph import leaves, recalculate
from .expression import ExpressionError, parse_expression
from .functions import CONSTANTS


class Formula:
    """An expression whose names are filled in with numbers at every call; what it needs is in `names`."""

    def __init__(self, text: str, known: Container[str]) -> None:
        """Parse it; raise ExpressionError where it is none, or names something that is not known."""
        self.text = text
        self._root = parse_expression(text)
        self._inputs = {leaf.label: leaf for leaf in leaves(self._root) if leaf.label}
        for name in self._inputs:
            if name not in known and name not in CONSTANTS:
                raise ExpressionError(f"nothing here is called {name}", text, 1, _column(text, name))
        self.names = {name for name in self._inputs if name in known}

    def __call__(self, numbers: Mapping[str, float]) -> float:
        """The number it comes to."""
        for name in self.names:
            self._inputs[name].data = numbers[name]
        recalculate(self._root)
        return self._root.data


def _column(text: str, name: str) -> int:
    """Where a name stands in the first line, from 1."""
    found = re.search(rf"\b{re.escape(name)}(?!\w)", text.split("\n")[0])
    return found.start() + 1 if found else 1
