"""The libraries one would otherwise take, imported only where they are installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from .contenders import Train
from .job import L2, LR, Job


def torch_eager(job: Job, threads: int = 1) -> Train:
    """PyTorch as its tutorials have it, in float64."""
    torch: Any = import_module("torch")
    rows = torch.tensor(job.rows(), dtype=torch.float64)
    x, y = rows[:, :2].contiguous(), rows[:, 2:].contiguous()
    layers: list[Any] = []
    for i, layer in enumerate(job.layers()):
        linear = torch.nn.Linear(len(layer[0][0]), len(layer), dtype=torch.float64)
        with torch.no_grad():
            linear.weight[:] = torch.tensor([ws for ws, _ in layer], dtype=torch.float64)
            linear.bias[:] = torch.tensor([b for _, b in layer], dtype=torch.float64)
        layers += [linear] if i == len(job.sizes) - 2 else [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)

    def train(steps: int) -> float:
        torch.set_num_threads(threads)
        for _ in range(steps):
            loss = torch.relu(1 - y * model(x)).mean()
            loss = loss + L2 * sum((p * p).sum() for p in model.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return float(loss.item())

    return train


def torch_two_threads(job: Job) -> Train:
    """PyTorch on two threads."""
    return torch_eager(job, 2)


def _jax(job: Job) -> tuple[Any, Any, Any]:
    """Return jax, the first parameters and the step."""
    jax: Any = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp: Any = import_module("jax.numpy")
    rows = jnp.array(job.rows())
    x, y = rows[:, :2], rows[:, 2:]
    parameters = [
        (jnp.array([ws for ws, _ in layer]).T, jnp.array([b for _, b in layer])) for layer in job.layers()
    ]

    def loss_of(layers: Any) -> Any:
        h = x
        for i, (w, b) in enumerate(layers):
            h = h @ w + b
            h = h if i == len(layers) - 1 else jnp.maximum(h, 0)
        squares = sum((p * p).sum() for layer in layers for p in layer)
        return jnp.maximum(1 - y * h, 0).mean() + L2 * squares

    def step(layers: Any, _: Any = None) -> Any:
        loss, slopes = jax.value_and_grad(loss_of)(layers)
        return jax.tree_util.tree_map(lambda p, g: p - LR * g, layers, slopes), loss

    return jax, parameters, step


def jax_step(job: Job) -> Train:
    """JAX, one compiled step a call."""
    jax, parameters, step = _jax(job)
    compiled = jax.jit(step)
    state = [parameters]

    def train(steps: int) -> float:
        for _ in range(steps):
            state[0], loss = compiled(state[0])
        return float(loss)

    return train


def jax_scan(job: Job) -> Train:
    """JAX, the loop over the steps compiled too."""
    jax, parameters, step = _jax(job)
    compiled = jax.jit(
        lambda layers, steps: jax.lax.scan(step, layers, None, length=steps), static_argnums=1
    )
    state = [parameters]

    def train(steps: int) -> float:
        state[0], losses = compiled(state[0], steps)
        return float(losses[-1])

    return train


def casadi(job: Job) -> Train:
    """CasADi's virtual machine on the scalar expression of one step."""
    ca: Any = import_module("casadi")
    layers = job.layers()
    first = np.array([p for layer in layers for ws, b in layer for p in (*ws, b)])
    p = ca.SX.sym("p", len(first))
    at, shaped = 0, []
    for layer in layers:
        width = len(layer[0][0]) + 1
        shaped.append(ca.reshape(p[at : at + width * len(layer)], width, len(layer)).T)
        at += width * len(layer)
    total = 0
    for a, b, y in job.rows():
        h = ca.vertcat(a, b)
        for i, w in enumerate(shaped):
            h = w[:, :-1] @ h + w[:, -1]
            h = h if i == len(shaped) - 1 else ca.fmax(h, 0)
        total = total + ca.fmax(1 - y * h, 0)
    loss = total / job.batch + L2 * ca.sumsqr(p)
    step = ca.Function("step", [p], [p - LR * ca.gradient(loss, p), loss])
    state = [ca.DM(first)]

    def train(steps: int) -> float:
        for _ in range(steps):
            state[0], loss = step(state[0])
        return float(loss)

    return train
