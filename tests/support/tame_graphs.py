"""Random programs whose gradients are the same in whatever order sums are taken.

Where last bits of the forward pass decide (a sum that cancels, then divided by) no two orders of summation
agree: such programs are found by nudging every result by its last bit.
"""

import math
import random
from collections.abc import Collection

from hypothesis import strategies as st
from random_graphs import Program, apply_value, values_of

from micrograd_tui.engine import Value

NUMBERS = st.one_of(
    st.floats(-3, 3).map(lambda x: round(x, 3)), st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0])
)
EXACT = (0.0, 1.0, -1.0)  # results that no nudge may turn into a number next to them


def gradients(program: Program, seed: int | None = None, exact: Collection[float] = ()) -> list[float]:
    """The root and the leaves' gradients; with a seed every result that is not exact is off by its last bit."""
    signs = random.Random(seed)

    def apply(name: str, *operands: Value) -> Value:
        made = apply_value(name, *operands)
        if seed is not None and made.data not in exact:
            made.data = math.nextafter(made.data, signs.choice((-math.inf, math.inf)))
        return made

    root, values = program.run(Value, apply)
    root.backward()
    return [root.data, *(leaf.grad for leaf in values[: len(program.numbers)])]


def tame(program: Program) -> bool:
    """Whether no intermediate exceeds 1e300 and last bits do not matter."""
    root, values = values_of(program)
    root.backward()
    if any(1e300 < abs(x) < math.inf for v in values for x in (v.data, v.grad)):
        return False
    plain = gradients(program)
    return all(
        math.isclose(x, y, rel_tol=1e-11, abs_tol=1e-13) or (math.isnan(x) and math.isnan(y))
        for seed in range(4)
        for x, y in zip(plain, gradients(program, seed, EXACT), strict=True)
    )
