"""Make the pictures of the docs anew: python docs/pictures.py (about half a minute)."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["MICROGRAD_TUI_GLYPHS"] = "unicode"
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # whatever the terminal has that this is run in
os.environ.pop("NO_COLOR", None)
os.environ["XDG_CONFIG_HOME"] = os.devnull  # the themes chosen here are nobody's wish: keep none

from micrograd_tui.engine.learning.predict_batch import prepare
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.tui.app import MicrogradApp, RunApp
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.sessions.watching import WatchSession

PICTURES = {
    "neuron": ("neuron", (100, 30), "micrograd-dark", ["n"] * 7),
    "graph": ("neuron", (140, 36), "micrograd-dark", ["v", *["n"] * 5]),
    "light": ("lecture", (100, 30), "micrograd-light", ["n"] * 6),
}


async def picture(name: str) -> None:
    """Open a target, press keys, save what stands on the screen."""
    target, size, theme, keys = PICTURES[name]
    await photograph(MicrogradApp(Target(target), Target(target).open()), name, size, theme, keys)


async def watching() -> None:
    """Train for a moment, then watch what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("micrograd-tui")), "train", "moons", "--headless"]
        subprocess.run([*command, "--steps", "60000", "--runs-dir", folder], check=True)
        [path] = Path(folder).glob("*.sqlite")
        prepare()
        session = WatchSession(Store.open(path))
        await photograph(RunApp(session), "watching", (120, 34), "micrograd-dark", ["left"] * 3, rest=4.0)


async def photograph(
    app: MicrogradApp, name: str, size: tuple[int, int], theme: str, keys: list[str], rest: float = 1.0
) -> None:
    """Press keys, save what stands on the screen after so many seconds."""
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        await pilot.pause(1.0)
        await pilot.press(*keys)
        await pilot.pause(rest)
        svg = app.export_screenshot(title="micrograd-tui")
        Path(__file__).with_name(f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    for each in PICTURES:
        asyncio.run(picture(each))
    asyncio.run(watching())
