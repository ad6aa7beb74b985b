"""Kinds of graph that PyTorch users make, small: each gives its losses, and what its variables hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.checkpoint import checkpoint


@dataclass
class Made:
    """A graph: what backward is called with, what variables hold."""

    roots: list[Any]
    held: dict[str, Any]
    seeds: list[Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)


GRAPHS: dict[str, Callable[[], Made]] = {}
LIVE = {
    "checkpoint_reentrant", "hooked", "retained", "post_accumulate", "node_hook", "module_hook", "reentrant_shared", "leaf_hook",
    "prehook",
}  # fmt: skip
"""Those that only PyTorch itself runs whole."""


def graph(build: Callable[[], Made]) -> Callable[[], Made]:
    """A kind of graph by its function's name."""
    GRAPHS[build.__name__] = build
    return build


def w(*shape: int, dtype: Any = torch.float32) -> Any:
    """A leaf."""
    return torch.randn(*shape, dtype=dtype, requires_grad=True)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


class TwoOutputs(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, y):
        ctx.scale = scale
        ctx.save_for_backward(x, y)
        return x * scale, x * y

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * ctx.scale + h * y, None, (h * x if ctx.needs_input_grad[2] else None)


class NoZeros(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, g, h):
        assert h is None
        return g * 2


class GivesNone(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        return x + y

    @staticmethod
    def backward(ctx, g):
        return None, g


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.c_attn(self.ln_1(x)).split(c, dim=2)
        q, k, v = (each.view(b, t, self.heads, c // self.heads).transpose(1, 2) for each in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) / (c // self.heads) ** 0.5
        scores = scores.masked_fill(torch.tril(torch.ones(t, t)) == 0, float("-inf"))
        y = (F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(b, t, c)
        x = x + self.c_proj(y)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, tied=False):
        super().__init__()
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(11, 8),
                "wpe": nn.Embedding(6, 8),
                "h": nn.ModuleList([Block(8, 2), Block(8, 2)]),
            }
        )
        self.lm_head = nn.Linear(8, 11, bias=False)
        if tied:
            self.lm_head.weight = self.transformer.wte.weight

    def forward(self, tokens):
        x = self.transformer.wte(tokens) + self.transformer.wpe(torch.arange(tokens.shape[1]))
        for block in self.transformer.h:
            x = block(x)
        return self.lm_head(x)


def gpt_loss(model):
    tokens = torch.randint(0, 11, (2, 6))
    logits = model(tokens)
    return F.cross_entropy(logits.view(-1, 11), torch.randint(0, 11, (12,)))


@graph
def mlp():
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    return Made([F.cross_entropy(model(torch.randn(5, 4)), torch.randint(0, 3, (5,)))], {"model": model})


@graph
def cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(4, 3, 2),
        nn.GroupNorm(3, 3), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(3, 2),
    )  # fmt: skip
    return Made(
        [F.nll_loss(F.log_softmax(model(torch.randn(4, 1, 9, 9)), 1), torch.randint(0, 2, (4,)))],
        {"net": model},
    )


@graph
def lstm():
    cell, head = nn.LSTM(3, 5, num_layers=2, batch_first=True), nn.Linear(5, 1)
    out, (h, _) = cell(torch.randn(2, 4, 3))
    return Made([F.mse_loss(head(out[:, -1]), torch.randn(2, 1)) + h.sum()], {"cell": cell, "head": head})


@graph
def gru_and_cells():
    gru, cell = nn.GRU(3, 4, bidirectional=True), nn.LSTMCell(8, 3)
    out, _ = gru(torch.randn(5, 2, 3))
    h = c = torch.zeros(2, 3)
    for step in out:
        h, c = cell(step, (h, c))
    return Made([h.pow(2).mean()], {"gru": gru, "cell": cell})


@graph
def transformer():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    return Made([model(torch.randn(2, 5, 8)).pow(2).mean()], {"model": model})


