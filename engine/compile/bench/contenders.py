"""The contenders of this project, micrograd, and the network written by hand in numpy and in C.

Each is a function of the job that gets ready and returns `train(steps) -> loss before the last update`.
"""

from __future__ import annotations

import ctypes
import gc
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...learning.optim import SGD
from ...value import Value
from ..program import Program, compile_function, compile_graph
from .job import L2, LR, Job

Train = Callable[[int], float]


def _network(job: Job, value: Any) -> tuple[list[Any], Callable[[Any], Any]]:
    """Return the parameters and the model, on any class of scalars."""
    layers = [[([value(w) for w in ws], value(b)) for ws, b in layer] for layer in job.layers()]
    parameters = [p for layer in layers for ws, b in layer for p in (*ws, b)]

    def model(x: Any) -> Any:
        for i, layer in enumerate(layers):
            sums = [sum((w * v for w, v in zip(ws, x, strict=True)), b) for ws, b in layer]
            x = sums if i == len(layers) - 1 else [each.relu() for each in sums]
        return x[0]

    return parameters, model


def _loss(job: Job, value: Any) -> tuple[list[Any], Callable[[], Any]]:
    parameters, model = _network(job, value)
    rows = job.rows()

    def loss() -> Any:
        losses = [(1 + -y * model([value(a), value(b)])).relu() for a, b, y in rows]
        return sum(losses) * (1.0 / len(losses)) + L2 * sum(p * p for p in parameters)

    return parameters, loss


def _rebuilt(job: Job, value: Any) -> Train:
    parameters, build = _loss(job, value)

    def train(steps: int) -> float:
        for _ in range(steps):
            loss = build()
            for p in parameters:
                p.grad = 0.0
            loss.backward()
            for p in parameters:
                p.data -= LR * p.grad
        return float(loss.data)

    return train


def _without_gc(train: Train) -> Train:
    def paused(steps: int) -> float:
        with _gc_off():
            return train(steps)

    return paused


@contextmanager
def _gc_off() -> Any:
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def python(job: Job) -> Train:
    """Our Values, the graph built anew at every step."""
    return _rebuilt(job, Value)


def micrograd(job: Job) -> Train:
    """The class micrograd ships."""
    from micrograd.engine import Value as Micrograd  # installed for comparisons only

    return _rebuilt(job, Micrograd)


def micrograd_without_gc(job: Job) -> Train:
    """The class micrograd ships, the collector off."""
    return _without_gc(micrograd(job))


def numpy(job: Job) -> Train:
    """`compile_function`, folded to numpy."""
    return _trained(_compiled(job, "numpy"))


def native(job: Job) -> Train:
    """`compile_function`, native code."""
    program = _compiled(job, "native")
    if program.backend != "native":
        raise ImportError("native code cannot be made for this job")
    return _trained(program)


def numpy_graph(job: Job) -> Train:
    """`compile_graph`: the whole graph, folded to numpy."""
    return _trained(_whole(job, "numpy"))


def native_graph(job: Job) -> Train:
    """`compile_graph`: the whole graph, native code."""
    program = _whole(job, "native")
    if program.backend != "native":
        raise ImportError("native code cannot be made for this job")
    return _trained(program)


def _compiled(job: Job, backend: str) -> Program:
    parameters, model = _network(job, Value)

    def sample(row: Any) -> Any:
        return (1 + -row[2] * model(row[:2])).relu()

    def penalty() -> Any:
        return L2 * sum(p * p for p in parameters)

    return compile_function(sample, parameters, job.rows(), penalty, backend)


def _whole(job: Job, backend: str) -> Program:
    parameters, build = _loss(job, Value)
    return compile_graph(build(), parameters, backend)


def _trained(program: Program) -> Train:
    optimizer = SGD([], lr=LR)
    return lambda steps: float(program.run(steps, optimizer).loss[-1])


