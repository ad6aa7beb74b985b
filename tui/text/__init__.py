"""Text for a terminal: numbers, escaped text, styled lines, glyphs."""
