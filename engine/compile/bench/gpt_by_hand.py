"""The second job as one would write it by hand: in numpy, in C, in PyTorch."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from .documents import BETAS, EPS, EPSILON, LR, Documents
from .gpt_in_c import SOURCE

Train = Callable[[int], float]


def _matrices(job: Documents, flat: Any) -> dict[str, Any]:
    return {
        name: flat[first : first + rows * columns].reshape(rows, columns)
        for (name, rows, columns), first in zip(job.shapes, job.starts(), strict=True)
    }


def numpy_by_hand(job: Documents) -> Train:
    """The model as one would write it in numpy, gradients derived on paper."""
    flat = np.array(job.parameters())
    slopes = np.zeros_like(flat)
    w, g = _matrices(job, flat), _matrices(job, slopes)
    mean, square, taken = np.zeros_like(flat), np.zeros_like(flat), [0]
    documents = cycle(np.array(tokens) for tokens in job.documents())
    beta1, beta2 = BETAS

    def train(steps: int) -> float:
        for _ in range(steps):
            loss = _gradients(job, w, g, next(documents))
            taken[0] += 1
            np.add(beta1 * mean, (1 - beta1) * slopes, out=mean)
            np.add(beta2 * square, (1 - beta2) * slopes * slopes, out=square)
            scale = np.sqrt(square / (1 - beta2 ** taken[0])) + EPS
            np.subtract(flat, LR / (1 - beta1 ** taken[0]) * mean / scale, out=flat)
        return float(loss)

    return train


def _normed(x: Any) -> tuple[Any, Any]:
    scale = (np.einsum("ij,ij->i", x, x)[:, None] / x.shape[1] + EPSILON) ** -0.5
    return x * scale, scale


def _normed_back(dy: Any, y: Any, scale: Any) -> Any:
    return scale * (dy - y * (np.einsum("ij,ij->i", dy, y)[:, None] / y.shape[1]))


def _gradients(job: Documents, w: Any, g: Any, tokens: Any) -> float:
    """Write the gradients of one document; return its loss."""
    read, wanted = tokens[:-1], tokens[1:]
    n, d, heads = len(read), job.embed, job.heads
    size = d // heads

    def split(x: Any) -> Any:
        return x.reshape(n, heads, size).transpose(1, 0, 2)

    def joined(x: Any) -> Any:
        return x.transpose(1, 0, 2).reshape(n, d)

    x0, s0 = _normed(w["wte"][read] + w["wpe"][:n])
    x1, s1 = _normed(x0)
    q, k, v = split(x1 @ w["wq"].T), split(x1 @ w["wk"].T), split(x1 @ w["wv"].T)
    scores = q @ k.transpose(0, 2, 1) * size**-0.5
    scores[:, np.triu_indices(n, 1)[0], np.triu_indices(n, 1)[1]] = -np.inf
    a = np.exp(scores - scores.max(2, keepdims=True))
    a /= a.sum(2, keepdims=True)
    mixed = joined(a @ v)
    x2 = x0 + mixed @ w["wo"].T
    x3, s3 = _normed(x2)
    h = np.maximum(x3 @ w["fc1"].T, 0)
    x4 = x2 + h @ w["fc2"].T
    z = x4 @ w["head"].T
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    loss = -np.log(p[np.arange(n), wanted]).mean()

    p[np.arange(n), wanted] -= 1
    dz = p / n
    np.matmul(dz.T, x4, out=g["head"])
    d4 = dz @ w["head"]
    np.matmul(d4.T, h, out=g["fc2"])
    dh = (d4 @ w["fc2"]) * (h > 0)
    np.matmul(dh.T, x3, out=g["fc1"])
    d2 = d4 + _normed_back(dh @ w["fc1"], x3, s3)
    np.matmul(d2.T, mixed, out=g["wo"])
    dm = split(d2 @ w["wo"])
    da = dm @ v.transpose(0, 2, 1)
    dv = joined(a.transpose(0, 2, 1) @ dm)
    ds = a * (da - (da * a).sum(2, keepdims=True)) * size**-0.5
    dq, dk = joined(ds @ k), joined(ds.transpose(0, 2, 1) @ q)
    for name, slope in (("wq", dq), ("wk", dk), ("wv", dv)):
        np.matmul(slope.T, x1, out=g[name])
    d1 = dq @ w["wq"] + dk @ w["wk"] + dv @ w["wv"]
    d0 = _normed_back(d2 + _normed_back(d1, x1, s1), x0, s0)
    g["wte"][:] = 0
    np.add.at(g["wte"], read, d0)
    g["wpe"][n:] = 0
    g["wpe"][:n] = d0
    return float(loss)


def c_by_hand(job: Documents, *flags: str) -> Train:
    """The model as loops in C, by whatever compiler there is."""
    compiler = shutil.which("clang") or shutil.which("gcc")
    if not compiler:
        raise ImportError("no C compiler")
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "gpt.c"), Path(folder, "gpt.so")
        source.write_text(SOURCE)
        always = ["-O3", "-march=native", "-shared", "-fPIC", "-lm"]
        command = [compiler, *flags, str(source), "-o", str(library), *always]
        subprocess.run(command, check=True)
        run = ctypes.CDLL(str(library)).step
    run.restype = ctypes.c_double
    arrays = [np.array(job.parameters()), *np.zeros((3, len(job.parameters())))]
    pointers = [ctypes.c_void_p(each.ctypes.data) for each in arrays]
    rows = [np.array(tokens, np.int32) for tokens in job.documents()]
    documents = cycle((ctypes.c_void_p(row.ctypes.data), ctypes.c_int(len(row) - 1)) for row in rows)
    taken = [0]

    def train(steps: int) -> float:
        assert len(arrays) + len(rows)  # they live as long as the pointers to them
        for _ in range(steps):
            taken[0] += 1
            loss = run(*pointers, *next(documents), ctypes.c_int(taken[0]))
        return float(loss)

    return train


def c_fast_math(job: Documents) -> Train:
    """The same loops, with leave to reorder sums."""
    return c_by_hand(job, "-ffast-math")


def torch_eager(job: Documents) -> Train:
    """PyTorch as its tutorials have it, in float64, on one thread."""
    torch: Any = import_module("torch")
    functional: Any = import_module("torch.nn.functional")
    flat = torch.tensor(job.parameters(), dtype=torch.float64)
    w = {name: torch.nn.Parameter(x.clone()) for name, x in _matrices(job, flat).items()}
    optimizer = torch.optim.Adam(w.values(), LR, BETAS, EPS)
    documents = cycle(torch.tensor(tokens) for tokens in job.documents())
    d, heads = job.embed, job.heads

    def norm(x: Any) -> Any:
        return functional.rms_norm(x, (d,), eps=EPSILON)

    def loss_of(tokens: Any) -> Any:
        n = len(tokens) - 1
        x = norm(w["wte"][tokens[:-1]] + w["wpe"][:n])
        y = norm(x)
        q, k, v = (
            functional.linear(y, w[name]).view(n, heads, d // heads).transpose(0, 1)
            for name in ("wq", "wk", "wv")
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + functional.linear(mixed.transpose(0, 1).reshape(n, d), w["wo"])
        x = x + functional.linear(functional.linear(norm(x), w["fc1"]).relu(), w["fc2"])
        return functional.cross_entropy(functional.linear(x, w["head"]), tokens[1:])

    def train(steps: int) -> float:
        torch.set_num_threads(1)
        for _ in range(steps):
            loss = loss_of(next(documents))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return float(loss.item())

    return train
