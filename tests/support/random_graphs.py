"""Random graphs for the tests: programs over the op table, run on any number-like type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from micrograd_tui.engine import OPS, Value

UNARY = [op.name for op in OPS.values() if len(op.vjps or ()) == 1]
BINARY = [op.name for op in OPS.values() if len(op.vjps or ()) == 2 and op.name != "select"]
"""Those that PyTorch has too: `select` is not of two numbers there."""


@dataclass(frozen=True)
class Program:
    """Leaf numbers, then lines (op, operand indices); the last line is the root."""

    numbers: tuple[float, ...]
    lines: tuple[tuple[str, tuple[int, ...]], ...]

    def run(self, leaf: Callable[[float], Any], apply: Callable[..., Any]) -> tuple[Any, list[Any]]:
        """Return the root and all values, made by `leaf` and `apply(op, *operands)`."""
        values = [leaf(x) for x in self.numbers]
        for op, operands in self.lines:
            values.append(apply(op, *(values[i] for i in operands)))
        return values[-1], values


def apply_value(name: str, *operands: Value) -> Value:
    """Apply a row of the table to Values through the public operators."""
    methods = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "div": "__truediv__"}
    methods |= {"pow": "__pow__", "neg": "__neg__"}
    return getattr(operands[0], methods.get(name, name))(*operands[1:])


def values_of(program: Program) -> tuple[Value, list[Value]]:
    """Run a program on Values."""
    return program.run(Value, apply_value)


@st.composite
def programs(
    draw: st.DrawFn, lines: int = 12, numbers: st.SearchStrategy[float] | None = None
) -> Program:
    """Draw a program whose lines use any earlier value, also twice."""
    if numbers is None:
        numbers = st.floats(-3, 3).map(lambda x: round(x, 3))
    leaves = draw(st.lists(numbers, min_size=1, max_size=4))
    made = []
    for i in range(draw(st.integers(1, lines))):
        operand = st.integers(0, len(leaves) + i - 1)
        op = draw(st.sampled_from(UNARY + BINARY))
        count = 1 if op in UNARY else 2
        made.append((op, tuple(draw(operand) for _ in range(count))))
    return Program(tuple(leaves), tuple(made))
