"""A chunk of training steps as one instruction: what steps.py wants to know."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..ir.dtypes import Floats
from ..ir.update import Update
from ..native import update as native_update
from ..native.jit import lanes
from ..native.kernel import update_code
from .library import LIBRARY, WORDS
from .steps import STEPS


def run_chunk(
    batches: Sequence[Sequence[bytes]],
    parameters: Floats,
    update: Update,
    lrs: Sequence[float],
    losses: Floats,
    norms: Floats,
) -> Floats:
    """Do a training step for each mini-batch, given by the words of its rows (steps.py's ROW).

    Return the last one's gradients if it has several rows.
    """
    kind = native_update.kind_of(update)
    codes = [update_code(kind, width) for width in (lanes(), 1)]
    numbers = native_update.each_step(update, lrs)
    total = np.zeros(len(parameters))
    given: dict[str, Any] = {
        "rows": np.frombuffer(b"".join(row for batch in batches for row in batch), np.int64),
        "starts": np.array(list(accumulate(map(len, batches), initial=0))),
        "count": len(batches),
        "parameters": parameters,
        "size": len(parameters),
        "total": total,
        "losses": losses,
        "norms": norms,
        "execute": LIBRARY.execute_at,
        "update": codes[0][1],
        "update_one": codes[1][1],
        "first": update.first,
        "second": update.second,
        "hypers": np.array(native_update.hypers_of(update)),
        "numbers": numbers,
        "each": numbers.shape[1],
    }
    code = np.zeros(WORDS, np.int64)
    words = [given[name] for name in STEPS]
    code[0] = LIBRARY.addresses([("steps",)])["steps",]
    code[1 : len(words) + 1] = [word if isinstance(word, int) else word.ctypes.data for word in words]
    LIBRARY.execute(code.ctypes.data, 1)
    update.taken += len(batches)
    return total
