"""The themes: ours, in as many colours as the terminal has, and which one to start with.

`micrograd-dark` and `micrograd-light` are the names for every terminal; what they look like is made for
true colour, for 256 colours and for sixteen. A name that was chosen at the desk is good over SSH too.
"""

import os
from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from textual.theme import Theme

from .cube import DARK_256, LIGHT_256
from .remembered import recall
from .sixteen import ANSI_DARK, ANSI_LIGHT
from .true_colour import DARK, LIGHT

Depth = Literal["truecolor", "256", "16"]
DARK_16 = replace(ANSI_DARK, name=DARK.name)
LIGHT_16 = replace(ANSI_LIGHT, name=LIGHT.name)
OURS: dict[Depth, tuple[Theme, Theme]] = {
    "truecolor": (DARK, LIGHT),
    "256": (DARK_256, LIGHT_256),
    "16": (DARK_16, LIGHT_16),
}


def themes() -> tuple[Theme, ...]:
    """Return our themes for this terminal."""
    return (*OURS[colour_depth()], ANSI_DARK, ANSI_LIGHT)


def starting_theme(known: Collection[str]) -> str:
    """Return the theme to start with, of those known.

    TEXTUAL_THEME wins, then what was chosen last; else it is ansi where colours are few.
    """
    wishes = (wish for wish in (os.environ.get("TEXTUAL_THEME", ""), recall()) if wish in known)
    return next(wishes, ANSI_DARK.name if few_colours() else DARK.name)


def few_colours() -> bool:
    """Whether the terminal has sixteen colours or none are wanted."""
    return colour_depth() == "16"


def colour_depth() -> Depth:
    """Return how many colours the terminal has, as Rich will see it, or sixteen where none are wanted."""
    if "NO_COLOR" in os.environ:
        return "16"
    told = os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if told in ("truecolor", "256"):
        return "truecolor" if told == "truecolor" else "256"
    if told in ("standard", "windows"):
        return "16"
    if os.environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    named = os.environ.get("TERM", "").rpartition("-")[2]
    return "256" if named in ("256color", "kitty") else "16"