def numpy_by_hand(job: Job) -> Train:
    """The network as one would write it in numpy."""
    rows = np.array(job.rows())
    x, y = rows[:, :2].copy(), rows[:, 2:].copy()
    w1, w2, w3 = (np.array([ws for ws, _ in layer]).T.copy() for layer in job.layers())
    b1, b2, b3 = (np.array([b for _, b in layer]) for layer in job.layers())

    def train(steps: int) -> float:
        for _ in range(steps):
            h1 = np.maximum(x @ w1 + b1, 0)
            h2 = np.maximum(h1 @ w2 + b2, 0)
            margin = np.maximum(1 - y * (h2 @ w3 + b3), 0)
            squares = sum((p * p).sum() for p in (w1, b1, w2, b2, w3, b3))
            loss = margin.mean() + L2 * squares
            d3 = (margin > 0) * -y / len(y)
            d2 = (d3 @ w3.T) * (h2 > 0)
            d1 = (d2 @ w2.T) * (h1 > 0)
            slopes = (x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0))
            for p, g in zip((w1, b1, w2, b2, w3, b3), slopes, strict=True):
                p -= LR * (g + 2 * L2 * p)
        return float(loss)

    return train


def c_skipping(job: Job) -> Train:
    """The loops in C that leave a row alone once its margin is met: ever less to do."""
    return c_by_hand(job, "if (margin <= 0) continue;")


def c_by_hand(job: Job, shortcut: str = "") -> Train:
    """The network as loops in C, by whatever compiler there is; all rows alike."""
    compiler = shutil.which("clang") or shutil.which("gcc")
    if not compiler:
        raise ImportError("no C compiler")
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "mlp.c"), Path(folder, "mlp.so")
        text = _C.replace("SHORTCUT", shortcut)
        source.write_text(text.replace("WIDTH", str(job.width)).replace("BATCH", str(job.batch)))
        flags = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, str(source), "-o", str(library)], check=True)
        run = ctypes.CDLL(str(library)).train
    run.restype = ctypes.c_double
    parameters = np.array([p for layer in job.layers() for ws, b in layer for p in (*ws, b)])
    rows, gradients = np.array(job.rows()), np.zeros_like(parameters)
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (rows, parameters, gradients)]
    kept = (rows, parameters, gradients)
    numbers = ctypes.c_double(LR), ctypes.c_double(L2)

    def train(steps: int) -> float:
        assert len(kept) == len(pointers)  # the arrays live as long as the pointers to them
        return float(run(*pointers, *numbers, ctypes.c_int(steps)))

    return train


_C = """
#define W WIDTH
#define N BATCH
#define P (W*3 + W*(W+1) + W+1)
double train(const double *restrict rows, double *restrict p, double *restrict g,
             double lr, double l2, int steps) {
  double loss = 0;
  for (int s = 0; s < steps; s++) {
    const double *w1 = p, *w2 = p + 3*W, *w3 = w2 + W*(W+1);
    double *g1 = g, *g2 = g + 3*W, *g3 = g2 + W*(W+1);
    loss = 0;
    for (int i = 0; i < P; i++) { g[i] = 2*l2*p[i]; loss += l2*p[i]*p[i]; }
    for (int n = 0; n < N; n++) {
      const double *x = rows + 3*n;
      double h1[W], h2[W], d2[W], d1[W], out = w3[W];
      for (int j = 0; j < W; j++) {
        double z = w1[3*j]*x[0] + w1[3*j+1]*x[1] + w1[3*j+2];
        h1[j] = z > 0 ? z : 0;
        d1[j] = 0;
      }
      for (int j = 0; j < W; j++) {
        double z = w2[j*(W+1)+W];
        for (int k = 0; k < W; k++) z += w2[j*(W+1)+k]*h1[k];
        h2[j] = z > 0 ? z : 0;
        out += w3[j]*h2[j];
      }
      double margin = 1 - x[2]*out;
      loss += margin > 0 ? margin/N : 0;
      SHORTCUT
      double d = margin > 0 ? -x[2]/N : 0;
      g3[W] += d;
      for (int j = 0; j < W; j++) { g3[j] += d*h2[j]; d2[j] = h2[j] > 0 ? d*w3[j] : 0; }
      for (int j = 0; j < W; j++) {
        g2[j*(W+1)+W] += d2[j];
        for (int k = 0; k < W; k++) { g2[j*(W+1)+k] += d2[j]*h1[k]; d1[k] += d2[j]*w2[j*(W+1)+k]; }
      }
      for (int j = 0; j < W; j++) {
        double e = h1[j] > 0 ? d1[j] : 0;
        g1[3*j] += e*x[0]; g1[3*j+1] += e*x[1]; g1[3*j+2] += e;
      }
    }
    for (int i = 0; i < P; i++) p[i] -= lr*g[i];
  }
  return loss;
}
"""