@graph
def transformer_decoder():
    model = nn.Transformer(8, 2, 1, 1, 16, dropout=0.0, batch_first=True)
    return Made([model(torch.randn(2, 3, 8), torch.randn(2, 4, 8)).abs().mean()], {"model": model})


@graph
def gpt():
    model = GPT()
    return Made([gpt_loss(model)], {"model": model})


@graph
def gpt_tied():
    model = GPT(tied=True)
    return Made([gpt_loss(model)], {"model": model})


@graph
def embedding_bag():
    words, bag = nn.Embedding(9, 4, padding_idx=0), nn.EmbeddingBag(9, 4, mode="mean")
    tokens = torch.tensor([[1, 2, 0], [2, 2, 8]])
    return Made([(words(tokens).sum(1) * bag(tokens)).sum()], {"words": words, "bag": bag})


@graph
def sparse():
    words = nn.Embedding(9, 4, sparse=True)
    return Made([words(torch.tensor([1, 2, 2, 0])).pow(2).sum()], {"words": words})


@graph
def sparse_and_dense():
    table = w(6, 3)
    loss = F.embedding(torch.tensor([1, 1, 4]), table, sparse=True).sum() + (table * table).sum()
    return Made([loss], {"table": table})


@graph
def broadcast():
    a, b, c = w(5, 1), w(3), w(1, 1, 1)
    return Made([(a * b + c).exp().mean()], {"a": a, "b": b, "c": c})


@graph
def shared():
    layer = nn.Linear(4, 4)
    return Made([layer(torch.tanh(layer(layer(torch.randn(2, 4))))).sum()], {"layer": layer})


@graph
def used_twice():
    x = w(3, 3)
    y = torch.sin(x)
    return Made([(y @ y + y * y + y / (y * y + 1) + x**3).sum()], {"x": x})


@graph
def three_way_sum():
    x = w(1000)
    h = x * 1.1
    return Made([(h.exp() + h.sin() * 3 + h.pow(3) + h.cos() + (h * h).sqrt()).sum()], {"x": x})


@graph
def cut_off():
    a, b = w(3), w(3)
    with torch.no_grad():
        c = a * b
    return Made([(a * b.detach() + c).sum()], {"a": a, "b": b})


@graph
def moved_about():
    x = w(4, 6)
    y = torch.where(x > 0, x, x * 0.1).masked_fill(x > 1, 0.5)
    a, b = y.split([2, 4], dim=1)
    z = torch.cat([a.reshape(8), b.permute(1, 0).reshape(-1)])[torch.tensor([0, 3, 3, 9])]
    u = y.unsqueeze(0).expand(3, 4, 6).chunk(2, dim=2)[1]
    return Made(
        [z.sum() + u.prod() + y[1:3, ::2].max() + y.view(24)[-1] + torch.stack([a, a]).mean()], {"x": x}
    )


@graph
def gathered():
    x = w(5, 4)
    index = torch.tensor([[0, 1], [1, 1], [2, 3], [0, 0], [3, 3]])
    y = x.gather(1, index).scatter_add(1, index[:, :1] % 2, x[:, :1])
    best, _ = x.topk(2, dim=1)
    return Made(
        [y.sum() + best.pow(2).sum() + x.sort(dim=0).values[0].sum() + x.cumsum(0).std()], {"x": x}
    )


@graph
def unbound():
    x = w(3, 4)
    first, _, last = x.unbind(0)
    return Made([(first * last).sum()], {"x": x})


@graph
def in_place():
    x = w(4)
    y = x * 2
    y += x
    y[1:3] *= x[1:3]
    y.add_(1).relu_()
    z = torch.zeros(4)
    z[2] = y[0] * y[3]
    return Made([(z + y).sum()], {"x": x})


@graph
def copied_slices():
    x, out = w(3, 3), torch.zeros(3, 3)
    out[0], out[1:, 1] = x[2] * 2, x[:2, 0].exp()
    out.t()[2].mul_(3)
    return Made([out.pow(2).sum()], {"x": x})


