"""A plot's legend: every curve's sign, its name and its number, in as few lines as they need."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..text.format import cells, cut_in_middle
from ..text.glyphs import Glyphs
from ..text.lines import Line, Piece

GAP = 2
LONGEST = 24
"""Cells of a name where several share a line."""


@dataclass(frozen=True)
class Entry:
    """One sign, what it stands for, and a number."""

    sign: str
    style: str
    name: str
    note: str = ""
    optional: bool = False
    """Whether it is left out rather than given another line."""

    def size(self, name: str, with_note: bool) -> int:
        """The cells it takes."""
        return cells(self.sign) + 1 + cells(name) + (1 + len(self.note)) * bool(with_note and self.note)


def legend_lines(
    entries: Sequence[Entry], margin: int, width: int, most: int, signs: Glyphs
) -> list[Line]:
    """Return at most `most` lines; numbers are left out, then the last entries, where they do not fit."""
    room = width - margin
    for with_notes in (True, False):
        lines = _flow(entries, room, signs, with_notes)
        if len(lines) <= most:
            break
    left = sum(len(line) for line in lines[most:])
    rows = [_line(line, margin, signs, with_notes) for line in lines[:most]]
    if left and rows:
        more = f" +{left}"
        cut = width - sum(cells(text) for text, _ in rows[-1])
        if cut >= len(more):
            rows[-1] = (*rows[-1], (more, "dim"))
    return rows


def _flow(
    entries: Sequence[Entry], room: int, signs: Glyphs, with_notes: bool
) -> list[list[tuple[Entry, str]]]:
    """Sort entries, with their names as long as they may be, into lines."""
    lines: list[list[tuple[Entry, str]]] = [[]]
    free = room
    for entry in entries:
        fixed = entry.size("", with_notes)
        name = cut_in_middle(entry.name, max(1, min(LONGEST, room - fixed)), signs.ellipsis)
        if entry.optional and entry.size(name, with_notes) > free:
            continue
        if lines[-1] and entry.size(name, with_notes) > free:
            lines.append([])
            free = room
        lines[-1].append((entry, name))
        free -= entry.size(name, with_notes) + GAP
    return lines


def _line(entries: Sequence[tuple[Entry, str]], margin: int, signs: Glyphs, with_notes: bool) -> Line:
    pieces: list[Piece] = [(" " * margin, "")]
    for entry, name in entries:
        pieces += [(entry.sign, entry.style), (f" {name}", "dim")]
        if with_notes and entry.note:
            pieces.append((f" {entry.note}", ""))
        pieces.append((" " * GAP, ""))
    return tuple(pieces[:-1])
