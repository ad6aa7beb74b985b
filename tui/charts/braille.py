"""A canvas of dots finer than the cells of a terminal: in braille eight a cell, in ASCII two."""

from ..text.glyphs import Glyphs

_BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_PLAIN = ((1,), (2,))
# The character of a cell by its bits.
_SIGNS = {bits: 0x2800 + bits for bits in range(1, 256)} | {0: ord(" ")}
_ASCII = str.maketrans("\0\1\2\3", " '.:")


class Dots:
    """Dots in `width` x `height` cells; (0, 0) is at the top left."""

    def __init__(self, width: int, height: int, signs: Glyphs) -> None:
        self.width, self.height = max(0, width), max(0, height)
        self._bits: tuple[tuple[int, ...], ...]
        self._bits, self._signs = (_BRAILLE, _SIGNS) if signs.name == "unicode" else (_PLAIN, _ASCII)
        self._columns = list(zip(*self._bits, strict=True))
        self._full = [sum(column) for column in self._columns]
        self.across, self.down = len(self._bits[0]), len(self._bits)
        self.cells = bytearray(self.width * self.height)
        self.right = self.width * self.across - 1
        """The greatest x of a dot."""
        self.bottom = self.height * self.down - 1
        """The greatest y of a dot."""

    def dot(self, x: int, y: int) -> None:
        """Set one dot; outside of the canvas there are none."""
        if 0 <= x <= self.right and 0 <= y <= self.bottom:
            bit = self._bits[y % self.down][x % self.across]
            self.cells[y // self.down * self.width + x // self.across] |= bit

    def line(self, x: int, y: int, to_x: int, to_y: int) -> None:
        """Set the dots between two, both included."""
        across, down = abs(to_x - x), abs(to_y - y)
        if across >= down:
            for i in range(across + 1):
                along = i / (across or 1)
                self.dot(round(x + (to_x - x) * along), round(y + (to_y - y) * along))
            return
        # Each column has its share of the way down or up, at once.
        right, below, start = 1 if to_x > x else -1, 1 if to_y > y else -1, y
        for i in range(across + 1):
            end = to_y if i == across else round(y + (to_y - y) * (i + 0.5) / across)
            self._column(x + right * i, min(start, end), max(start, end))
            start = end + below if end != to_y else to_y

    def _column(self, x: int, top: int, bottom: int) -> None:
        top, bottom = max(0, top), min(bottom, self.bottom)
        if not 0 <= x <= self.right or top > bottom:
            return
        bits, column = self._columns[x % self.across], x // self.across
        (first, above), (last, below) = divmod(top, self.down), divmod(bottom, self.down)
        if first == last:
            self.cells[first * self.width + column] |= sum(bits[above : below + 1])
            return
        self.cells[first * self.width + column] |= sum(bits[above:])
        for at in range((first + 1) * self.width + column, last * self.width + column, self.width):
            self.cells[at] |= self._full[x % self.across]
        self.cells[last * self.width + column] |= sum(bits[: below + 1])

    def row(self, y: int) -> bytearray:
        """The cells of a line of the canvas, 0 where no dot is set."""
        return self.cells[y * self.width : (y + 1) * self.width]

    def text(self) -> str:
        """The characters of all cells."""
        return self.cells.decode("latin-1").translate(self._signs)
