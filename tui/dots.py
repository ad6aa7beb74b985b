"""A canvas finer than its cells: braille dots, or in ASCII two dots a cell."""

from .glyphs import Glyphs

_BRAILLE = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_ASCII = " '.:"


class Dots:
    """Dots in `width` x `height` cells; (0, 0) is at the top left."""

    def __init__(self, width: int, height: int, signs: Glyphs) -> None:
        self.width, self.height = max(0, width), max(0, height)
        self.across, self.down = (2, 4) if signs.name == "unicode" else (1, 2)
        self.cells = bytearray(self.width * self.height)

    @property
    def right(self) -> int:
        """The greatest x of a dot."""
        return self.width * self.across - 1

    @property
    def bottom(self) -> int:
        """The greatest y of a dot."""
        return self.height * self.down - 1

    def dot(self, x: int, y: int) -> None:
        """Set one dot; outside of the canvas there are none."""
        if 0 <= x <= self.right and 0 <= y <= self.bottom:
            bit = _BRAILLE[y % 4][x % 2] if self.down == 4 else 1 << y % 2
            self.cells[y // self.down * self.width + x // self.across] |= bit

    def line(self, x: int, y: int, to_x: int, to_y: int) -> None:
        """Set the dots between two, both included."""
        count = max(abs(to_x - x), abs(to_y - y))
        for i in range(count + 1):
            along = i / count if count else 0.0
            self.dot(round(x + (to_x - x) * along), round(y + (to_y - y) * along))

    def row(self, y: int) -> bytearray:
        """The cells of a line of the canvas, 0 where no dot is set."""
        return self.cells[y * self.width : (y + 1) * self.width]

    def sign(self, bits: int) -> str:
        """The character of a cell."""
        return " " if not bits else chr(0x2800 + bits) if self.down == 4 else _ASCII[bits]
