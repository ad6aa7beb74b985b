"""The base of the screens: keys of the table call the session, its sentence shows, the panes are synced.

A new kind of screen says which rows of the key table it answers, lays out its panes and says what it
repaints after a key; help, palette, suspending, questions and leaving are here.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.widget import Widget

from ..keys import KEYS, Ask, Do, Key, pressed
from ..live.screen import LiveScreen
from ..panes.bars import KeyBar, Noted
from ..panes.prompt import Prompt

S = TypeVar("S", bound=Noted)


class BaseScreen(LiveScreen, Generic[S]):
    """One session on the screen. `CONTEXT` is the context of the key table that holds anywhere on it."""

    CONTEXT: ClassVar[str]
    KEYS: ClassVar[Sequence[Key[Any]]] = KEYS
    """The key table."""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (140, "-extra")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall"), (34, "-high"), (44, "-highest")]

    def __init__(self, session: S) -> None:
        super().__init__()
        self.session = session

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table, if it is in sight."""
        return self if context == self.CONTEXT else None

    # What a key does

    async def action_press(self, context: str, name: str) -> None:
        """Do what the key table says of a key, or ask for what that needs."""
        action: Do[S] | Ask[S] | str = pressed(self.KEYS, context, name).action
        if isinstance(action, Ask):
            await self.ask(action)
        elif isinstance(action, Do):
            self.do(action)

    def do(self, action: Do[S]) -> None:
        """Call the session and show what came of it."""
        self.session.note = action.act(self.session)
        self.sync_panes()

    async def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        """Do what a key does that was clicked in the footer."""
        if owner := self.owner(event.key.context):
            await owner.run_action(next(action for _, action in event.key.actions))

    def show_note(self, sentence: str) -> None:
        """Show a sentence about the last key."""
        self.session.note = sentence
        self.sync_panes()

    # Questions

    async def ask(self, action: Ask[S]) -> None:
        """Ask for the answer an action needs, if there is somebody to take it."""
        if refusal := action.refusal(self.session):
            self.show_note(refusal)
            return
        self.query_one("#note").display = False
        session = self.session
        await self.query_one(Prompt).ask(
            action,
            action.now(session),
            action.choices(session),
            lambda text: action.completions(session, text),
            action.history(session),
        )
        self.call_after_refresh(action.prepare, session)

    async def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """Pass the answer to the session; ask again where it may mean more than one thing."""
        self.query_one("#note").display = True
        if event.text is None:
            return
        if which := event.asked.which(self.session, event.text):
            await self.ask(event.asked.asking(which))
        else:
            self.do(event.asked.answered(event.text))

    # Actions

    def action_help(self) -> None:
        """Show the keys."""
        from .help import HelpScreen

        self.app.push_screen(HelpScreen(self.CONTEXT, self.session))

    def action_command_palette(self) -> None:
        """Open the palette."""
        self.app.action_command_palette()

    def action_suspend_process(self) -> None:
        """Suspend to the shell."""
        self.app.action_suspend_process()

    async def action_quit(self) -> None:
        """Leave."""
        await self.app.action_quit()
