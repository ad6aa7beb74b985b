"""Every written formula that can be worked out gives what PyTorch sends; no op of common networks lacks one."""

from collections.abc import Callable
from typing import Any

import pytest

from micrograd_tui.engine.recording.tensor import TensorNode, TensorRecording
from micrograd_tui.tui.views.tensors.chain_rule import forward_words
from micrograd_tui.tui.views.tensors.rules.equation import Letters, equation
from micrograd_tui.tui.views.tensors.rules.table import RULES, UNKNOWN, name_of, rule_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.requires("torch")
F = torch.nn.functional
Build = Callable[..., Any]


def leaf(*shape: int) -> Any:
    return torch.randn(*shape, dtype=torch.float64).requires_grad_()


def positive(*shape: int) -> Any:
    return (torch.rand(*shape, dtype=torch.float64) + 0.5).requires_grad_()


PAIR = ((3, 4), (4,))
INDEX = torch.tensor([[0, 1], [1, 1], [2, 3]])
CASES: dict[str, tuple[tuple[tuple[int, ...], ...], Build]] = {
    "linear": (((3, 4), (5, 4), (5,)), lambda x, w, b: torch.addmm(b, x, w.t())),
    "addmm": (((5,), (3, 4), (4, 5)), lambda b, x, w: torch.addmm(b, x, w, beta=2, alpha=3)),
    "mm": (((3, 4), (4, 5)), torch.mm),
    "bmm": (((2, 3, 4), (2, 4, 5)), torch.bmm),
    "baddbmm": (((2, 3, 5), (2, 3, 4), (2, 4, 5)), torch.baddbmm),
    "addbmm": (((3, 5), (2, 3, 4), (2, 4, 5)), torch.addbmm),
    "mv": (((3, 4), (4,)), torch.mv),
    "addmv": (((3,), (3, 4), (4,)), torch.addmv),
    "dot": (((4,), (4,)), torch.dot),
    "addr": (((3, 4), (3,), (4,)), torch.addr),
    "conv1d": (((2, 3, 8), (4, 3, 3), (4,)), F.conv1d),
    "conv2d": (((2, 3, 8, 8), (4, 3, 3, 3), (4,)), F.conv2d),
    "transposed": (((2, 3, 5, 5), (3, 4, 3, 3), (4,)), F.conv_transpose2d),
    "embedding": (((5, 3),), lambda w: F.embedding(INDEX, w)),
    "add": (PAIR, lambda a, b: torch.add(a, b, alpha=2)),
    "add_one": (((3,),), lambda a: a + 1),
    "sub": (PAIR, lambda a, b: torch.sub(a, b, alpha=3)),
    "rsub": (((3,),), lambda a: 1 - a),
    "mul": (PAIR, lambda a, b: a * b),
    "mul_number": (((3,),), lambda a: a * 2.5),
    "div": (PAIR, lambda a, b: a / b),
    "div_number": (((3,),), lambda a: a / 2.5),
    "pow": (((3,),), lambda a: a**3),
    "neg": (((3,),), lambda a: -a),
    "exp": (((3,),), torch.exp),
    "expm1": (((3,),), torch.expm1),
    "reciprocal": (((3,),), torch.reciprocal),
    "abs": (((3,),), torch.abs),
    "sin": (((3,),), torch.sin),
    "cos": (((3,),), torch.cos),
    "erf": (((3,),), torch.erf),
    "atan2": (((3,), (3,)), torch.atan2),
    "clamp": (((9,),), lambda a: a.clamp(-0.5, 0.5)),
    "clamp_min": (((9,),), lambda a: a.clamp_min(0.1)),
    "clamp_max": (((9,),), lambda a: a.clamp_max(0.1)),
    "maximum": (((9,), (9,)), torch.maximum),
    "minimum": (((9,), (9,)), torch.minimum),
    "lerp": (((3,), (3,)), lambda a, b: torch.lerp(a, b, 0.3)),
    "lerp_tensor": (((3,), (3,), (3,)), torch.lerp),
    "addcmul": (((3,), (3,), (3,)), lambda c, a, b: torch.addcmul(c, a, b, value=2)),
    "addcdiv": (((3,), (3,), (3,)), lambda c, a, b: torch.addcdiv(c, a, b, value=2)),
    "relu": (((9,),), F.relu),
    "leaky_relu": (((9,),), F.leaky_relu),
    "elu": (((9,),), lambda a: F.elu(a, 0.7)),
    "selu": (((9,),), F.selu),
    "celu": (((9,),), lambda a: F.celu(a, 0.7)),
    "gelu": (((9,),), F.gelu),
    "gelu_tanh": (((9,),), lambda a: F.gelu(a, approximate="tanh")),
    "silu": (((9,),), F.silu),
    "mish": (((9,),), F.mish),
    "tanh": (((9,),), torch.tanh),
    "sigmoid": (((9,),), torch.sigmoid),
    "logsigmoid": (((9,),), F.logsigmoid),
    "softplus": (((9,),), lambda a: F.softplus(a, beta=2)),
    "hardtanh": (((9,),), F.hardtanh),
    "hardsigmoid": (((9,),), F.hardsigmoid),
    "hardswish": (((9,),), F.hardswish),
    "softshrink": (((9,),), F.softshrink),
    "threshold": (((9,),), lambda a: F.threshold(a, 0.1, 0.0)),
    "prelu": (((3, 4), (4,)), torch._prelu_kernel),
    "dropout": (((9,),), lambda a: torch.native_dropout(a, 0.3, True)[0]),
    "where": (((3,), (3,)), lambda a, b: torch.where(torch.tensor([True, False, True]), a, b)),
    "masked_fill": (((3,),), lambda a: a.masked_fill(torch.tensor([True, False, True]), 2.0)),
    "clone": (((3,),), torch.clone),
    "softmax": (((3, 4),), lambda a: F.softmax(a, -1)),
    "log_softmax": (((3, 4),), lambda a: F.log_softmax(a, 1)),
    "logsumexp": (((3, 4),), lambda a: a.logsumexp(1, keepdim=True)),
    "sum": (((3, 4),), torch.sum),
    "sum_dim": (((3, 4),), lambda a: a.sum(-1, keepdim=True)),
    "mean": (((3, 4),), lambda a: a.mean(0, keepdim=True)),
    "max_dim": (((3, 4),), lambda a: a.max(1, keepdim=True)[0]),
    "min_dim": (((3, 4),), lambda a: a.min(-1, keepdim=True)[0]),
    "max": (((3, 4),), torch.max),
    "amax": (((3, 4),), lambda a: a.amax(1, keepdim=True)),
    "amin": (((3, 4),), lambda a: a.amin(1, keepdim=True)),
    "topk": (((3, 4),), lambda a: a.topk(2)[0]),
    "var": (((3, 4),), torch.var),
    "std": (((3, 4),), lambda a: a.std(correction=0)),
    "prod": (((3, 4),), torch.prod),
    "norm": (((3, 4),), torch.linalg.vector_norm),
    "norm_one": (((3, 4),), lambda a: torch.linalg.vector_norm(a, 1)),
    "norm_three": (((3, 4),), lambda a: torch.linalg.vector_norm(a, 3)),
    "cumsum": (((3, 4),), lambda a: a.cumsum(1)),
    "cumprod": (((3, 4),), lambda a: a.cumprod(1)),
    "layer_norm": (((3, 4), (4,), (4,)), lambda x, w, b: F.layer_norm(x, (4,), w, b)),
    "layer_norm_bare": (((3, 4),), lambda x: F.layer_norm(x, (4,))),
    "batch_norm": (((5, 4), (4,), (4,)), lambda x, w, b: F.batch_norm(x, None, None, w, b, True)),
    "mse": (((3,), (3,)), F.mse_loss),
    "mse_sum": (((3,), (3,)), lambda a, t: F.mse_loss(a, t, reduction="sum")),
    "smooth_l1": (((9,), (9,)), F.smooth_l1_loss),
    "huber": (((9,), (9,)), lambda a, t: F.huber_loss(a, t, delta=0.5)),
    "bce_logits": (((9,), (9,)), F.binary_cross_entropy_with_logits),
    "soft_margin": (((9,),), lambda a: F.soft_margin_loss(a, torch.ones(9, dtype=torch.float64))),
    "view": (((3, 4),), lambda a: a.view(12)),
    "t": (((3, 4),), torch.t),
    "transpose": (((2, 3, 4),), lambda a: a.transpose(0, -1)),
    "squeeze": (((3, 1),), lambda a: a.squeeze(1)),
    "unsqueeze": (((3,),), lambda a: a.unsqueeze(-1)),
    "expand": (((3, 1),), lambda a: a.expand(3, 4)),
    "slice": (((3, 4),), lambda a: a[1:]),
    "slice_part": (((3, 4),), lambda a: a[0:2]),
    "select": (((3, 4),), lambda a: a[1]),
    "index_select": (((3, 4),), lambda a: a.index_select(0, torch.tensor([0, 2, 2]))),
    "gather": (((3, 4),), lambda a: a.gather(1, INDEX)),
    "scatter": (((3, 4), (3, 2)), lambda a, b: a.scatter(1, torch.tensor([[0, 1], [2, 1], [2, 3]]), b)),
    "scatter_add": (((3, 4), (3, 2)), lambda a, b: a.scatter_add(1, INDEX, b)),
    "index_add": (((3, 4), (1, 4)), lambda a, b: a.index_add(0, torch.tensor([1]), b)),
    "cat": (((3, 4), (3, 2)), lambda *parts: torch.cat(parts, 1)),
    "stack": (((3,), (3,)), lambda *parts: torch.stack(parts, 1)),
    "flip": (((3, 4),), lambda a: a.flip(0)),
    "tril": (((3, 3),), torch.tril),
    "triu": (((3, 3),), lambda a: a.triu(1)),
    "diagonal": (((3, 3),), torch.diagonal),
    "pixel_shuffle": (((1, 4, 2, 2),), lambda a: F.pixel_shuffle(a, 2)),
    "attention": (((2, 3, 4),) * 3, lambda q, k, v: F.scaled_dot_product_attention(q[None], k[None], v[None])),
}  # fmt: skip
POSITIVE: dict[str, Build] = {
    "log": torch.log,
    "log2": torch.log2,
    "log10": torch.log10,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "powers": lambda a: torch.pow(a, a.detach().requires_grad_()),
    "number_to_power": lambda a: 2**a,
    "bce": lambda a: F.binary_cross_entropy(a / 2, torch.rand(9, dtype=torch.float64)),
}
CASES |= {name: (((9,),), build) for name, build in POSITIVE.items()}


