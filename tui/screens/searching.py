"""The command palette: Textual's, with keys that come before its list has, or after it is gone."""

from contextlib import suppress
from typing import Any

from textual.command import CommandPalette, ProviderSource
from textual.css.query import NoMatches
from textual.worker import Worker

from ..live.left import Leavable


class PatientCommandPalette(Leavable, CommandPalette):
    """Every action by name. A key that its list cannot follow yet does nothing."""

    def __init__(self, what: str = "actions", providers: "ProviderSource | None" = None) -> None:
        # No id: the one before may still be on its way out. The words are in signs every terminal has.
        super().__init__(providers, placeholder=f"search for {what}")

    def run_worker(self, *work: Any, **options: Any) -> Worker[Any]:
        """Search; that the list is taken away meanwhile is no failure of the app."""
        return super().run_worker(*work, **options | {"exit_on_error": False})

    def _action_command_list(self, command: str) -> None:
        with suppress(KeyError, NoMatches):  # a list of which nothing has been drawn knows no pages
            super()._action_command_list(command)

    def _action_cursor_down(self) -> None:
        with suppress(KeyError, NoMatches):
            super()._action_cursor_down()

    def _watch__list_visible(self) -> None:
        with suppress(NoMatches):  # it is being taken away
            super()._watch__list_visible()

    async def _watch__show_busy(self) -> None:
        with suppress(NoMatches):
            await super()._watch__show_busy()
