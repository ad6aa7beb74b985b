"""The glossary: twelve words of backpropagation, each with the sign it has on the screen."""

from textwrap import wrap
from typing import NamedTuple

from ..text.glyphs import Glyphs
from ..text.lines import Line

SIGN, WORD = 7, 19  # cells of the columns before the meaning
LEAST = 24  # cells of meaning below which it stands under its word


class Term(NamedTuple):
    """A word, what stands for it on the screen, what it means."""

    sign: str
    word: str
    meaning: str


def terms(signs: Glyphs) -> tuple[Term, ...]:
    """Return the words in the order in which a visit needs them."""
    at, new, times = signs.current, signs.changed, signs.times
    return (
        Term(
            at,
            "topological order",
            f"inputs first; backward goes the other way: {at} is the node visited",
        ),
        Term(".grad", "incoming gradient", "how far the root moves when the visited node does"),
        Term("d/da", "local derivative", "how far a node moves when an input does: d(a*b)/da = b"),
        Term(times, "chain rule", f"incoming gradient {times} local derivative = contribution"),
        Term(new, "contribution", f"what a use of a node adds to its .grad; {new}: just now"),
        Term("+=", "accumulate", "each use moves the root: contributions add up"),
        Term(signs.waiting, "waiting", "a contribution to come, or a node not computed yet"),
        Term(signs.done, "complete", "every contribution is in: the node can be next"),
        Term(
            signs.reference,
            "shared node",
            f"used twice or more, shown once: {signs.reference} leads there",
        ),
        Term("leaf", "leaf", "made by no op: an input, or a parameter to train"),
        Term("0", "zero_grad", "sets .grad to 0: backward adds to what it finds there"),
        Term(signs.breakpoint, "breakpoint", "where f and c stop; b sets one on the selected node"),
    )


def glossary_lines(width: int, signs: Glyphs) -> list[Line]:
    """Return the glossary for a width; a long meaning is wrapped beside its word."""
    return [line for term in terms(signs) for line in _entry(term, width)]


def _entry(term: Term, width: int) -> list[Line]:
    beside = width - SIGN - WORD
    head = ((f"{term.sign:{SIGN}}", "changed"), (f"{term.word:{WORD}}", "strong"))
    if beside >= LEAST:
        first, *more = wrap(term.meaning, beside)
        return [(*head, (first, "")), *(((" " * (SIGN + WORD) + line, ""),) for line in more)]
    under = wrap(term.meaning, max(8, width - SIGN))
    return [head, *(((" " * SIGN + line, ""),) for line in under)]
