"""What a node of PyTorch's graph does, in words, and the chain rule of its step in matrices."""

import re
from typing import NamedTuple


class OpWords(NamedTuple):
    """What the forward op worked out, and what its backward step gives on: g is what arrived."""

    forward: str
    rule: str = ""


BOOKS = "keeps books only: the same numbers in another shape"
OPS: dict[str, OpWords] = {
    "Addmm": OpWords("x @ W.T + b", "dx = g @ W, dW = g.T @ x, db = g summed over rows"),
    "Mm": OpWords("A @ B", "dA = g @ B.T, dB = A.T @ g"),
    "Bmm": OpWords("A @ B, a matrix product a batch entry", "dA = g @ B.T, dB = A.T @ g, in each entry"),
    "Mv": OpWords("A @ v", "dA = g v.T, dv = A.T @ g"),
    "Dot": OpWords("sum(a * b)", "da = g * b, db = g * a"),
    "Add": OpWords("a + b", "da = g, db = g (times alpha)"),
    "Sub": OpWords("a - b", "da = g, db = -g (times alpha)"),
    "Mul": OpWords("a * b", "da = g * b, db = g * a"),
    "Div": OpWords("a / b", "da = g / b, db = -g * a / b**2"),
    "Neg": OpWords("-a", "da = -g"),
    "Pow": OpWords("a ** p", "da = g * p * a**(p - 1)"),
    "Exp": OpWords("exp(a)", "da = g * exp(a)"),
    "Log": OpWords("log(a)", "da = g / a"),
    "Sqrt": OpWords("sqrt(a)", "da = g / (2 * sqrt(a))"),
    "Rsqrt": OpWords("1 / sqrt(a)", "da = -g / 2 * a**-1.5"),
    "Abs": OpWords("|a|", "da = g * sign(a)"),
    "Sum": OpWords("the sum of a", "da = g, copied to every element"),
    "Mean": OpWords("the mean of a", "da = g / n, copied to every element"),
    "Max": OpWords("the greatest of a", "da = g where the greatest stood, else 0"),
    "Relu": OpWords("max(a, 0)", "da = g where a > 0, else 0"),
    "LeakyRelu": OpWords("a where a > 0, else slope * a", "da = g where a > 0, else slope * g"),
    "Gelu": OpWords("gelu(a)", "da = g * gelu'(a)"),
    "Silu": OpWords("a * sigmoid(a)", "da = g * silu'(a)"),
    "Tanh": OpWords("y = tanh(a)", "da = g * (1 - y**2)"),
    "Sigmoid": OpWords("y = sigmoid(a)", "da = g * y * (1 - y)"),
    "Softmax": OpWords("y = softmax(a)", "da = y * (g - sum(g * y))"),
    "LogSoftmax": OpWords("y = log_softmax(a)", "da = g - exp(y) * sum(g)"),
    "NllLoss": OpWords("minus the log-probability of the targets", "da = -g / n at each target, else 0"),
    "MseLoss": OpWords("mean((a - t)**2)", "da = g * 2 * (a - t) / n"),
    "Embedding": OpWords("the rows of W that were asked for", "dW: each row of g added to its row of W"),
    "NativeLayerNorm": OpWords(
        "y = (x - mean) / std * w + b",
        "dw = sum(g * x^), db = sum(g), dx = (w * g less its parts along 1 and x^) / std",
    ),
    "NativeBatchNorm": OpWords(
        "y = (x - mean) / std * w + b, by channel", "dw = sum(g * x^), db = sum(g), over the batch"
    ),
    "NativeGroupNorm": OpWords("y = (x - mean) / std * w + b, by group", "dw = sum(g * x^), db = sum(g)"),
    "NativeDropout": OpWords("a * mask / keep", "da = g * mask / keep"),
    "Convolution": OpWords(
        "x * W + b, a convolution", "dx = g convolved with W turned round, dW = x with g, db = sum(g)"
    ),
    "MaxPool2DWithIndices": OpWords(
        "the greatest of each window", "dx = g where the greatest stood, else 0"
    ),
    "ScaledDotProductFlashAttentionForCpu": OpWords(
        "softmax(q @ k.T / sqrt(d)) @ v, in one", "dv = p.T @ g, then through the softmax to q and k"
    ),
    "Where": OpWords("a where the mask holds, else b", "da = g where it holds, else 0; db the rest"),
    "MaskedFill": OpWords("a number put where the mask holds", "da = 0 where it holds, else g"),
    "Cat": OpWords("several put one after the other", "each gets its part of g"),
    "Stack": OpWords("several put on one another", "each gets its part of g"),
    "Split": OpWords("cut into parts", "da = the parts of g, one after the other"),
    "Slice": OpWords("a part of a", "da = g in its place, else 0"),
    "Select": OpWords("one entry of a", "da = g in its place, else 0"),
    "Index": OpWords("the entries that were asked for", "da = g added in their places, else 0"),
    "Expand": OpWords("repeated without a copy", "da = g summed over what was repeated"),
    "Clone": OpWords("a copy", "da = g"),
    "ToCopy": OpWords("another dtype or device", "da = g, cast back"),
}  # fmt: skip
VIEWS = (
    "View", "UnsafeView", "ReshapeAlias", "T", "Transpose", "Permute", "Squeeze", "Unsqueeze", "Alias",
)  # fmt: skip


def op_words(op: str) -> OpWords:
    """Return what a node does, by PyTorch's name of it."""
    if op == "AccumulateGrad":
        return OpWords("a leaf: its gradient is gathered here")
    named = re.fullmatch(r"(\w+)Backward\d+", op)
    if named is None:
        return OpWords(
            "a function of the program's own or of PyTorch's", "its rule is its own backward()"
        )
    if named[1] in VIEWS:
        return OpWords(BOOKS, "da = g, in the shape from before")
    return OPS.get(named[1], OpWords("", "its rule is PyTorch's own"))
