"""The terminal: the command line, the Textual app, and what stands between them and the engine."""

import os

# Textual keeps a repaint back for up to twice this period after the one before, which was perhaps a live
# frame: at its own 60 a second, a key pressed while a run trains would wait 33 ms for nothing.
os.environ.setdefault("TEXTUAL_FPS", "240")

__all__: list[str] = []
"""Nothing in it is promised to other programs yet; what is public is listed in docs/api.md."""
