"""A confusion matrix as lines of text: true classes down, predicted ones across."""

from collections.abc import Sequence

from ..text.format import fitted, plain
from ..text.glyphs import Glyphs
from ..text.lines import Line, Piece


def confusion_lines(
    counts: Sequence[Sequence[int]], classes: Sequence[str], width: int, height: int, signs: Glyphs
) -> list[Line]:
    """Return the matrix: hits strong, mistakes marked, zeros as dots, and each class's share of hits."""
    if not counts:
        return []
    cell = max(3, max(len(str(n)) for row in counts for n in row) + 1)
    words = max(4, min(12, width - cell * len(counts) - 10))
    heads = [plain(name) for name in classes]
    room = (width - words - 10) // len(counts)
    cell = max(cell, min(max(map(len, heads)) + 1, room))
    short = _short(heads, cell - 1)
    top = "".join(f"{fitted(name, cell - 1, ''):>{cell}}" for name in short)
    roomy = words + 2 + cell * len(counts) + 7 <= width
    head = ((f"{'true':{words}} {signs.guide}", "dim"), (top, "dim"), ("  right" * roomy, "dim"))
    lines: list[Line] = [head]
    for kind, row in enumerate(counts):
        total = sum(row)
        pieces: list[Piece] = [
            (f"{fitted(heads[kind], words, signs.ellipsis)} ", ""),
            (signs.guide, "dim"),
        ]
        for guess, count in enumerate(row):
            style = "dim" if not count else "positive strong" if guess == kind else "negative"
            pieces.append((f"{count or '.':>{cell}}", style))
        share = f"{row[kind] / total:6.1%}" if total else "     -"
        lines.append((*pieces, (f" {share}" * roomy, "")))
    return lines[:height]


def _short(names: Sequence[str], width: int) -> list[str]:
    """Cut the names so that they stay different; else number them."""
    cut = [name[:width] for name in names]
    return cut if len(set(cut)) == len(cut) else [str(i) for i in range(len(names))]
