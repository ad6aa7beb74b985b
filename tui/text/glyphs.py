"""The signs the screen is drawn with, in Unicode and in ASCII."""

import os
import sys
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Glyphs:
    """One sign for each thing that needs one, each a single cell wide."""

    name: Literal["unicode", "ascii"]
    current: str
    changed: str
    breakpoint: str
    folded: str
    opened: str
    reference: str
    guide: str
    arrow: str
    times: str
    ellipsis: str
    played: str
    unplayed: str
    mark: str
    bars: str
    done: str
    waiting: str
    line: str
    tick: str
    step_tick: str
    corner: str
    cursor_line: str
    curve: str
    half: str
    shades: str
    heat: str
    total: str
    backward: str
    stale: str
    override: str
    band: str
    event: str
    kept: str
    differs: str


UNICODE = Glyphs(
    name="unicode", current="▶", changed="✱", breakpoint="●", folded="▸", opened="▾", reference="↗",
    guide="│", arrow="→", times="×", ellipsis="…", played="━", unplayed="─", mark="┃",
    bars="▁▂▃▄▅▆▇█", done="✓", waiting="○", line="─",
    tick="┤", step_tick="┴", corner="└", cursor_line="┊", curve="⠒⠒", half="▀", shades=" ·░▒",
    heat=" ░▒▓█",
    total="Σ", backward="◂", stale="~", override="≡",
    band="░", event="◆", kept="◈", differs="≠",
)  # fmt: skip
ASCII = Glyphs(
    name="ascii", current=">", changed="*", breakpoint="@", folded="+", opened="-", reference="^",
    guide="|", arrow="->", times="*", ellipsis="~", played="=", unplayed="-", mark="|",
    bars="_.-=+*%#", done="x", waiting="o", line="-",
    tick="+", step_tick="+", corner="+", cursor_line=":", curve="..", half="", shades=" .:%",
    heat=" .:*#",
    total="sum of", backward="<", stale="?", override="#",
    band=".", event="E", kept="K", differs="!",
)  # fmt: skip


def chosen() -> Glyphs:
    """Return ASCII where the terminal's encoding or its font cannot be trusted with more.

    Textual writes to stderr, so stderr's encoding counts. The consoles named by TERM have fonts of
    256 or 512 signs. `MICROGRAD_TUI_GLYPHS=ascii` or `unicode` decides it by hand.
    """
    wish = os.environ.get("MICROGRAD_TUI_GLYPHS", "")
    if wish in ("ascii", "unicode"):
        return ASCII if wish == "ascii" else UNICODE
    encoding = (getattr(sys.__stderr__, "encoding", None) or "ascii").lower().replace("-", "")
    poor = os.environ.get("TERM", "") in ("linux", "vt100", "vt102", "vt220", "dumb")
    return UNICODE if encoding.startswith("utf") and not poor else ASCII
