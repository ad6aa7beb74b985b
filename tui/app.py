"""The Textual app: themes, stylesheet, first screen. What it does is in the screens and panes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.binding import Binding
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import Theme

from .keys import Key
from .live.app import LiveApp
from .screens.base import BaseScreen
from .screens.experiments.experimenting import ExperimentingScreen
from .screens.opening import OpeningScreen
from .screens.stepping import SteppingScreen
from .sessions.stepping import SteppingSession
from .sessions.target import DEFAULT, BadTarget, Opened, OpenedTensors, Target
from .terminal.signals import leave_on_signals, title_sequence
from .text.format import plain
from .text.glyphs import chosen
from .themes import OURS, colour_depth, few_colours, starting_theme, themes
from .themes.remembered import remember

if TYPE_CHECKING:
    from ..engine.runs.store.store import Store
    from .screens.menu import MenuScreen
    from .sessions.quiz import QuizSession
    from .sessions.watching import WatchSession

GREETING = "n steps backward; ? keys; Ctrl+O more: examples, runs, data sets, files"
SWITCHING = 0.0002
"""Seconds after which a thread gives way: a key must not wait long for one that works out details."""


class MicrogradApp(LiveApp):
    """Opens a target and steps through it; exits with a sentence if it cannot be opened."""

    CSS_PATH = "app.tcss"
    TITLE = "micrograd-tui"
    ENABLE_COMMAND_PALETTE = True
    # On a screen that is Textual's, too.
    BINDINGS = [Binding("ctrl+z", "suspend_process", "suspend", show=False, priority=True)]

    def __init__(
        self, target: Target, opened: Opened | OpenedTensors | None = None, fps: int | None = None
    ) -> None:
        # NO_COLOR must be seen here: Textual takes it out of the environment.
        self.depth, few, ours = colour_depth(), few_colours(), themes()
        super().__init__(fps, ansi_color=True if few else None)
        self.target = target
        self.opened = opened
        self.runs_dir: Path | None = None
        """Where the start screen looks for runs; by default where they are usually kept."""
        self.watched: list[Store] = []
        """The runs that the start screen has shown."""
        self.started: list[Store] = []
        """The runs that it has started."""
        for theme in ours:
            self.register_theme(theme)
        self.theme = self._kept_theme = starting_theme(self.available_themes)
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

    def _keep_theme(self, theme: Theme) -> None:
        """Keep a theme that was chosen; the one at the start was not."""
        if theme.name != self._kept_theme:
            self._kept_theme = theme.name
            remember(theme.name)

    def get_default_screen(self) -> Screen[Any]:
        """The first screen is ours: an empty one before it would cost a layout."""
        if isinstance(self.opened, OpenedTensors):
            return _on_tensors(self.opened)
        if self.opened:
            session = SteppingSession(self.opened)
            if self.target.text == DEFAULT:
                session.note = GREETING
            return SteppingScreen(session)
        return OpeningScreen(self.target.text)

    def on_load(self) -> None:
        """Take the signals before the terminal: a signal between the two would leave it raw."""
        leave_on_signals(self)

    def on_mount(self) -> None:
        """Show the graph, or the way to it."""
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        # After Ctrl+Z and fg the terminal is blank, but Textual would repaint only what changes.
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self._entitle(self.target.text)
        self.open_target()

    def _entitle(self, name: str) -> None:
        if self._driver and (title := title_sequence(f"micrograd-tui: {name}")):
            self._driver.write(title)

    def on_flooded(self) -> None:
        """Say what became of more keys than anybody types."""
        if isinstance(self.screen, BaseScreen):  # whose panes may not be there yet
            self.screen.call_later(
                self.screen.show_note, "more came at once than anybody types (a paste?): it was left out"
            )

    def action_menu(self) -> None:
        """Show the start screen over what is open."""
        from .screens.menu import MenuScreen
        from .sessions.menu import MenuSession

        if not isinstance(self.screen, MenuScreen):
            self.push_screen(MenuScreen(MenuSession(self.runs_dir, self.started)))

    async def on_menu_screen_chosen(self, event: MenuScreen.Chosen) -> None:
        """Show what was opened in the place of all that was."""
        self._entitle(event.title)
        if isinstance(event.came_from, Target):
            self._remember(event.came_from)
        else:
            sys.setswitchinterval(SWITCHING)
            self.watched.append(event.came_from)
        while len(self.screen_stack) > 1:  # the first screen stays: Textual cannot replace it
            await self.pop_screen()
        await self.push_screen(event.screen())

    def on_experimenting_screen_break_wanted(self, event: ExperimentingScreen.BreakWanted) -> None:
        """Run the broken pass, and show it beside the right one."""
        from .screens.broken import broken_screen

        shown = broken_screen(event.below)
        if isinstance(shown, str):
            event.below.show_note(shown)
            event.below.release_keys()
        else:
            self.push_screen(shown)
            shown.release_keys()

    def on_experimenting_screen_over_wanted(self, event: ExperimentingScreen.OverWanted) -> None:
        """Show a graph over another."""
        from .screens.over import OverScreen

        shown: BaseScreen[Any] = event.below
        if event.below.is_current:  # else something else was opened over it meanwhile
            shown = OverScreen(SteppingSession(event.opened), event.below)
            self.push_screen(shown)
        shown.release_keys()

    def open_target(self) -> None:
        """Show the way to a graph that is not there yet."""
        if not self.opened:
            self.run_worker(self._open_slowly, thread=True, exit_on_error=True)
        else:
            self._remember(self.target)

    def _remember(self, target: Target) -> None:
        """Keep a file in the list of recent ones."""
        if target.path:
            from .sessions.recent import remember

            remember(target.path)

    def _open_slowly(self) -> None:
        """Open the target in a thread, then show it."""
        try:
            opened = self.target.open(lambda f: self.call_from_thread(self._progress, f))
        except BadTarget as error:
            self.call_from_thread(self.exit, str(error), 2)
            return
        self._remember(self.target)
        self.call_from_thread(self.push_screen, SteppingScreen(SteppingSession(opened)))

    def _progress(self, fraction: float) -> None:
        if isinstance(self.screen, OpeningScreen):
            self.screen.call_later(self.screen.advance, fraction)

    def action_command_palette(self) -> None:
        """Open the palette."""
        from .screens.searching import PatientCommandPalette

        if not isinstance(self.screen, PatientCommandPalette):
            self._search(PatientCommandPalette())

    def search_themes(self) -> None:
        """Open a palette of the themes."""
        from textual.theme import ThemeProvider

        from .screens.searching import PatientCommandPalette

        self._search(PatientCommandPalette("themes", [ThemeProvider]))

    def _search(self, palette: Screen[Any]) -> None:
        self.scheduler.keys.hold()  # until it is there: a key could take it away before
        self.push_screen(palette)

    def on_command_palette_opened(self) -> None:
        """Let it have the keys that came after the one that opened it."""
        self.scheduler.keys.release()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every action of the key table, by name, then Textual's own."""
        if isinstance(screen, BaseScreen):
            for key in screen.KEYS:
                if (owner := screen.owner(key.context)) and key.ever(screen.session):
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


