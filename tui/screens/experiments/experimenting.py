"""Experiments of the stepping screen: the panels that keys open, and the graphs shown over this one."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from ...sessions.stepping import SteppingSession
from ...sessions.target import BadTarget, Opened, Target
from ...text.format import plain
from ..base import BaseScreen

LARGE = 20_000
"""Nodes from which a new recording or a file takes long enough to say so."""


class ExperimentingScreen(BaseScreen[SteppingSession]):
    """Nudges cells, checks all of them, breaks the pass, opens a graph over this one."""

    @dataclass
    class BreakWanted(Message):
        """The pass is to be run with the switches that are on, and shown over this screen."""

        below: ExperimentingScreen

    @dataclass
    class OverWanted(Message):
        """Another graph is to be shown over this screen."""

        below: ExperimentingScreen
        opened: Opened

    def __init__(self, session: SteppingSession) -> None:
        super().__init__(session)
        commands = session.commands
        commands.on_open, commands.on_break = self.open_over, self._break_soon
        commands.on_switches = self._switches_soon

    def action_nudge(self) -> None:
        """Nudge the selected cell, and show what comes of it."""
        from .nudging import NudgeScreen

        if refusal := self.session.nudging.refusal:
            self.show_note(refusal)
            return
        self.app.push_screen(NudgeScreen(self.session))

    def action_check_all(self) -> None:
        """Nudge every cell, and show which gradients are furthest off."""
        from .checking import CheckScreen

        self.app.push_screen(CheckScreen(self.session))

    # The broken pass

    def action_switches(self) -> None:
        """Choose what of the backward pass is to be broken, and step through it beside the right one."""
        from .switches import SwitchesScreen

        self.app.push_screen(SwitchesScreen(self.session.breaking), self._break)

    def _switches_soon(self) -> str:
        self.call_later(self.action_switches)
        return ""

    def _break_soon(self) -> str:
        self.call_later(self._break, True)
        return f"breaking: {self.session.breaking.said}"

    def _break(self, wanted: bool | None) -> None:
        if wanted and self.session.recording.node_count >= LARGE:
            self.scheduler.keys.hold()  # what is typed meanwhile is for the broken pass
            self.show_note("running the broken pass, and the right one ...")
            self.call_after_refresh(self.show_broken)
        elif wanted:
            self.show_broken()

    def show_broken(self) -> None:
        """Run what is switched on, and show it over this screen."""
        self.post_message(self.BreakWanted(self))

    # Another graph

    def open_over(self, target: Target) -> str:
        """Open a target over this graph, in a thread; the keys typed meanwhile are for its screen.

        A program, or what is slow, may take its time: no key waits for it.
        """
        if not (target.program or target.slow):
            self.scheduler.keys.hold()
        self.run_worker(lambda: self._open_over(target), thread=True)
        return f"opening {plain(target.text)} ..."

    def _open_over(self, target: Target) -> None:
        try:
            opened = target.open()
        except BadTarget as error:
            self.app.call_from_thread(self._refuse_over, str(error).split("\n")[0])
        else:
            self.post_message(self.OverWanted(self, opened))

    def _refuse_over(self, why: str) -> None:
        self.show_note(why)
        self.release_keys()