@pytest.mark.parametrize("name", CASES)
def test_a_formula_gives_what_pytorch_sends(name: str) -> None:
    torch.manual_seed(0)
    shapes, build = CASES[name]
    inputs = [positive(*shape) if name in POSITIVE else leaf(*shape) for shape in shapes]
    out = build(*inputs)
    node, g = out.grad_fn, torch.randn_like(out)
    recording, index = recorded(out, g)
    step = recording.steps[index]
    rule = rule_of(recording.nodes[step.node])
    assert rule is not None
    letters = Letters(recording, step, rule)
    sent = node(g)
    sent = sent if isinstance(sent, tuple) else (sent,)

    for write in step.writes:
        of = equation(letters, rule, write.slot, write)
        assert of is not None, rule.formula(write.slot)
        assert write.amount is not None
        expected = sent[write.slot].sum_to_size(write.amount.shape)
        words = values(rule, letters, node, g, out, expected, write.slot)
        found = eval(of.text.partition(" = ")[2], words)
        found = torch.as_tensor(found, dtype=expected.dtype).expand(expected.shape)
        torch.testing.assert_close(found, expected)


def recorded(out: Any, g: Any) -> tuple[TensorRecording, int]:
    """The pass of an output, and the step of the node that made it."""
    from micrograd_tui.engine.sources.pytorch.record import record_loss

    recording = record_loss((out * g).sum(), {})
    made = [
        i for i, step in enumerate(recording.steps) if recording.nodes[step.node].op == out.grad_fn.name()
    ]
    return recording, made[-1] if out.grad_fn.name() != "MulBackward0" else made[min(1, len(made) - 1)]