@graph
def norms():
    model = nn.ModuleList([nn.LayerNorm(6), nn.BatchNorm1d(6), nn.GroupNorm(2, 6), nn.RMSNorm(6)])
    x = torch.randn(5, 6)
    for layer in model:
        x = layer(x)
    return Made([x.pow(3).sum()], {"norms": model})


@graph
def activations():
    x = w(20)
    all_ = [
        F.gelu,
        F.silu,
        F.elu,
        F.selu,
        F.softplus,
        F.leaky_relu,
        F.hardtanh,
        F.logsigmoid,
        F.mish,
        torch.sigmoid,
    ]
    return Made([sum(each(x).sum() for each in all_)], {"x": x})


@graph
def losses():
    x, target = w(6, 3), torch.randint(0, 3, (6,))
    y = torch.rand(6, 3)
    total = F.cross_entropy(x, target, label_smoothing=0.1, weight=torch.tensor([1.0, 2.0, 0.5]))
    total = total + F.mse_loss(x, y) + F.l1_loss(x, y) + F.smooth_l1_loss(x, y) + F.huber_loss(x, y)
    total = (
        total
        + F.binary_cross_entropy_with_logits(x, y)
        + F.kl_div(F.log_softmax(x, 1), y.softmax(1), reduction="sum")
    )
    return Made(
        [total + F.multi_margin_loss(x, target) + F.cosine_embedding_loss(x, y, torch.ones(6))], {"x": x}
    )


@graph
def checkpoint_new():
    first, last = nn.Linear(4, 4), nn.Linear(4, 1)
    dropout = nn.Dropout(0.5)
    h = checkpoint(lambda x: torch.tanh(dropout(first(x))), w(3, 4), use_reentrant=False)
    return Made([last(h).sum()], {"first": first, "last": last})


@graph
def checkpoint_reentrant():
    first, last = nn.Linear(4, 4), nn.Linear(4, 1)
    x = w(3, 4)
    return Made(
        [last(checkpoint(lambda x: torch.tanh(first(x)), x, use_reentrant=True)).sum()],
        {"first": first, "last": last, "x": x},
    )


@graph
def reentrant_shared():
    layer, x = nn.Linear(4, 4), w(3, 4)
    h = checkpoint(lambda x: torch.tanh(layer(x)), layer(x), use_reentrant=True)
    h = checkpoint(lambda x: torch.sin(layer(x)), h, use_reentrant=True)
    return Made([layer(h).sum()], {"layer": layer, "x": x})


@graph
def custom():
    x = w(4)
    return Made([Cube.apply(Cube.apply(x) * 0.1).sum()], {"x": x})


@graph
def custom_two_outputs():
    x, y = w(4), w(4)
    a, b = TwoOutputs.apply(x, 2.0, y)
    return Made([(a.sin() + b).sum()], {"x": x, "y": y})


@graph
def custom_one_used():
    x = w(4)
    a, _ = TwoOutputs.apply(x, 2.0, torch.ones(4))
    return Made([a.sum()], {"x": x})


@graph
def custom_no_zeros():
    x = w(4)
    return Made([(NoZeros.apply(x)[0] * x).sum()], {"x": x})


@graph
def custom_gives_none():
    x, y = w(4), w(4)
    return Made([GivesNone.apply(Cube.apply(x), y).sum()], {"x": x, "y": y})


@graph
def double():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)).double()
    return Made([model(torch.randn(5, 4, dtype=torch.float64)).pow(2).mean()], {"model": model})


@graph
def half():
    model = nn.Linear(4, 3).to(torch.bfloat16)
    return Made([model(torch.randn(5, 4, dtype=torch.bfloat16)).float().pow(2).mean()], {"model": model})


@graph
def autocast():
    model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = F.cross_entropy(model(torch.randn(5, 4)), torch.randint(0, 3, (5,)))
    return Made([loss * 1024], {"model": model})


@graph
def complex_numbers():
    z, a = w(4, dtype=torch.complex64), w(4)
    y = torch.fft.fft(z * a) * z.conj() + torch.complex(a, a * 2)
    return Made([(y.abs() ** 2).sum() + y.real.sum()], {"z": z, "a": a})


