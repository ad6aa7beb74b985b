"""A row of the tables of rules: letters for what an op took, and a formula for each of them.

Formulas are written as a PyTorch user would type them, so that tests can work them out: `g` is what
arrived, `y` the op's output, the other letters are what it took and kept. Where that would say less than
words, they name what is done: `conv_transpose(g, W)`.
"""

import re
from dataclasses import dataclass, field

_LETTER = re.compile(r"(?<![\w.])([A-Za-z_]\w*)(?![\w(])")


@dataclass(frozen=True)
class Rule:
    """What an op worked out, and what it gives to each input."""

    forward: str
    takes: tuple[str, ...] = ()
    """The letters of its inputs, in their order."""
    gives: tuple[str, ...] = ()
    """A formula an input; one for all of them, where an op takes any number."""
    kept: dict[str, str] = field(default_factory=dict)
    """Letter -> the name under which the op keeps what it stands for."""
    where: str = ""
    """What letters and words mean that stand for nothing that was taken or kept."""
    many: bool = False
    """Whether it takes any number of inputs, all by the same rule."""

    def letter(self, slot: int) -> str:
        """The letter of an input."""
        if slot < len(self.takes):
            return self.takes[slot]
        return f"a{slot + 1}" if self.many else ""

    def formula(self, slot: int) -> str:
        """The formula of what goes to an input; "" where it has none of its own."""
        if self.many and self.gives:
            return self.gives[min(slot, len(self.gives) - 1)]
        return self.gives[slot] if slot < len(self.gives) else ""


def rule(takes: str, forward: str, *gives: str, keeps: str = "", where: str = "") -> Rule:
    """Make a row: `takes` and `keeps` are letters, with the name it is kept by: `x:mat1 A:mat2`."""
    letters = [each.partition(":") for each in takes.split()]
    kept = {letter: name for letter, _, name in letters if name}
    kept |= {
        letter: name or letter for letter, _, name in (each.partition(":") for each in keeps.split())
    }
    return Rule(forward, tuple(letter for letter, _, _ in letters), gives, kept, where)


def many(forward: str, *gives: str, keeps: str = "", where: str = "") -> Rule:
    """Make a row of an op that takes any number of inputs."""
    one = rule("", forward, *gives, keeps=keeps, where=where)
    return Rule(one.forward, (), one.gives, one.kept, one.where, many=True)


def pieces(formula: str) -> list[tuple[str, bool]]:
    """Split a formula into words that may be letters, and what stands between them."""
    found: list[tuple[str, bool]] = []
    at = 0
    for match in _LETTER.finditer(formula):
        if match.start() > at:
            found.append((formula[at : match.start()], False))
        found.append((match[1], True))
        at = match.end()
    if at < len(formula):
        found.append((formula[at:], False))
    return found
