"""A question about a gradient, and its answer explained by the chain rule, in lines of plain text."""

from collections.abc import Iterator

from ...engine.experiments.quiz import Question
from ..text.format import change, number, plain
from .steps import chain_rule
from .steps.trace import GLYPHS


def asked(question: Question) -> Iterator[str]:
    """Yield the question: the graph, its numbers now, which gradient is asked for."""
    log = question.recording
    yield plain(question.text)
    cells = [
        f"{label} = {number(log.value(node, 'data', len(log)))}" for node, label in log.labels.items()
    ]
    yield "  " + ", ".join(map(plain, cells))
    root = plain(log.name(log.root))
    asked_of = plain(question.name)
    yield f"  how much does {root} move for each 1 of {asked_of}? d({root})/d{asked_of} ="


def explained(question: Question) -> Iterator[str]:
    """Yield the contributions that the gradient is the sum of, in the order in which they come."""
    log = question.recording
    backward = next(phase for phase in log.phases if phase.name == "backward")
    writes = log.cell_history(question.node, "grad", backward)
    for write in writes:
        step = log.step_at(log.step_of_write(write))
        explanation = chain_rule.explain(log, step, GLYPHS)
        slot = write - log.step_start[step.index]
        equation = explanation.equations[slot]
        moved = " -> ".join(change(equation.before, equation.after))
        from_ = chain_rule.formula(log, step.node or 0)
        yield f"  from {from_}: {equation.factors()}, {equation.cell} {moved}"
    if len(writes) > 1:
        yield f"  {len(writes)} contributions: they add up (+=)"
