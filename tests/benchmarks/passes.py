"""PyTorch scripts nobody prepared, for the benchmarks: a graph of 3,000 nodes, 60 layers, GPT-2 small."""

CHAIN = """
import torch
torch.manual_seed(0)
x = torch.randn(16, 16)
weights = [torch.randn(16, 16, requires_grad=True) for _ in range(600)]
for weight in weights:
    x = (x @ weight * 0.1 + 0.5).tanh()
loss = x.sum()
loss.backward()
"""
LAYERS = """
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(*(part for _ in range(60) for part in (nn.Linear(64, 64), nn.Tanh())))
loss = model(torch.randn(32, 64)).pow(2).mean()
loss.backward()
"""
GPT2 = """
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.c_attn, self.c_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.c_fc, self.c_out = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        b, t, d = x.shape
        parts = self.c_attn(self.ln_1(x)).split(d, 2)
        q, k, v = (y.view(b, t, self.heads, d // self.heads).transpose(1, 2) for y in parts)
        scores = (q @ k.transpose(-2, -1)) * (d // self.heads) ** -0.5
        mix = scores.masked_fill(torch.ones(t, t).tril() == 0, float("-inf")).softmax(-1)
        x = x + self.c_proj((mix @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.c_out(F.gelu(self.c_fc(self.ln_2(x))))

class GPT(nn.Module):
    def __init__(self, layers=12, d=768, heads=12, vocabulary=50257, context=1024):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, d), nn.Embedding(context, d)
        self.h = nn.ModuleList(Block(d, heads) for _ in range(layers))
        self.ln_f, self.lm_head = nn.LayerNorm(d), nn.Linear(d, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))

model = GPT()
tokens = torch.randint(50257, (1, 65))
loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1), tokens[0, 1:])
loss.backward()
"""
SCRIPTS = {"3,000 nodes": CHAIN, "60 layers": LAYERS, "GPT-2 small": GPT2}
TIMED = """
import time
_began = time.perf_counter(), time.process_time()
loss.backward()
print(time.perf_counter() - _began[0], time.process_time() - _began[1])
"""


def timed(script: str) -> str:
    """Return a script that prints what its own backward pass took, seconds and seconds of CPU."""
    return script.replace("loss.backward()\n", TIMED.lstrip())