@graph
def several_roots():
    model, x = nn.Linear(3, 2), w(4, 3)
    y = model(x)
    return Made(
        [y.sum(), (y * y).mean(), x.exp()], {"model": model, "x": x}, [None, None, torch.rand(4, 3)]
    )


@graph
def own_gradient():
    x = w(3, 4)
    return Made([x.tanh() * x], {"x": x}, [torch.randn(3, 4)])


@graph
def root_within():
    x = w(3)
    y = x * 2
    return Made([y, (y * y).sum()], {"x": x}, [torch.ones(3), None])


@graph
def root_is_leaf():
    x = w(1)
    return Made([x], {"x": x})


@graph
def both_outputs_are_roots():
    a, b = w(2, 3).unbind(0)
    return Made([a, b], {}, [torch.rand(3), torch.rand(3)])


@graph
def inputs_chosen():
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1))
    return Made([model(torch.randn(3, 4)).sum()], {"model": model}, None, {"inputs": [model[2].weight]})


@graph
def hooked():
    x, layer = w(4), nn.Linear(4, 4)
    h = layer(x)
    h.register_hook(lambda g: g * 10)
    return Made([h.tanh().sum()], {"x": x, "layer": layer})


@graph
def leaf_hook():
    x = w(4)
    x.register_hook(lambda g: g.clamp(-0.1, 0.1))
    return Made([x.pow(2).sum()], {"x": x})


@graph
def retained():
    x = w(4)
    h = x * 3
    h.retain_grad()
    return Made([h.pow(2).sum()], {"x": x, "h": h})


@graph
def post_accumulate():
    x = w(4)
    x.register_post_accumulate_grad_hook(lambda p: None)
    return Made([x.pow(2).sum()], {"x": x})


@graph
def node_hook():
    x = w(4)
    h = x.exp()
    h.grad_fn.register_hook(lambda given, arrived: (given[0] * 2,))
    return Made([h.sum()], {"x": x})


@graph
def prehook():
    x = w(4)
    h = x.exp()
    h.grad_fn.register_prehook(lambda arrived: (arrived[0] * 3,))
    return Made([h.sum()], {"x": x})


@graph
def module_hook():
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
    model[1].register_full_backward_hook(lambda module, given, arrived: (given[0] * 0.5,))
    return Made([model(torch.randn(2, 4)).sum()], {"model": model})


@graph
def attention():
    q, k, v = w(2, 2, 5, 4), w(2, 2, 5, 4), w(2, 2, 5, 4)
    return Made(
        [F.scaled_dot_product_attention(q, k, v, is_causal=True).pow(2).sum()], {"q": q, "k": k, "v": v}
    )


@graph
def multihead():
    model = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(2, 5, 8)
    return Made([model(x, x, x, need_weights=True)[0].sum()], {"attention": model})


@graph
def einsum_and_norms():
    a, b = w(2, 3, 4), w(2, 4, 5)
    y = torch.einsum("bij,bjk->bik", a, b)
    return Made(
        [y.norm() + torch.linalg.det(y @ y.transpose(1, 2)).sum() + torch.logsumexp(y, -1).sum()],
        {"a": a, "b": b},
    )


@graph
def gradient_penalty():
    model, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), w(5, 3)
    (g,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
    return Made([((g.norm(dim=1) - 1) ** 2).mean()], {"model": model})


@graph
def foreach():
    a, b = w(3), w(2)
    doubled = torch._foreach_mul([a, b], 2.0)
    return Made([doubled[0].sum() * doubled[1].prod()], {"a": a, "b": b})


@graph
def frozen_part():
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    model[0].requires_grad_(False)
    return Made([model(torch.randn(5, 3)).mean()], {"model": model})


@graph
def vmapped():
    weight, x = w(3, 4), torch.randn(6, 4)
    return Made([torch.vmap(lambda row: weight @ row)(x).pow(2).sum()], {"weight": weight})


@graph
def not_finite():
    x = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)
    return Made([(x.sqrt() / x).sum() * 0 + x.log().sum()], {"x": x})


