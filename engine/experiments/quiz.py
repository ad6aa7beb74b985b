"""Questions about gradients: small graphs of growing difficulty, the same ones for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from ..recording.log import Recording
from ..recording.record import record
from ..sources.expression import parse_expression

LEVELS = (1, 2, 3, 4, 5)
ZEROS = 0.4
"""Of the kinks that let nothing through so many are asked about: an answer is rarely 0."""
KINKS = ("relu", "abs", "max", "min")
SHAPES = {
    1: ("out = a{+}b", "out = a*b", "out = a*{c} {+} b", "out = a*b {+} {c}", "out = -a*b"),
    2: (
        "d = a*b; out = d*c",
        "d = a{+}b; out = d*c",
        "d = a*b {+} c; out = d**2",
        "d = a/{n}; out = d*b",
    ),
    3: ("out = a*a {+} b*a", "d = a*b; out = d {+} a", "out = a**2 {+} a*b", "d = a{+}b; out = d*d"),
    4: (
        "d = a*b {+} c; out = relu(d)*b",
        "d = a{+}b; out = abs(d)*a",
        "d = max(a, b); out = d*a",
        "d = relu(a){+}relu(b); out = d*c",
    ),
    5: (
        "d = a*b; e = d{+}a; f = d*c; out = e*f",
        "d = a{+}b; e = d*a; out = relu(e) {+} d*e",
        "d = a*b; e = max(d, c); f = d{+}e; out = f*d",
        "d = a - b; e = d**2; out = e*a {+} d*c",
    ),
}
"""Shapes of a level: chains, chains of two, a shared node, a kink, a diamond. {c}, {n} are constants."""


@dataclass(frozen=True)
class Question:
    """A graph with its numbers, and the node whose gradient is asked for."""

    text: str
    numbers: dict[str, float]
    recording: Recording
    node: int

    @property
    def name(self) -> str:
        """What the node is called."""
        return self.recording.name(self.node)

    @property
    def answer(self) -> float:
        """The derivative of the root by the node."""
        return self.recording.value(self.node, "grad", len(self.recording)) or 0.0

    def right(self, answer: float) -> bool:
        """Whether an answer is right: to one in a thousand."""
        return abs(answer - self.answer) <= 1e-3 * max(1.0, abs(self.answer))


def questions(level: int, seed: int, count: int) -> Iterator[Question]:
    """Yield `count` questions of a level from 1 to 5; the same for the same seed."""
    random = Random(f"{seed} {level}")
    shapes: list[str] = []
    for _ in range(count):
        shapes = shapes or random.sample(SHAPES[level], len(SHAPES[level]))
        yield _question(shapes.pop(), random)


def _question(shape: str, random: Random) -> Question:
    text = shape.replace("{+}", random.choice("+-"))
    text = text.replace("{c}", str(random.choice((2, 3, 4, 5)))).replace(
        "{n}", str(random.choice((2, 4)))
    )
    names = [name for name in "abc" if name in text.replace("max", "").replace("abs", "")]
    while True:
        numbers = {name: float(random.choice((-4, -3, -2, -1, 1, 2, 3, 4))) for name in names}
        log = record(parse_expression(text, numbers))
        asked = [node for node, label in log.labels.items() if node != log.root and label in "abcdef"]
        question = Question(text, numbers, log, random.choice(asked))
        if _is_dull(question) or _is_ambiguous(log):
            continue
        if question.answer or random.random() < ZEROS:
            return question


def _is_dull(question: Question) -> bool:
    """Whether the answer is 0 by chance, and not because a kink lets nothing through."""
    log, node = question.recording, question.node
    if question.answer:
        return False
    kinks = any(op is not None and op.name in KINKS for op in log.ops)
    return not kinks or any(log.write_amount[write] for write in log.cell_history(node, "grad"))


def _is_ambiguous(log: Recording) -> bool:
    """Whether a kink is met exactly, where more than one gradient is right."""
    for node, op in enumerate(log.ops):
        if op is not None and op.name in KINKS:
            values = [log.value(parent, "data", len(log)) for parent in log.parents(node)]
            if values == [0.0] or (len(values) == 2 and values[0] == values[1]):
                return True
    return False
