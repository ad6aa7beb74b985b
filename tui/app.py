"""The Textual app: themes, stylesheet, first screen. What it does is in the screens and panes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import Theme

from .keys import Key
from .live.app import LiveApp
from .screens.base import BaseScreen
from .screens.opening import OpeningScreen
from .screens.stepping import SteppingScreen
from .sessions.stepping import SteppingSession
from .sessions.target import BadTarget, Opened, Target
from .terminal.signals import leave_on_signals, title_sequence
from .text.format import plain
from .text.glyphs import chosen
from .themes import OURS, colour_depth, few_colours, starting_theme, themes
from .themes.remembered import remember

if TYPE_CHECKING:
    from ..engine.runs.store.store import Store
    from .sessions.watching import WatchSession


class MicrogradApp(LiveApp):
    """Opens a target and steps through it; exits with a sentence if it cannot be opened."""

    CSS_PATH = "app.tcss"
    TITLE = "micrograd-tui"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, target: Target, opened: Opened | None = None, fps: int | None = None) -> None:
        # NO_COLOR must be seen here: Textual takes it out of the environment.
        self.depth, few, ours = colour_depth(), few_colours(), themes()
        super().__init__(fps, ansi_color=True if few else None)
        self.target = target
        self.opened = opened
        for theme in ours:
            self.register_theme(theme)
        self.theme = self._remembered = starting_theme(self.available_themes)
        # Textual has given the stylesheet the colours of its own theme, and gives ours too late.
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_class(chosen().name == "ascii", "-ascii")

    def get_driver_class(self) -> type[Driver]:
        """Have only the cells that change sent, where Textual's Linux driver would run."""
        driver = super().get_driver_class()
        if sys.platform == "win32":
            return driver
        from .terminal.driver import sending_changed_cells

        return sending_changed_cells(driver)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give Textual's own themes values for the variables ours add."""
        dark, light = OURS[self.depth]
        return dict((dark if self.current_theme.dark else light).variables)

    def _remember(self, theme: Theme) -> None:
        """Keep a theme that was chosen; the one at the start was not."""
        if theme.name != self._remembered:
            self._remembered = theme.name
            remember(theme.name)

    def get_default_screen(self) -> Screen[Any]:
        """The first screen is ours: an empty one before it would cost a layout."""
        if self.opened:
            return SteppingScreen(SteppingSession(self.opened))
        return OpeningScreen(self.target.text)

    def on_mount(self) -> None:
        """Show the graph, or the way to it."""
        leave_on_signals(self)
        self.theme_changed_signal.subscribe(self, self._remember)
        # After Ctrl+Z and fg the terminal is blank, but Textual would repaint only what changes.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        if self._driver and (title := title_sequence(f"micrograd-tui: {self.target.text}")):
            self._driver.write(title)
        self.open_target()

    def open_target(self) -> None:
        """Show the way to a graph that is not there yet."""
        if not self.opened:
            self.run_worker(self._open_slowly, thread=True, exit_on_error=True)

    def _open_slowly(self) -> None:
        """Open the target in a thread, then show it."""
        try:
            opened = self.target.open(lambda f: self.call_from_thread(self._progress, f))
        except BadTarget as error:
            self.call_from_thread(self.exit, str(error), 2)
            return
        self.call_from_thread(self.push_screen, SteppingScreen(SteppingSession(opened)))

    def _progress(self, fraction: float) -> None:
        if isinstance(self.screen, OpeningScreen):
            self.screen.advance(fraction)

    def action_command_palette(self) -> None:
        """Open the palette, its invitation in signs that every terminal has."""
        from textual.command import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            palette = CommandPalette(id="--command-palette", placeholder="search for actions")
            self.push_screen(palette)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the key table, by name, then Textual's own."""
        if isinstance(screen, BaseScreen):
            for key in screen.KEYS:
                if owner := screen.owner(key.context):
                    for name, action in _palette_actions(key):
                        label = f"{key.label} {name}" if key.action == "fold_to" else key.label
                        act = partial(screen.call_later, owner.run_action, action)
                        yield SystemCommand(label, f"{key.help} ({name})", act)
        yield from super().get_system_commands(screen)


def _palette_actions(key: Key[Any]) -> Iterable[tuple[str, str]]:
    """What the palette offers for a row: (keys, action); nothing for the palette itself."""
    if key.action == "command_palette":
        return []
    actions = list(key.actions)
    return actions if key.action == "fold_to" else [(key.shown, actions[0][1])]


class RunApp(MicrogradApp):
    """Watches a run."""

    def __init__(self, session: WatchSession, fps: int | None = None) -> None:
        super().__init__(Target(plain(session.store.name)), fps=fps)
        self.session = session

    def get_default_screen(self) -> Screen[Any]:
        """The watching screen."""
        from .screens.watching import WatchingScreen

        return WatchingScreen(self.session)

    def open_target(self) -> None:
        """There is nothing to open."""


def watch(store: Store, *, fps: int | None = None, compare: Sequence[Store] = ()) -> int:
    """Watch a run, others laid over it; return the process's exit code."""
    from ..engine.runs.store.names import quoted

    code, goes_on = watch_until_left(store, fps=fps, compare=compare)
    if goes_on:
        name = plain(store.name)
        command = f"`micrograd-tui watch {quoted(store.name)}`"
        print(f"{name} goes on; {command} comes back to it", file=sys.stderr)
    return code


def watch_until_left(
    store: Store, *, fps: int | None = None, compare: Sequence[Store] = ()
) -> tuple[int, bool]:
    """Watch a run; return the process's exit code, and whether the run was left running."""
    from .sessions.watching import WatchSession

    gc.disable()  # as in commands/open.py; on_ready puts it back
    sys.setswitchinterval(0.0002)  # a key must not wait long for the thread that works out details
    session = WatchSession(store, compare)
    app = RunApp(session, fps)
    answer = app.run()
    return app.return_code or 0, session.live and answer != "stop"


def run(target: Target, opened: Opened | None) -> int:
    """Run the app; return the process's exit code."""
    app = MicrogradApp(target, opened)
    message = app.run()
    if message:
        print(f"micrograd-tui: {plain(message)}", file=sys.stderr)
    return app.return_code or 0
