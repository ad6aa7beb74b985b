"""The table of rules, and finding a node's row in it."""

import re
from dataclasses import replace

from .....engine.recording.tensor import TensorNode
from .places import PLACES
from .pointwise import POINTWISE
from .products import PRODUCTS
from .reductions import REDUCTIONS
from .rule import Rule, rule

RULES: dict[str, Rule] = {**POINTWISE, **PRODUCTS, **REDUCTIONS, **PLACES}
RULES |= dict.fromkeys(("NllLoss2D", "NllLossNd"), RULES["NllLoss"])
NORMS = {
    "1": rule("a:self", "y = the 1-norm of a, the sum of |a|", "g * sign(a)"),
    "inf": rule(
        "a:self",
        "y = the greatest |a|",
        "g * sign(a) / count where |a| == y, else 0",
        keeps="y:result",
        where="count: how many are as great",
    ),
}
OTHER_NORM = rule(
    "a:self",
    "y = the p-norm of a",
    "g * sign(a) * (abs(a) / y)**(p - 1)",
    where="along what was reduced g and y stand for every element",
)
OWN = "a function of the program's own or of PyTorch's: its rule is its own backward()"
FACTORS = ("alpha", "beta", "value", "scale")
REDUCED = {"0": "", "2": ", added up"}
"""What a loss says that is not averaged, by PyTorch's number of that."""
UNKNOWN = "its rule is PyTorch's own"


def name_of(op: str) -> tuple[str, str]:
    """Split PyTorch's name of a node: `Pow` and `1` of `PowBackward1`; of others the name alone."""
    named = re.fullmatch(r"(\w+)Backward(\d+)", op)
    return (named[1], named[2]) if named else (op, "")


def rule_of(node: TensorNode) -> Rule | None:
    """Return the row of a node's op, fitted to how it was called; None where there is none."""
    name, number = name_of(node.op)
    found = RULES.get(_variant(name, node)) or RULES.get(f"{name}{number}") or RULES.get(name)
    if name in ("LinalgVectorNorm", "Norm"):
        return _norm(node, found)
    return found


def saved_text(node: TensorNode, name: str) -> str | None:
    """Return a plain argument that a node has saved, as text."""
    return next((each.text for each in node.saved if each.name == name and each.shape is None), None)


def as_called(words: str, node: TensorNode) -> str:
    """Leave out the factors that are 1 in this call, and the mean where a loss takes none."""
    plain = node.op in ("AddBackward1", "SubBackward1")
    for factor in FACTORS:
        if plain or saved_text(node, factor) in ("1", "1.0"):
            words = words.replace(f"{factor} * ", "")
    reduction = saved_text(node, "reduction") or "1"
    return words.replace(", averaged", REDUCED.get(reduction, ", averaged"))


def _variant(name: str, node: TensorNode) -> str:
    """The row of an op that was asked for something other than its usual."""
    if name in ("Convolution", "CudnnConvolution") and saved_text(node, "transposed") == "True":
        return "ConvolutionTransposed"
    if name in ("ConvolutionTranspose", "CudnnConvolutionTranspose", "SlowConvTranspose2D"):
        return "ConvolutionTransposed"
    if name == "Gelu" and saved_text(node, "approximate") == "tanh":
        return "GeluTanh"
    if name.startswith(("NativeBatchNorm", "CudnnBatchNorm")) and saved_text(node, "training") == "False":
        return "BatchNormEval"
    return ""


def _norm(node: TensorNode, two: Rule | None) -> Rule | None:
    order = saved_text(node, "ord") or saved_text(node, "p") or "2"
    order = order.removesuffix(".0")
    if order == "2":
        return two
    other = replace(OTHER_NORM, kept={"a": "self", "y": "result", "p": "ord"})
    return NORMS.get(order, other)
