"""The canvas of a plot: dots before a band, signs on top, and how all of it becomes lines."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..text.glyphs import Glyphs
from ..text.lines import Line, Piece
from .axes import Axis
from .band import EIGHTHS, Band, filled
from .braille import Dots

# How a cell looks: blank, the band's edge or shading, dots, blank on its ground, dots on it, its lower
# edge; from 6 on it has a style of its own. Neighbours that look alike, or are blank beside dots or a
# band, are one piece: the fewer pieces a line has, the sooner it is drawn.
BLANK, BAND, DOTS, GROUND, OVER, HOLLOW = range(6)
_RUN = re.compile(
    rb"\x00*(?:\x01[\x00\x01]*|\x02[\x00\x02]*)|\x00+|\x03*\x04[\x03\x04]*|\x03+|([^\x00-\x04])\1*"
)
_DRAWN = bytes([0] + [DOTS] * 255)
_SOLID = str.maketrans("'.:", "***")  # in ASCII the band is dots


@dataclass
class Canvas:
    """What a plot is put together on: a band, dots before it, and cells on top of them."""

    x: Axis
    y: Axis
    band: Band
    dots: Dots
    on_top: dict[int, dict[int, Piece]] = field(default_factory=lambda: defaultdict(dict))

    def columns(self, steps: Sequence[float]) -> list[int]:
        """The cells that steps lie in, from the left."""
        return [round(place * (self.dots.width - 1)) for place in self.x.places(steps)]

    def lines(self, values: Sequence[float]) -> list[int]:
        """The lines that values lie in, from above."""
        return [line // self.dots.down for line in self.dot_lines(values)]

    def dot_columns(self, steps: Sequence[float]) -> list[int]:
        """The dots that steps lie at, from the left."""
        return [round(place * self.dots.right) for place in self.x.places(steps)]

    def dot_lines(self, values: Sequence[float]) -> list[int]:
        """The dots that values lie at, from above."""
        return [round((1 - place) * self.dots.bottom) for place in self.y.places(values)]

    def heights(self, values: Sequence[float]) -> list[float]:
        """How many lines from above values lie, in parts of lines."""
        return [(1 - place) * self.dots.height for place in self.y.places(values)]

    def rows(self, style: str, signs: Glyphs, ground: bool) -> Iterator[Line]:
        """Its lines: the dots in a style, behind them the band."""
        width, dots, text = self.dots.width, self.dots.cells, self.dots.text()
        text = text if signs.name == "unicode" else text.translate(_SOLID)
        names = ["", "band" if ground else "dim", style, "ground", f"{style} ground", "hollow"]
        looks = dots.translate(_DRAWN)
        for y in range(self.dots.height):
            row = slice(y * width, (y + 1) * width)
            drawn, kinds = [*text[row]], bytearray(looks[row])
            _shade(drawn, kinds, self.band.row(y), signs, ground)
            yield _row(drawn, kinds, self.on_top.get(y, {}), [*names])


def _shade(drawn: list[str], kinds: bytearray, levels: bytearray, signs: Glyphs, ground: bool) -> None:
    """Put the band into a line, behind the dots that are there."""
    if not any(levels):
        return
    for x, level in enumerate(levels):
        if not level:
            continue
        if ground:
            if kinds[x] == DOTS:
                kinds[x] = OVER if filled(level) >= EIGHTHS // 2 else DOTS
            elif level == EIGHTHS:
                kinds[x] = GROUND
            elif level > EIGHTHS:
                drawn[x], kinds[x] = signs.bars[level - EIGHTHS - 1], HOLLOW
            else:
                drawn[x], kinds[x] = signs.bars[level - 1], BAND
        elif filled(level) >= EIGHTHS // 2 and kinds[x] == BLANK:
            drawn[x], kinds[x] = signs.band, BAND


def _row(drawn: list[str], kinds: bytearray, on_top: Mapping[int, Piece], names: list[str]) -> Line:
    for column, (sign, own) in on_top.items():
        own = f"{own} ground" if kinds[column] in (GROUND, OVER) else own
        names += [own] if own not in names[HOLLOW + 1 :] else []
        drawn[column], kinds[column] = sign, names.index(own, HOLLOW + 1)
    runs = _RUN.finditer(kinds)
    return tuple(("".join(drawn[run.start() : run.end()]), names[max(run[0])]) for run in runs)