@graph
def empty():
    x = w(0, 3)
    return Made([x.sum() + w(1).sum()], {"x": x})


@graph
def upsampled():
    conv = nn.ConvTranspose2d(2, 3, 2, stride=2)
    y = F.interpolate(conv(torch.randn(1, 2, 3, 3)), scale_factor=2, mode="bilinear")
    return Made([F.avg_pool2d(F.pad(y, (1, 1)), 2).pow(2).sum()], {"conv": conv})


class Argmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, dim):
        values, places = x.max(dim)
        ctx.mark_non_differentiable(places)
        ctx.save_for_backward(places)
        ctx.shape, ctx.dim = x.shape, dim
        return values, places, "text"

    @staticmethod
    def backward(ctx, g, places, text):
        (where,) = ctx.saved_tensors
        return torch.zeros(ctx.shape).scatter(
            ctx.dim, where.unsqueeze(ctx.dim), g.unsqueeze(ctx.dim)
        ), None


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(x, more):
        return x.mul_(2)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(inputs[0])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        return g * 2, None, None


class Ignoring(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *tensors):
        return sum(tensors[1:], tensors[0].detach())

    @staticmethod
    def backward(ctx, g):
        return (None, *(g for _ in ctx.needs_input_grad[1:]))


@graph
def custom_not_differentiable():
    x = w(3, 4)
    values, places, _ = Argmax.apply(x * 2, 1)
    return Made([(values * places).sum()], {"x": x})


@graph
def custom_in_place():
    x = w(4)
    h = x * 3
    return Made([(Doubled.apply(h, {"a": 1}) * h).sum()], {"x": x})


@graph
def custom_many_inputs():
    x, y, frozen = w(3), w(1), torch.ones(3)
    return Made([Ignoring.apply(x, y.expand(3), frozen, x * y, x).exp().sum()], {"x": x, "y": y})


@graph
def create_graph():
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Sigmoid(), nn.Linear(4, 1))
    return Made([model(torch.randn(5, 3)).pow(2).mean()], {"model": model}, None, {"create_graph": True})


@graph
def saved_by_hooks():
    x = w(4)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy(), lambda a: torch.from_numpy(a)):
        h = (x * x.detach()).exp()
    return Made([(h * h).sum()], {"x": x})


@graph
def subclass():
    class Mine(torch.Tensor):
        pass

    x = torch.randn(3).as_subclass(Mine).requires_grad_()
    return Made([(x * 2).exp().sum()], {"x": x})


@graph
def parametrized():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    conv = nn.utils.parametrizations.spectral_norm(nn.Conv1d(2, 2, 3))
    return Made(
        [layer(torch.randn(4, 3)).sum() + conv(torch.randn(1, 2, 8)).pow(2).sum()],
        {"layer": layer, "conv": conv},
    )


@graph
def scripted():
    scripted = torch.jit.script(
        nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(4, 1))
    )
    return Made([scripted(torch.randn(5, 3)).sum()], {"model": scripted})


@graph
def long_chain():
    x = w(3)
    h = x
    for _ in range(3000):
        h = h + 0.001 * h
    return Made([h.sum()], {"x": x})


@graph
def moved_between_dtypes():
    x = w(4)
    h = (x.double() * 2).to(torch.float16).float()
    return Made([(h * x.to(torch.bfloat16)).sum()], {"x": x})


@graph
def scalar_leaf_broadcast():
    temperature, x = torch.tensor(2.0, requires_grad=True), w(3, 4)
    return Made(
        [(x / temperature).softmax(-1).log()[:, 0].neg().mean()], {"temperature": temperature, "x": x}
    )


@graph
def inputs_within():
    x = w(3)
    h = x.exp()
    return Made([(h * x).sum()], {"x": x}, None, {"inputs": [x, h]})
