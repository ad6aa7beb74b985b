"""Signals and the window's title, which Textual leaves to the application."""

import asyncio
import os
import signal
import sys
from functools import partial
from typing import Any

from ..text.format import plain

_TITLED = ("xterm", "tmux", "screen", "rxvt", "alacritty", "foot", "wezterm", "st-", "kitty")


def leave_on_signals(app: Any) -> None:
    """Let SIGTERM, SIGHUP, SIGINT close the app in order: terminal restored, exit 128 + signal.

    Ctrl+C is a key, but a signal in the moment after `fg` in which the terminal is still the shell's.
    """
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, partial(app.exit, return_code=128 + number))


def title_sequence(title: str) -> str:
    """Return what sets the window's title, or nothing where a terminal may not know it."""
    if not os.environ.get("TERM", "").startswith(_TITLED):
        return ""
    return f"\x1b]2;{plain(title)}\x07"
