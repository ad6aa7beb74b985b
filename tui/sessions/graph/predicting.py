"""Predicting: each backward step waits for a guess of what it hands on, judges it and keeps score."""

import math

from ....engine.recording.log import Step, Write
from ....engine.sources.expression import ExpressionError
from ....engine.sources.formula import Formula
from ...text.format import number, plain
from ...text.glyphs import chosen
from ...views.steps.chain_rule import explain
from ...views.steps.names import called, formula
from ..experiment import names
from .cursor import GraphCursor
from .guesses import Guesses, is_close
from .moving import Moving


class Predicting(Guesses):
    """A quiz on the graph that is open. Each method returns a sentence."""

    def __init__(self, cursor: GraphCursor, moving: Moving) -> None:
        super().__init__()
        self._cursor = cursor
        self._moving = moving

    @property
    def question(self) -> str:
        """What is asked before the next step; "" where it hands nothing on, or nobody predicts."""
        found = self._next() if self.on else None
        if found is None:
            return ""
        step, write = found
        recording = self._cursor.recording
        target = called(recording, write.target)
        if step.node is None:
            return f"backward begins: what is {target}.grad set to? "
        made, came = formula(recording, step.node), number(step.grad)
        return f"{made}, g = {came}: what does it add to {target}.grad? "

    def _next(self) -> tuple[Step, Write] | None:
        """The next step and the first gradient that it writes, where it is one of backward."""
        recording, position = self._cursor.recording, self._cursor.playback.position
        if position >= len(recording):
            return None
        step = recording.step_at(position)
        write = next((w for w in step.writes if w.field == "grad" and w.amount is not None), None)
        return (step, write) if step.phase == "backward" and write else None

    def guess(self, text: str) -> str:
        """Judge a guess, take the step, and say why it is so; an empty one only takes the step."""
        found = self._next()
        if found is None or not text.strip():
            return self._moving.step_into()
        step, write = found
        try:
            right = self._is_right(text, step, write)
        except ExpressionError as error:
            return plain(str(error))
        self.keep(self._op(step), right)
        self._moving.step_into()
        return f"{'right' if right else 'no'}: {self._why(step, write)}; {self.score}"

    def _op(self, step: Step) -> str:
        op = self._cursor.recording.ops[step.node] if step.node is not None else None
        return plain(op.symbol) if op else "seed"

    def _why(self, step: Step, write: Write) -> str:
        """The chain rule of the answer."""
        explained = explain(self._cursor.recording, step, chosen())
        equation = explained.equations[step.writes.index(write)]
        why = equation.factors() if equation.cell and write.local is not None else equation.numbers
        given = _given(step, write)
        return f"{why}, and {number(sum(given))} by {len(given)} arguments" if given[1:] else why

    def _is_right(self, text: str, step: Step, write: Write) -> bool:
        """Whether a formula comes to what is handed on: by the words of the op, or the graph's names."""
        assert write.amount is not None
        refused: ExpressionError | None = None
        for meant in self._meanings(step):
            try:
                found = Formula(text, meant)(meant)
            except ExpressionError as error:
                refused = error
            else:
                refused = None
                if is_close(found, write.amount) or is_close(found, sum(_given(step, write))):
                    return True
        if refused:
            raise refused
        return False

    def _meanings(self, step: Step) -> list[dict[str, float]]:
        """What names in a guess may mean: g what came in; a, b, out the op's words; the graph's own."""
        recording, at = self._cursor.recording, step.index
        ours = {n: recording.value(i, "data", at) or 0.0 for n, i in names(recording).items()}
        ours = {"inf": math.inf, "nan": math.nan} | ours
        ours |= {"g": step.grad} if step.grad is not None else {}
        if step.node is None:
            return [ours]
        numbers = [
            recording.value(n, "data", at) or 0.0 for n in (*recording.parents(step.node), step.node)
        ]
        words = dict(zip(("a", "b"), numbers[:-1], strict=False)) | {"out": numbers[-1]}
        return [ours | words, words | ours]


def _given(step: Step, write: Write) -> list[float]:
    """What a step adds to one gradient: of a*a by two arguments, and the sum of both is meant as well."""
    return [each.amount or 0.0 for each in step.writes if each.target == write.target]
