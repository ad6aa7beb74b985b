"""Predicting a pass of PyTorch's: each step of one number waits for a guess of what it gives on."""

import math

from ....engine.recording.tensor import Summary, TensorStep, TensorWrite
from ....engine.sources.expression import ExpressionError
from ....engine.sources.formula import Formula
from ...text.format import number, plain
from ...views.tensors.chain_rule import forward_words, given_told
from ...views.tensors.rules.equation import Equation
from ...views.tensors.trace import named
from ..graph.guesses import Guesses, is_close
from .cursor import TensorCursor
from .moving import TensorMoving


class TensorPredicting(Guesses):
    """A quiz on the pass that is open; steps of more than one number are taken without a question."""

    def __init__(self, cursor: TensorCursor, moving: TensorMoving) -> None:
        super().__init__()
        self._cursor, self._moving = cursor, moving

    @property
    def possible(self) -> bool:
        """Whether the pass has a step of one number."""
        return any(_asked(step) for step in self._cursor.recording.steps)

    def toggle(self) -> str:
        """Begin to ask before each step, or stop asking."""
        if not self.on and not self.possible:
            return "only steps of one number are predicted, and this pass has none"
        return super().toggle()

    @property
    def question(self) -> str:
        """What is asked before the next step; "" where it gives on no one number, or nobody predicts."""
        step = self._next if self.on else None
        if step is None or (write := _asked(step)) is None:
            return ""
        nodes, came = self._cursor.recording.nodes, number(_value(step.grad[0]))
        node = nodes[step.node]
        made = f"{named(node)}, {plain(forward_words(node))}"
        return f"{made}; g = {came}: what does {named(nodes[write.target])} get? "

    @property
    def _next(self) -> TensorStep | None:
        steps, taken = self._cursor.recording.steps, self._cursor.taken
        return steps[taken] if taken < len(steps) else None

    def guess(self, text: str) -> str:
        """Judge a guess, take the step, and say by which rule it is so; an empty one only takes it."""
        step = self._next
        write = _asked(step) if step else None
        if step is None or write is None or not text.strip():
            return self._moving.step_into()
        names = self._names(step)
        try:
            right = is_close(Formula(text, names)(names), _value(write.amount))
        except ExpressionError as error:
            return plain(str(error))
        self.keep(plain(self._cursor.recording.nodes[step.node].op.partition("Backward")[0]), right)
        why = self._why(self._cursor.taken, step, write)
        self._moving.step_into()
        return f"{'right' if right else 'no'}: {why}; {self.score}"

    def _names(self, step: TensorStep) -> dict[str, float]:
        """What names in a guess may mean: g what arrived, and the leaves of one number."""
        leaves = {p.name: _value(p.value) for p in self._cursor.recording.parameters if _is_one(p.value)}
        return {"inf": math.inf, "nan": math.nan} | leaves | {"g": _value(step.grad[0])}

    def _why(self, index: int, step: TensorStep, write: TensorWrite) -> str:
        """The rule of the op, and what it comes to."""
        told = given_told(self._cursor.recording, index)
        rule = next((each.text for each in told if isinstance(each, Equation)), "")
        gets = f"{named(self._cursor.recording.nodes[write.target])} gets {number(_value(write.amount))}"
        return f"{rule}: {gets}" if rule else gets


def _asked(step: TensorStep) -> TensorWrite | None:
    """The first gradient of one number that a step gives on, where one number arrived."""
    if len(step.grad) != 1 or not _is_one(step.grad[0]):
        return None
    return next((write for write in step.writes if _is_one(write.amount)), None)


def _is_one(summary: Summary | None) -> bool:
    return summary is not None and math.prod(summary.shape) == 1 and summary.min is not None


def _value(summary: Summary | None) -> float:
    """The number of a tensor that has one."""
    return float(summary.min) if summary and summary.min is not None else math.nan