def values(
    rule: Any, letters: Letters, node: Any, g: Any, out: Any, like: Any, slot: int
) -> dict[str, Any]:
    """What the words of a formula are, as tensors and functions."""
    found: dict[str, Any] = {**FUNCTIONS, "g": g, "y": out.detach(), "n": number(letters.below("n"))}
    for place, (parent, _) in enumerate(node.next_functions):
        if parent is not None and hasattr(parent, "variable"):
            found[rule.letter(place)] = parent.variable.detach()
    for letter, name in rule.kept.items():
        kept = getattr(node, f"_saved_{name}", None)
        if isinstance(kept, int) and not isinstance(kept, bool) and kept >= 1 << 63:
            kept -= 1 << 64
        found[letter] = kept.detach() if isinstance(kept, torch.Tensor) else kept
    found = {letter: value for letter, value in found.items() if value is not None}
    found.setdefault("correction", 1)
    first = node.next_functions[0][0]
    whole = first.variable if first is not None and hasattr(first, "variable") else like
    found["zeros"] = torch.zeros(whole.shape, dtype=torch.float64)
    return found | made_on_the_way(rule, found, letters, like, slot)


def number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 1


def made_on_the_way(
    rule: Any, known: dict[str, Any], letters: Letters, like: Any, slot: int
) -> dict[str, Any]:
    """What formulas name in passing: h of a norm, p and s of attention, parts of a cat."""
    made: dict[str, Any] = {
        "sum_to_size": lambda t: t.sum_to_size(like.shape),
        "reshape": lambda t: t.reshape(like.shape),
        "expand": lambda t: t.expand(like.shape),
    }
    a = known.get("a")
    if isinstance(a, torch.Tensor):
        u = (2 / torch.pi) ** 0.5 * (a + 0.044715 * a**3)
        made |= {"u": u, "du": (2 / torch.pi) ** 0.5 * (1 + 3 * 0.044715 * a**2)}
        if any("count" in formula for formula in rule.gives):
            equal = a == known["y"]
            made["count"] = equal.sum(1, keepdim=True) if known["y"].dim() else equal.sum()
        made |= {"t": torch.tanh(F.softplus(a))} if "t" not in known else {}
    if "m" in known and "r" in known and "x" in known:
        made["h"] = (known["x"] - known["m"]) * known["r"]
        made["u"] = known.get("w", 1.0) * known["g"]
        made |= {"mean": over(known["x"], known["r"]), "sum": lambda t: t.sum(0)}
    if "q" in known:
        scale = known["q"].shape[-1] ** -0.5
        p = torch.softmax(scale * known["q"] @ known["k"].mT, -1)
        s = p * (known["g"] @ known["v"].mT - (known["g"] * known["y"]).sum(-1, True))
        made |= {"p": p, "s": s, "scale": scale}
    name = name_of(letters.node.op)[0]
    if name == "Cat":
        made |= {"start": sum(known[f"a{i + 1}"].shape[1] for i in range(slot)), "size": like.shape[1]}
    return made | {"place": slot}


