"""Text of a terminal as plain lines: without colours, a progress bar drawn anew on a line of its own."""

import codecs
import re
from collections.abc import Iterable, Iterator

LONGEST = 16 * 1024 * 1024
"""Characters of a line; a longer one is cut."""
_ENDS = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]|\x08+")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_VALUES = re.compile(r"\bValue\(data=([^\s(),]+)(?:, ?\w+=[^\s(),]*)*\)")
"""What a scalar of micrograd's prints of itself."""
_TENSORS = re.compile(
    r"\btf\.Tensor\(([^\s(),\[\]]+),[^()]*\(\)[^()]*\)|<tf\.[^<>\n]*\bnumpy=([^\s<>,\[\]]+)>"
)
"""A number of TensorFlow's, as print and repr write it."""
_WINDOWS = re.compile(r"\d\.#(?:(INF)|IND|QNAN|SNAN)\w*")
"""Numbers that are not finite, as older programs on Windows write them: `1.#INF`, `-1.#IND00`."""
_TRIALS = re.compile(r"\bTrial (\d+) finished with value: (\S+) and parameters: \{")
"""What Optuna says of a trial."""
_CONTROLS = re.compile(r"[\x00-\x07\x0e-\x1f\x7f\ufeff]")


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of bytes as they come; one ends where a terminal would begin to write over it."""
    decoder, rest = None, ""
    for chunk in chunks:
        decoder = decoder or _decoder(chunk)
        *whole, rest = _ENDS.split(rest + decoder.decode(chunk))
        yield from whole
        if len(rest) > LONGEST:
            yield rest
            rest = ""
    if rest:
        yield rest


def _decoder(start: bytes) -> codecs.IncrementalDecoder:
    # PowerShell writes files of two bytes a character, and says so at their start.
    name = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return codecs.getincrementaldecoder(name)(errors="replace")


def cleaned(line: str) -> str:
    """Return a line without colours and control characters, of a scalar's own text its number."""
    line = _CONTROLS.sub("", _ESCAPES.sub("", line))
    if ".#" in line:
        line = _WINDOWS.sub(lambda found: "inf" if found[1] else "nan", line)
    line = _TRIALS.sub(r'{"trial": \1, "value": \2, ', line)
    return _TENSORS.sub(r"\1\2", _VALUES.sub(r"\1", line)).strip("\r\n")
