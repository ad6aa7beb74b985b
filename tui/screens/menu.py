"""The start screen: examples, runs, data sets and recent files; what is chosen opens in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ..bindings import bindings
from ..keys import Ask, Do
from ..panes.bars import KeyBar, NoteBar
from ..panes.menu import MenuPane, MenuTitle
from ..panes.prompt import Prompt
from ..sessions.menu import Entry, MenuSession
from ..sessions.starting import resume, train
from ..sessions.stepping import SteppingSession
from ..sessions.target import BadTarget, OpenedTensors, Target
from ..text.format import plain
from .base import BaseScreen
from .stepping import SteppingScreen


class MenuScreen(BaseScreen[MenuSession]):
    """A list; what is slow to open is opened in a thread, while the list stays."""

    CONTEXT = "menu"
    BINDINGS = bindings("menu")
    AUTO_FOCUS = "#menu"

    @dataclass
    class Chosen(Message):
        """Something was opened: how its screen is made, what it is called, what it came from."""

        screen: Callable[[], Screen[Any]]
        title: str
        came_from: Store | Target

    def __init__(self, session: MenuSession) -> None:
        super().__init__(session)
        self._busy = False

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        yield MenuTitle(id="title")
        yield MenuPane(self.session, id="menu")
        yield NoteBar(self.session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar("menu", session=self.session, id="keys")

    def on_screen_resume(self) -> None:
        """Another screen closed: runs may have gone on."""
        self.session.refresh()
        self.call_after_refresh(self.sync_panes)

    def do(self, action: Do[MenuSession]) -> None:
        """Call the session, then have the list show what it selected."""
        self.session.note = action.act(self.session)
        self.query_one(MenuPane).follow()
        self.sync_panes()

    def on_menu_pane_moved(self) -> None:
        """The cursor is on another row."""
        self.sync_bars()

    # Actions

    async def action_open_entry(self) -> None:
        """Open what is selected; before training on a data set, ask."""
        entry = self.session.selected
        if entry.kind == "data set":
            await self.ask(self._question(entry))
        elif entry.kind == "run":
            self._start(f"opening {plain(entry.name)}", lambda: self._watching(self._store(entry)), entry)
        else:
            target = Target(str(entry.path) if entry.path else entry.name)
            self._start(f"opening {plain(entry.name)}", lambda: self._stepping(target), entry)

    def _question(self, entry: Entry) -> Ask[MenuSession]:
        def answer(session: MenuSession, text: str) -> str:
            if text.strip().lower() not in ("", "y", "yes"):
                return "nothing was started"
            work = lambda: self._watching(train(session.directory, entry.name))  # noqa: E731  # two lines
            return self._start(f"starting a run on {entry.name}", work, entry)

        return Ask(f"train on {entry.name} with its defaults? Enter starts, Esc does not: ", answer)

    async def action_resume(self) -> None:
        """Go on with the selected run, and watch it; of one that has done all its steps, ask how far."""
        entry, session = self.session.selected, self.session
        if refusal := session.refusal_to_resume():
            self.show_note(refusal)
        elif done := session.done():
            question = f"{plain(entry.name)} has done its {done:,} steps; go on until how many in all? "
            await self.ask(Ask(question, lambda session, text: self._resume(entry, text.strip())))
        else:
            self._resume(entry)

    def _resume(self, entry: Entry, steps: str = "") -> str:
        directory = self.session.directory
        work = lambda: self._watching(resume(directory, entry.name, steps))  # noqa: E731  # two lines
        return self._start(f"resuming {plain(entry.name)}", work, entry)

    def action_leave_menu(self) -> None:
        """Go back to what was open."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()
        else:
            self.show_note("nothing is open yet; Enter opens, q quits")

    # Opening, in a thread

    def _start(self, note: str, work: Callable[[], MenuScreen.Chosen], entry: Entry) -> str:
        """Do the work in a thread, one at a time, and say so."""
        if self._busy:
            return self.session.note
        self._busy = True
        self.show_note(f"{note} ...")
        self.run_worker(lambda: self._work(work, entry), thread=True)
        return self.session.note

    def _work(self, work: Callable[[], MenuScreen.Chosen], entry: Entry) -> None:
        try:
            self.post_message(work())
        except (BadTarget, BadRun) as error:
            sentence = str(error).split("\n")[0]
            # The selected row says which folder; here it would leave no room for what is wrong.
            self._say(plain(sentence.replace(f"{entry.path.parent}/", "") if entry.path else sentence))
        finally:
            self._busy = False

    def _say(self, sentence: str) -> None:
        """Show a sentence, from the thread; at the end of the app nobody waits for it."""
        self.app.call_later(self.show_note, sentence)

    def _stepping(self, target: Target) -> MenuScreen.Chosen:
        from ..sessions.tensors import TensorSession
        from .tensors import TensorScreen

        name = plain(target.path.name if target.path else target.text)
        opened = target.open_up_to_error(lambda f: self._say(f"opening {name} {f:.0%}"))
        if isinstance(opened, OpenedTensors):
            session = TensorSession(opened)
            return MenuScreen.Chosen(lambda: TensorScreen(session), opened.title, target)
        screen = SteppingScreen(
            SteppingSession(opened)
        )  # here in the thread: for a large graph it is slow
        return MenuScreen.Chosen(lambda: screen, opened.title, target)

    @staticmethod
    def _watching(store: Store) -> MenuScreen.Chosen:
        from ..sessions.watching import WatchSession
        from .watching import WatchingScreen

        session = WatchSession(store)
        return MenuScreen.Chosen(lambda: WatchingScreen(session), plain(store.name), store)

    @staticmethod
    def _store(entry: Entry) -> Store:
        assert entry.path
        return Store.open(entry.path)