class MenuApp(MicrogradApp):
    """Begins with the start screen."""

    def get_default_screen(self) -> Screen[Any]:
        """The start screen."""
        from .screens.menu import MenuScreen
        from .sessions.menu import MenuSession

        return MenuScreen(MenuSession(self.runs_dir, self.started))

    def open_target(self) -> None:
        """There is nothing to open yet."""


class QuizApp(MicrogradApp):
    """Asks questions, one after the other."""

    def __init__(self, questions: Sequence[QuizSession]) -> None:
        super().__init__(Target("quiz"))
        self.questions = questions

    def get_default_screen(self) -> Screen[Any]:
        """The first question."""
        from .screens.quiz import QuizScreen

        return QuizScreen(self.questions)

    def open_target(self) -> None:
        """There is nothing to open."""


def quiz(questions: Sequence[QuizSession]) -> int:
    """Ask questions in the app; their score is theirs; return the process's exit code."""
    return finish(QuizApp(questions))


def watch(store: Store, *, fps: int | None = None, compare: Sequence[Store] = ()) -> int:
    """Watch a run, others laid over it; return the process's exit code."""
    code, goes_on = watch_until_left(store, fps=fps, compare=compare, runs_dir=store.path.parent)
    if goes_on:
        say_it_goes_on(store)
    return code


def say_it_goes_on(store: Store) -> None:
    """Print how a run that was left running is come back to."""
    from ..engine.runs.store.names import quoted

    command = f"`micrograd-tui watch {quoted(store.name)}`"
    print(f"{plain(store.name)} goes on; {command} comes back to it", file=sys.stderr)


def watch_until_left(
    store: Store, *, fps: int | None = None, compare: Sequence[Store] = (), runs_dir: Path | None = None
) -> tuple[int, bool]:
    """Watch a run; return the process's exit code, and whether the run was left running."""
    from .sessions.watching import WatchSession

    gc.disable()  # as in commands/open.py; on_ready puts it back
    sys.setswitchinterval(SWITCHING)
    session = WatchSession(store, compare)
    app = RunApp(session, fps)
    app.runs_dir = runs_dir
    answer = app.run()
    say_what_goes_on(app, answer, but=store)
    left = answer != "stop" or (app.watched and app.watched[-1].path != store.path)
    session.read_or_gone()  # the start screen may have led away from it long ago
    return app.return_code or 0, session.live and bool(left)


def _on_tensors(opened: OpenedTensors) -> Screen[Any]:
    from .screens.tensors import TensorScreen
    from .sessions.tensors import TensorSession

    return TensorScreen(TensorSession(opened))


def run(target: Target, opened: Opened | OpenedTensors | None) -> int:
    """Run the app; return the process's exit code."""
    return finish(MicrogradApp(target, opened))


def menu(runs_dir: str | None, *, fps: int | None = None) -> int:
    """Show the start screen; return the process's exit code."""
    app = MenuApp(Target("menu"), fps=fps)
    app.runs_dir = Path(runs_dir) if runs_dir else None
    return finish(app)


def finish(app: MicrogradApp) -> int:
    """Run the app, print what there is to say at its end; return the process's exit code."""
    message = app.run()
    if message and app.return_code:
        print(f"micrograd-tui: {plain(message)}", file=sys.stderr)
    say_what_goes_on(app, message)
    return app.return_code or 0


def say_what_goes_on(app: MicrogradApp, answer: str | None, but: Store | None = None) -> None:
    """Print which runs of the start screen go on; the last one shown may just have been stopped."""
    stopped = app.watched[-1].path if answer == "stop" and app.watched else None
    for path, store in {store.path: store for store in (*app.started, *app.watched)}.items():
        if path not in (stopped, but and but.path) and store.status().live:
            say_it_goes_on(store)
