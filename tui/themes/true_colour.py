"""Themes of 16 million colours: blue and orange for signs, contrast at least 4.5:1.

Blue and orange are safe for colour-blind eyes. The hues follow Okabe and Ito's palette (Color
Universal Design, 2008), lightened or darkened until the contrast holds.
"""

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
        "class0": "#f0a35e",
        "class1": "#6cbcf0",
        "class2": "#3fae8b",
        "class3": "#d98ab8",
        "class4": "#d9cf4a",
        "class5": "#a99bf5",
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
