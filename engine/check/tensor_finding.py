"""What is wrong with a backward pass of tensors: one sentence, the module, the line; and its words."""

import math
from dataclasses import dataclass
from typing import Literal

from ..recording.tensor import Summary, TensorNode, TensorRecording

Severity = Literal["fault", "warning"]
MOST_NAMES = 4


@dataclass(frozen=True)
class TensorFinding:
    """Something that is wrong with a pass, in one sentence. `node` is where to look."""

    kind: str
    module: str
    sentence: str
    node: int | None = None
    source: str = ""
    severity: Severity = "fault"
    """A warning is of what may be meant, and of what another op has hidden."""


def where(node: TensorNode) -> str:
    """Name a node, its module and its line."""
    scope = f" of {node.scope}" if node.scope and not node.label else ""
    return f"{node.label or node.op}{scope}{f' ({node.source})' if node.source else ''}"


def source(log: TensorRecording, node: int | None) -> str:
    """Return the line of a node; "" of none."""
    return "" if node is None else log.nodes[node].source


def listed(names: list[str]) -> str:
    """Return `a, b and c`."""
    shown = names[:MOST_NAMES]
    if len(names) > MOST_NAMES:
        return f"{', '.join(shown)} and {len(names) - MOST_NAMES} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def of_values(count: int, total: int) -> str:
    """Return `2 of 6 values`."""
    return f"{count} of {total} value{'s'[: total != 1]}"


def operand(name: str, tensor: Summary) -> str:
    """Return a tensor that something was made of: what there is to see in it that explains it."""
    if not tensor.shape and tensor.min is not None:
        return f"{name} = {tensor.min:.4g}"
    if tensor.nonfinite:
        return f"{name}, of which {tensor.nonfinite} {_are(tensor.nonfinite)} not finite"
    ends = f" ({tensor.min:.4g} .. {tensor.max:.4g})" if tensor.min is not None else ""
    zeros = round(tensor.zeros * math.prod(tensor.shape))
    return f"{name}{ends}{f', of which {zeros} {_are(zeros)} zero' if zeros else ''}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
