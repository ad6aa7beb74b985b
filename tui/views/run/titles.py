"""Titles of panes that say of which step the parameters are, in the words that fit."""

from collections.abc import Iterable

from ...text.format import cells


def fitting(titles: Iterable[str], width: int) -> str:
    """Return the first of some titles, the longest first, that is whole in a border of so many cells."""
    title = ""
    for title in titles:
        if cells(title) <= width:
            break
    return title


def of_step(drawn: str, as_of: str, width: int) -> str:
    """Say what is drawn and of which step: of a long name rather a part is left out than the number.

    `decision boundary, as of step 1,300` is `boundary, step 1,300` in a narrow pane.
    """
    short = briefly(as_of)
    name = drawn.partition(",")[0].partition(":")[0].split()[-1:]
    return fitting((drawn + as_of, drawn + short, "".join(name) + short), width)


def briefly(as_of: str) -> str:
    """`, step 1,300` for `, as of step 1,300`."""
    return as_of.replace(", as of step", ", step").replace(", of the last", ", last")
