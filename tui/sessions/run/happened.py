"""What an event of a run means: good news or bad, and the colour of each kind."""

import re

from ....engine.runs.store.store import Event

STYLES = {
    "health": "negative",
    "nonfinite": "warning",
    "error": "warning",
    "order": "",
    "finish": "positive",
    "converged": "positive",
    "recovered": "positive",
}
_GOOD = re.compile(r"no longer|moves again|stands still at (0|[\d.]+e-\d+|0\.000\d*)[:,]")
"""How runs of earlier versions, which had one kind for both, tell good news."""


def style_of(event: Event) -> str:
    """The style of an event."""
    if event.kind == "health" and _GOOD.search(event.text):
        return STYLES["recovered"]
    return STYLES.get(event.kind, "")
