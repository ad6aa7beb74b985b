"""Themes of the 256 colours of xterm, which most logins over SSH have: each colour chosen by hand.

A true colour is turned into the nearest of 256 by whoever writes it, which made one grey of two pale
blends. So the grounds of a decision boundary stand here too, three for each class.
"""

from textual.theme import Theme


def xterm(number: int) -> str:
    """Return one of the colours from 16 on so that Rich, which writes it, comes to this very number.

    The cube of 6 x 6 x 6 is as every terminal has it. Rich rounds the lightness of greys in its own way.
    """
    if number >= 232:
        red = green = blue = round((number - 231) * 255 / 25)
    else:
        steps = [(number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6]
        red, green, blue = ((0, 95, 135, 175, 215, 255)[step] for step in steps)
    return f"#{red:02x}{green:02x}{blue:02x}"


def grounds(*numbers: tuple[int, int, int]) -> dict[str, str]:
    """Return the theme variables of the classes' grounds, unsure to sure: `class0-0`, `class0-1`, ..."""
    return {
        f"class{kind}-{level}": xterm(number)
        for kind, levels in enumerate(numbers)
        for level, number in enumerate(levels)
    }


DARK_256 = Theme(
    name="micrograd-dark",
    primary=xterm(75),
    secondary=xterm(117),
    accent=xterm(214),
    warning=xterm(214),
    error=xterm(209),
    success=xterm(75),
    foreground=xterm(254),
    background=xterm(234),
    surface=xterm(234),
    panel=xterm(236),
    dark=True,
    variables={
        "dim": xterm(248),
        "positive": xterm(75),
        "negative": xterm(215),
        "changed": xterm(227),
        "selected": xterm(24),
        "selected-text": xterm(231),
        "blurred": xterm(237),
        "edge": xterm(240),
        "band": xterm(238),
        "class0": xterm(215),
        "class1": xterm(75),
        "class2": xterm(72),
        "class3": xterm(175),
        "class4": xterm(185),
        "class5": xterm(141),
        **grounds((52, 94, 130), (17, 24, 25), (22, 28, 29), (53, 90, 162), (58, 136, 178), (54, 56, 98)),
        "block-cursor-blurred-background": xterm(24),
    },
)
LIGHT_256 = Theme(
    name="micrograd-light",
    primary=xterm(25),
    secondary=xterm(25),
    accent=xterm(94),
    warning=xterm(94),
    error=xterm(124),
    success=xterm(25),
    foreground=xterm(234),
    background=xterm(231),
    surface=xterm(231),
    panel=xterm(255),
    dark=False,
    variables={
        "dim": xterm(240),
        "positive": xterm(25),
        "negative": xterm(124),
        "changed": xterm(91),
        "selected": xterm(153),
        "selected-text": xterm(16),
        "blurred": xterm(254),
        "edge": xterm(248),
        "band": xterm(252),
        "class0": xterm(124),
        "class1": xterm(25),
        "class2": xterm(23),
        "class3": xterm(126),
        "class4": xterm(58),
        "class5": xterm(54),
        **grounds(
            (224, 223, 215),
            (189, 153, 111),
            (194, 157, 114),
            (225, 218, 212),
            (230, 229, 227),
            (183, 177, 141),
        ),
        "block-cursor-blurred-background": xterm(153),
    },
)
