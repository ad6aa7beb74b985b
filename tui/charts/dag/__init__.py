"""Draw a computation graph, left to right, in the cells of a terminal."""

from .layout import BoxSpec
from .wires import Box, Drawing, GlyphSet, draw

__all__ = ["Box", "BoxSpec", "Drawing", "GlyphSet", "draw"]
