"""The contenders of the second job that are scalar engines: ours, and one as microgpt has it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import cycle, islice, pairwise
from typing import Any

from ...learning.gpt import GPT
from ...learning.optim import Adam
from ...value import Value
from ..ir.update import Update
from ..program import compile_function
from .documents import BETAS, EPS, EPSILON, LR, Documents

Train = Callable[[int], float]


class Scalar:
    """A number with its children and the local derivatives to them: microgpt's idea, and its six ops."""

    __slots__ = ("children", "data", "grad", "local")

    def __init__(
        self, data: float, children: tuple[Any, ...] = (), local: tuple[float, ...] = ()
    ) -> None:
        self.data, self.grad, self.children, self.local = data, 0, children, local

    def __add__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n: float) -> Scalar:
        return Scalar(self.data**n, (self,), (n * self.data ** (n - 1),))

    def log(self) -> Scalar:
        return Scalar(math.log(self.data), (self,), (1 / self.data,))

    def exp(self) -> Scalar:
        return Scalar(math.exp(self.data), (self,), (math.exp(self.data),))

    def relu(self) -> Scalar:
        return Scalar(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> Scalar:
        return self * -1

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __truediv__(self, other: Any) -> Any:
        return self * other**-1

    def backward(self) -> None:
        """Sort by recursion, then hand every gradient on."""
        order: list[Scalar] = []
        seen: set[Scalar] = set()

        def visit(node: Scalar) -> None:
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1
        for node in reversed(order):
            for child, local in zip(node.children, node.local, strict=True):
                child.grad += local * node.grad


def _loss(w: dict[str, list[list[Any]]], job: Documents, tokens: Sequence[int]) -> Any:
    """The model in plain Python, token by token."""
    keys: list[list[Any]] = []
    values: list[list[Any]] = []
    losses = []
    for at, (token, target) in enumerate(pairwise(tokens)):
        x = _norm([a + b for a, b in zip(w["wte"][token], w["wpe"][at], strict=True)])
        x = _added(x, _attended(w, job, _norm(x), keys, values))
        hidden = [each.relu() for each in _linear(_norm(x), w["fc1"])]
        x = _added(x, _linear(hidden, w["fc2"]))
        losses.append(-_softmax(_linear(x, w["head"]))[target].log())
    return (1 / len(losses)) * sum(losses)


def _attended(w: Any, job: Documents, x: Any, keys: list[Any], values: list[Any]) -> list[Any]:
    query, size = _linear(x, w["wq"]), job.embed // job.heads
    keys.append(_linear(x, w["wk"]))
    values.append(_linear(x, w["wv"]))
    mixed: list[Any] = []
    for first in range(0, job.embed, size):
        part = range(first, first + size)
        weights = _softmax([sum(query[j] * key[j] for j in part) / size**0.5 for key in keys])
        mixed += [sum(a * v[j] for a, v in zip(weights, values, strict=True)) for j in part]
    return _linear(mixed, w["wo"])


def _linear(x: Any, w: Any) -> list[Any]:
    return [sum(a * b for a, b in zip(row, x, strict=True)) for row in w]


def _norm(x: Any) -> list[Any]:
    scale = (sum(each * each for each in x) / len(x) + EPSILON) ** -0.5
    return [each * scale for each in x]


def _softmax(x: Any) -> list[Any]:
    largest = max(each.data for each in x)
    exps = [(each - largest).exp() for each in x]
    total = sum(exps)
    return [each / total for each in exps]


def _added(x: Any, y: Any) -> list[Any]:
    return [a + b for a, b in zip(x, y, strict=True)]


def _rebuilt(job: Documents, scalar: Any) -> Train:
    """Train in plain Python with a class of scalars, the graph built anew for every document."""
    parameters = [scalar(x) for x in job.parameters()]
    w = {
        name: [parameters[first + i * columns : first + (i + 1) * columns] for i in range(rows)]
        for (name, rows, columns), first in zip(job.shapes, job.starts(), strict=True)
    }
    means, squares = [0.0] * len(parameters), [0.0] * len(parameters)
    documents, taken = cycle(job.documents()), [0]
    beta1, beta2 = BETAS

    def train(steps: int) -> float:
        for _ in range(steps):
            loss = _loss(w, job, next(documents))
            loss.backward()
            taken[0] += 1
            for i, p in enumerate(parameters):
                means[i] = beta1 * means[i] + (1 - beta1) * p.grad
                squares[i] = beta2 * squares[i] + (1 - beta2) * p.grad**2
                mean, square = means[i] / (1 - beta1 ** taken[0]), squares[i] / (1 - beta2 ** taken[0])
                p.data -= LR * mean / (square**0.5 + EPS)
                p.grad = 0
        return float(loss.data)

    return train


def microgpt_like(job: Documents) -> Train:
    """A small engine in plain Python as microgpt has it, the collector as Python has it."""
    return _rebuilt(job, Scalar)


def values(job: Documents) -> Train:
    """Our Values in its place, the same code otherwise."""
    return _rebuilt(job, Value)


def numpy(job: Documents) -> Train:
    """`compile_function`, folded to numpy."""
    return _compiled(job, "numpy")


def native(job: Documents) -> Train:
    """`compile_function`, machine code."""
    return _compiled(job, "native")


def _compiled(job: Documents, backend: str) -> Train:
    model = GPT(job.vocabulary, job.embed, job.heads, 1, job.context)
    parameters = model.parameters()
    for p, number in zip(parameters, job.parameters(), strict=True):
        p.data = number
    rows = job.documents()
    program = compile_function(model.loss, parameters, rows, backend=backend)
    if program.backend != backend:
        raise ImportError(program.declined)
    update = Update.of(Adam(parameters, LR, BETAS, EPS), len(parameters))
    documents = cycle([row] for row in rows)

    def train(steps: int) -> float:
        done = program.train(update, [LR] * steps, list(islice(documents, steps)))
        return float(done.loss[-1])

    return train
