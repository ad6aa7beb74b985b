"""Make the README's pictures and key table anew: python docs/make_readme.py (project installed)."""

import asyncio
import os
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["MICROGRAD_TUI_GLYPHS"] = "unicode"

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.keys import markdown_table
from micrograd_tui.tui.targets import Target

PICTURES = {
    "neuron": ("neuron", (100, 30), "micrograd-dark", ["n"] * 7),
    "graph": ("neuron", (140, 36), "micrograd-dark", ["v", *["n"] * 5]),
    "light": ("lecture", (100, 30), "micrograd-light", ["n"] * 6),
}


async def picture(name: str) -> None:
    """Open a target, press keys, save what stands on the screen."""
    target, size, theme, keys = PICTURES[name]
    app = MicrogradApp(Target(target), Target(target).open())
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        await pilot.press(*keys)
        await pilot.pause(0.2)
        svg = app.export_screenshot(title="micrograd-tui")
        Path(__file__).with_name(f"{name}.svg").write_text(svg, encoding="utf-8")


def key_table() -> None:
    """Put the key table between its two marks in the README."""
    readme = Path(__file__).parents[1] / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split("<!-- keys -->")
    after = rest.split("<!-- end of keys -->")[1]
    table = f"<!-- keys -->\n{markdown_table()}\n<!-- end of keys -->"
    readme.write_text(f"{before}{table}{after}", encoding="utf-8")


if __name__ == "__main__":
    key_table()
    for each in PICTURES:
        asyncio.run(picture(each))
