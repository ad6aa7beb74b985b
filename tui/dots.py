"""A canvas finer than its cells: braille dots, or in ASCII two dots a cell."""

from .glyphs import Glyphs

_BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_PLAIN = ((1,), (2,))
_ASCII = " '.:"


class Dots:
    """Dots in `width` x `height` cells; (0, 0) is at the top left."""

    def __init__(self, width: int, height: int, signs: Glyphs) -> None:
        self.width, self.height = max(0, width), max(0, height)
        self._bits = _BRAILLE if signs.name == "unicode" else _PLAIN
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
        if x == to_x:
            self._column(x, min(y, to_y), max(y, to_y))
            return
        count = max(abs(to_x - x), abs(to_y - y))
        for i in range(count + 1):
            along = i / count
            self.dot(round(x + (to_x - x) * along), round(y + (to_y - y) * along))

    def _column(self, x: int, top: int, bottom: int) -> None:
        if not 0 <= x <= self.right:
            return
        bits, column = [row[x % self.across] for row in self._bits], x // self.across
        for y in range(max(0, top), min(bottom, self.bottom) + 1):
            self.cells[y // self.down * self.width + column] |= bits[y % self.down]

    def row(self, y: int) -> bytearray:
        """The cells of a line of the canvas, 0 where no dot is set."""
        return self.cells[y * self.width : (y + 1) * self.width]

    def sign(self, bits: int) -> str:
        """The character of a cell."""
        return " " if not bits else chr(0x2800 + bits) if self.down == 4 else _ASCII[bits]
