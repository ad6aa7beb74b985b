"""Make the pictures of the README anew: python docs/make_pictures.py (with the project installed)."""

import asyncio
import os
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["MICROGRAD_TUI_GLYPHS"] = "unicode"

from micrograd_tui.tui.app import MicrogradApp
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


if __name__ == "__main__":
    for each in PICTURES:
        asyncio.run(picture(each))
