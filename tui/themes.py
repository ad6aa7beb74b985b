"""Our themes: blue and orange for signs (safe for colour-blind eyes), contrast at least 4.5:1.

The hues follow Okabe and Ito's palette (Color Universal Design, 2008), lightened or darkened until
the contrast holds. The ansi themes use the terminal's own sixteen colours.
"""

import os

from textual.theme import Theme

DARK = Theme(
    name="micrograd-dark",
    primary="#56b4e9",
    secondary="#9ad1f5",
    accent="#e69f00",
    warning="#e69f00",
    error="#ff8c5a",
    success="#56b4e9",
    foreground="#e4e4e4",
    background="#16181d",
    surface="#16181d",
    panel="#22262e",
    dark=True,
    variables={
        "dim": "#9aa3af",
        "positive": "#6cbcf0",
        "negative": "#f0a35e",
        "changed": "#f0e442",
        "selected": "#2f4a66",
        "selected-text": "#ffffff",
        "blurred": "#262b34",
        "edge": "#4a5360",
        "band": "#2c3239",
        "block-cursor-blurred-background": "#22384e",
    },
)
LIGHT = Theme(
    name="micrograd-light",
    primary="#00629e",
    secondary="#00629e",
    accent="#8a4b00",
    warning="#8a4b00",
    error="#a03b00",
    success="#00629e",
    foreground="#1c1f24",
    background="#fbfbf8",
    surface="#fbfbf8",
    panel="#ecece6",
    dark=False,
    variables={
        "dim": "#5a626d",
        "positive": "#00629e",
        "negative": "#9c4300",
        "changed": "#6b4fa0",
        "selected": "#c7dcf0",
        "selected-text": "#101418",
        "blurred": "#e6e6df",
        "edge": "#a8a8a0",
        "band": "#d6e2ea",
        "class0": "#9c4300",
        "class1": "#00629e",
        "class2": "#00735a",
        "class3": "#9a3f78",
        "class4": "#7a7000",
        "class5": "#4b3fa8",
        "block-cursor-blurred-background": "#c7dcf0",
    },
)
ANSI_DARK = Theme(
    name="micrograd-ansi-dark",
    ansi=True,
    primary="ansi_bright_blue",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_bright_red",
    success="ansi_bright_cyan",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "dim": "ansi_white",
        "positive": "ansi_bright_cyan",
        "negative": "ansi_bright_yellow",
        "changed": "ansi_bright_white",
        "selected": "ansi_blue",
        "selected-text": "ansi_bright_white",
        "blurred": "ansi_default",
        "edge": "ansi_white",
        "band": "ansi_bright_black",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_white",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_white",
    },
)
ANSI_LIGHT = Theme(
    name="micrograd-ansi-light",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_blue",
    accent="ansi_red",
    warning="ansi_red",
    error="ansi_red",
    success="ansi_blue",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=False,
    variables={
        "ansi-background": "ansi_white",
        "ansi-foreground": "ansi_black",
        "dim": "ansi_bright_black",
        "positive": "ansi_blue",
        "negative": "ansi_red",
        "changed": "ansi_magenta",
        "selected": "ansi_blue",
        "selected-text": "ansi_bright_white",
        "blurred": "ansi_default",
        "edge": "ansi_bright_black",
        "band": "ansi_white",
        "block-cursor-foreground": "ansi_white",
        "block-cursor-background": "ansi_black",
        "input-cursor-background": "ansi_black",
        "input-cursor-foreground": "ansi_white",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_white",
    },
)
THEMES = (DARK, LIGHT, ANSI_DARK, ANSI_LIGHT)


def starting_theme() -> Theme:
    """Return the theme to start with: TEXTUAL_THEME if it names one, ansi where colours are few."""
    named = {theme.name: theme for theme in THEMES}
    wish = os.environ.get("TEXTUAL_THEME", "")
    if wish in named:
        return named[wish]
    return ANSI_DARK if few_colours() else DARK


def few_colours() -> bool:
    """Whether the terminal has sixteen colours or none are wanted."""
    if "NO_COLOR" in os.environ:
        return True
    rich_enough = ("truecolor", "24bit")
    term = os.environ.get("TERM", "")
    if os.environ.get("COLORTERM", "").strip().lower() in rich_enough:
        return False
    return not term.endswith(("256color", "direct")) and "kitty" not in term