def over(x: Any, r: Any) -> Callable[[Any], Any]:
    """The mean that a norm takes: over the last axes, or over the batch."""
    return lambda t: t.mean(0) if r.dim() == 1 else t.mean(-1, keepdim=True)


def where(condition: Any, one: Any, other: Any) -> Any:
    one, other = (torch.as_tensor(each, dtype=torch.float64) for each in (one, other))
    return torch.where(condition, one, other)


def swapped(t: Any) -> Any:
    return t.transpose(0, 1)


FUNCTIONS: dict[str, Any] = {
    **{name: getattr(torch, name) for name in (
        "exp", "log", "sqrt", "tanh", "sigmoid", "sign", "sin", "cos", "abs", "outer", "mean", "narrow", "select", "tril", "triu",
        "clamp", "pi",
    ) if hasattr(torch, name)},
    "log": lambda a: torch.log(torch.as_tensor(a, dtype=torch.float64)),
    "sqrt": lambda a: torch.sqrt(torch.as_tensor(a, dtype=torch.float64)),
    "where": where,
    "sum": lambda a, dim=None, keepdim=False: a.sum() if dim is None else a.sum(dim, keepdim),
    "Phi": lambda a: (1 + torch.erf(a / 2**0.5)) / 2,
    "phi": lambda a: torch.exp(-(a**2) / 2) / (2 * torch.pi) ** 0.5,
    "flat": lambda t: t.reshape(-1) if t.dtype == torch.long else t.flatten(0, -2),
    "conv": F.conv2d,
    "correlate": lambda x, g: swapped({3: F.conv1d, 4: F.conv2d}[x.dim()](swapped(x), swapped(g))),
    "conv_transpose": lambda g, w: {3: F.conv_transpose1d, 4: F.conv_transpose2d}[g.dim()](g, w),
    "sum_by_channel": lambda g: g.transpose(0, 1).flatten(1).sum(1),
    "pixel_unshuffle": lambda g: F.pixel_unshuffle(g, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", ["mlp", "cnn", "lstm", "gru_and_cells", "transformer", "transformer_decoder", "gpt",
                                  "embedding_bag", "broadcast", "cut_off", "moved_about", "gathered", "unbound",
                                  "in_place", "copied_slices", "norms", "activations", "losses", "half", "autocast"])  # fmt: skip
