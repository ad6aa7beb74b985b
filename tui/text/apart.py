"""Long names in little room that stay apart: cut in the middle, or to the words in which they differ."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from .format import cells, cut_in_middle

_WORDS = re.compile(r"[^\W_]+|[\W_]+")


def told_apart(names: Sequence[str], width: int, ellipsis: str) -> dict[str, str]:
    """Return each name in at most so many cells; no two look the same."""
    shown = {name: cut_in_middle(name, width, ellipsis) for name in names}
    shown |= _by_words([name for group in _alike(shown) for name in group], width, ellipsis)
    for group in _alike(shown):
        for index, name in enumerate(group, 1):
            sign = f" ~{index}"
            shown[name] = cut_in_middle(name, width - len(sign), ellipsis) + sign
    return shown


def _alike(shown: dict[str, str]) -> list[list[str]]:
    """Return the groups of names that look the same."""
    count = Counter(shown.values())
    return [
        [name for name, text in shown.items() if text == same]
        for same, times in count.items()
        if times > 1
    ]


def _by_words(names: Sequence[str], width: int, ellipsis: str) -> dict[str, str]:
    """Return names by the words in which they differ, with so many of those before them as fit."""
    words = [_WORDS.findall(name) for name in names]
    if len({len(each) for each in words}) > 1:
        return {}
    kept = {i for i, column in enumerate(zip(*words, strict=True)) if len(set(column)) > 1}
    for before in [place for i in sorted(kept) for place in ({i - 1, i - 2} & set(range(i)),)]:
        wider = kept | before
        if all(cells(_joined(each, wider, ellipsis)) <= width for each in words):
            kept = wider
    shown = {name: _joined(each, kept, ellipsis) for name, each in zip(names, words, strict=True)}
    return {name: text for name, text in shown.items() if cells(text) <= width}


def _joined(words: Sequence[str], kept: Collection[int], ellipsis: str) -> str:
    text = ""
    for i, word in enumerate(words):
        text += word if i in kept else ellipsis * (not text.endswith(ellipsis))
    return text
