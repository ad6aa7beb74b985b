"""The colours that a terminal is really sent, by how many it has: read from the codes, not from the themes."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from frozen_runs import train_on
from pty_app import PtyApp
from small_runs import stored

pytestmark = pytest.mark.requires("pyte", "termios", "numpy")
DEPTHS = {
    "true colour": {"COLORTERM": "truecolor"},
    "256 colours": {"COLORTERM": "", "TERM": "xterm-256color"},
    "16 colours": {"COLORTERM": "", "TERM": "screen"},
    "no colours": {"NO_COLOR": "1"},
}
THEMES = ("micrograd-dark", "micrograd-light")
COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
HEX = re.compile(r"[0-9a-f]{6}")
both = pytest.mark.parametrize("theme", THEMES)
all_depths = pytest.mark.parametrize("depth", DEPTHS)


class Cell(NamedTuple):
    """A cell as the terminal shows it."""

    sign: str
    fg: str
    bg: str
    bold: bool
    underscore: bool
    reverse: bool

    @property
    def look(self) -> tuple[object, ...]:
        """All but the sign."""
        return self[1:]


def app(depth: str, theme: str, *arguments: str) -> PtyApp:
    return PtyApp(*arguments, env={**DEPTHS[depth], "TEXTUAL_THEME": theme})


def row(shown: Any, text: str) -> list[Cell]:
    """The cells of the first line with a text."""
    y = next(y for y, line in enumerate(shown.lines) if text in line)
    cells = shown.screen.buffer[y]
    return [
        Cell(c.data, c.fg, c.bg, c.bold, c.underscore, c.reverse) for c in (cells[x] for x in range(80))
    ]


def at(cells: list[Cell], text: str) -> Cell:
    """The first cell of a text."""
    return cells["".join(cell.sign for cell in cells).index(text)]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@both
@all_depths
def test_signs_cursor_selection_changes_and_breakpoints_differ(depth: str, theme: str) -> None:
    with app(depth, theme) as shown:
        shown.wait_for("backward 0 of 13")
        shown.press("nnnb", "breakpoint")
        shown.settle()
        looks = {
            "plain": at(row(shown, "sum = "), "sum").look,
            "positive": at(row(shown, "▾ out = "), "+3.5").look,
            "negative": at(row(shown, "   y   "), "-3.5").look,
            "changed": at(row(shown, "▾ out = "), "✱").look,
            "selected": at(row(shown, "▾ error = "), "error").look,
            "elsewhere": at(row(shown, "backward 3 of"), "neuron").look,
        }
        coloured = COLOUR.search(shown.output)

        if depth == "no colours":
            assert not coloured  # then signs (+ -), weight, underline and reverse tell them apart
            assert looks["selected"] not in (looks["plain"], looks["negative"])
            assert looks["negative"] != looks["positive"]
        else:
            different = {name: look for name, look in looks.items() if name != "elsewhere"}
            assert len(set(different.values())) == len(different)
            assert looks["elsewhere"] == looks["plain"]


@both
@all_depths
def test_all_text_of_the_first_screen_can_be_read(depth: str, theme: str) -> None:
    with app(depth, theme) as shown:
        shown.wait_for("backward 0 of 13")
        shown.press("nnn", "backward 3 of")
        shown.settle()
        cells = [Cell(c.data, c.fg, c.bg, c.bold, c.underscore, c.reverse)
                 for y in range(24) for c in (shown.screen.buffer[y][x] for x in range(80))]  # fmt: skip
        text = {(c.fg, c.bg) for c in cells if c.sign.isalnum() and HEX.fullmatch(c.fg)}
        grounds = {c.bg for c in cells if HEX.fullmatch(c.bg)}

        if depth in ("true colour", "256 colours"):
            assert text
            assert {pair: contrast(*pair) for pair in text if contrast(*pair) < 4.5} == {}
            # A light theme is light all over: title bars, borders and scrollbars too.
            assert {(luminance(ground) > 0.4) for ground in grounds} == {theme == "micrograd-light"}
        else:
            assert not text


@both
@all_depths
def test_the_classes_of_a_decision_boundary_differ(tmp_path: Path, depth: str, theme: str) -> None:
    train_on(stored(tmp_path, "learned", hidden=(8,), lr=0.1), 400, "finished")
    with app(depth, theme, "watch", "learned", "--runs-dir", str(tmp_path)) as shown:
        shown.wait_for("decision boundary")
        shown.wait_for("o no  x yes")
        shown.settle()
        left = next(line for line in shown.lines if "decision boundary" in line).index("decision")
        cells = [shown.screen.buffer[y][x] for y in range(2, 13) for x in range(left, 80)]
        grounds = {c.bg for c in cells if HEX.fullmatch(c.bg) and c.bg != shown.screen.buffer[0][79].bg}

        if depth in ("true colour", "256 colours"):
            warm = {c for c in grounds if c[:2] > c[4:]}
            assert len(warm) >= 2  # surer is stronger
            assert len(grounds - warm) >= 2
            assert all(c[:2] < c[4:] for c in grounds - warm)  # none is grey
            assert min(contrast(c.fg, c.bg) for c in cells if c.data in "ox") >= 4.5
        else:
            shades = {c.data for c in cells} - set("ox│─")
            assert len(shades) >= 3
            fronts = [{c.fg for c in cells if c.data in of} for of in (" ·", "░▒")]
            assert fronts[0].isdisjoint(fronts[1]) is (depth == "16 colours")


def test_the_light_theme_has_no_black_bar(tmp_path: Path) -> None:
    with app("256 colours", "micrograd-light") as shown:
        shown.wait_for("backward 0 of 13")
        shown.settle()

        assert b"48;5;233" not in shown.output
        assert b"48;5;231" in shown.output
