"""Names of columns and texts of cells, listed in a sentence."""

from collections.abc import Iterable

MOST = 10


def some(texts: Iterable[str], most: int = MOST) -> str:
    """Return the texts as a list, cut where there are many."""
    listed = list(texts)
    more = f", ... ({len(listed):,} in all)" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def some_shown(text: str) -> str:
    """Return the text, in quotes where a line break or the like would tear the sentence."""
    short = text if len(text) <= 40 else f"{text[:37]}..."
    return short if short.isprintable() and short else repr(short)