def test_no_op_of_a_network_falls_to_pytorchs_own(name: str) -> None:
    from torch_graphs import GRAPHS

    from micrograd_tui.engine.sources.pytorch.backward_call import backward_call
    from micrograd_tui.engine.sources.pytorch.described import Described
    from micrograd_tui.engine.sources.pytorch.graph import Graph
    from micrograd_tui.engine.sources.pytorch.modules import Modules

    made = GRAPHS[name]()
    graph = Graph(backward_call(made.roots[0]).edges)
    nodes = Described(graph, Modules(made.held), None).nodes()

    assert [node.op for node in nodes if forward_words(node) == UNKNOWN] == []
    assert len(nodes) > 2


@pytest.mark.parametrize(
    "op",
    ["CudnnRnn", "CudnnBatchNorm", "NativeDropout", "ScaledDotProductEfficientAttention", "ScaledDotProductFlashAttention",
     "ScaledDotProductCudnnAttention", "ThnnFusedLstmCell", "ThnnFusedGruCell", "FusedRmsNorm", "MkldnnLinear",
     "CudnnConvolution", "MiopenBatchNorm", "LstmMps", "KlDiv", "UnsafeSplit", "ScaledDotProductFlashAttentionForCpu"],
)  # fmt: skip
def test_kernels_of_other_devices_have_rules_too(op: str) -> None:
    node = TensorNode(0, f"{op}Backward0", "", "", "", (2,), "float32", (None,))

    assert rule_of(node) is not None


def test_every_row_has_a_formula_for_what_it_takes() -> None:
    for name, rule in RULES.items():
        assert rule.gives, name
        assert rule.many or len(rule.gives) <= len(rule.takes), name
