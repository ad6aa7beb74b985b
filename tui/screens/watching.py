"""The watching screen: a live run, its curves, its model and its events."""

import time
from asyncio import get_running_loop
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from ...engine.learning.predict_batch import prepare, ready
from ..bindings import bindings
from ..live.background import Details
from ..live.screen import LiveScreen
from ..live.type_ahead import FRESH
from ..panes.bars import KeyBar
from ..panes.base import Painted
from ..panes.prompt import Prompt
from ..panes.run.bars import RunNote, RunTitle, Sparkline
from ..panes.run.boundary import BoundaryPane
from ..panes.run.confusion import ConfusionPane
from ..panes.run.events import EventsPane
from ..panes.run.fit import FitPane
from ..panes.run.histogram import HistogramPane
from ..panes.run.numbers import NumbersPane
from ..panes.run.parameters import ParametersPane
from ..panes.run.plot import PlotPane
from ..sessions.watching import WatchSession
from ..text.format import number, plain
from .leaving import LeavingScreen

PIECES = 20  # of what is new, read for one live frame
SOON = 0.001  # seconds: long enough for a key to come through
QUESTIONS = {
    "jump": "training step: ",
    "set_learning_rate": "learning rate: ",
    "compare": "run to lay over this one (its name again takes it away, nothing clears all): ",
}
VIEWS: dict[str, Callable[..., Painted]] = {
    "boundary": BoundaryPane,
    "confusion": ConfusionPane,
    "fit": FitPane,
    "parameters": ParametersPane,
    "histogram": HistogramPane,
}


class WatchingScreen(LiveScreen):
    """Panes on one session. An action is one line into the session, then the panes are synced."""

    BINDINGS = bindings("run")
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (140, "-extra")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall"), (34, "-high"), (44, "-highest")]
    AUTO_FOCUS = "#events"

    @dataclass
    class WorkedOut(Message):
        """What a thread has brought, in how many seconds of its own, and what to do with it."""

        then: Callable[[Any, float], object]
        found: Any
        seconds: float

    def __init__(self, session: WatchSession) -> None:
        super().__init__()
        self.session = session
        self._one_at_a_time = Lock()
        self._reading = False
        """Whether a live frame is on its way: what is new is being read, or about to be drawn."""
        self._answering = False
        """Whether what takes long is still to follow what answers a key."""
        keys = self.app.keys  # type: ignore[attr-defined]
        self._details = Details(session, keys, lambda: self._reading, self._show_details)

    def compose(self) -> ComposeResult:
        """Lay out the panes; where they stand is the stylesheet's business."""
        session = self.session
        self._know_size()
        yield RunTitle(session, id="title")
        with Horizontal(id="run-panes"):
            with Vertical(id="run-left"):
                yield PlotPane(session, id="plot")
                yield NumbersPane(session, id="numbers")
            with Vertical(id="run-right"):
                for name in session.look.views:
                    view = VIEWS[name](session, id=name)
                    self._place(view)
                    yield view
                yield EventsPane(session, id="events")
        yield Sparkline(session, id="loss")
        yield RunNote(session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar("run", id="keys")

    def _know_size(self) -> None:
        """Have the classes of the size already, or all would be laid out, and sent, once more."""
        size = self.app.size
        for breakpoints, extent in (
            (self.HORIZONTAL_BREAKPOINTS, size.width),
            (self.VERTICAL_BREAKPOINTS, size.height),
        ):
            self.add_class([name for least, name in breakpoints if extent >= least][-1])

    def on_mount(self) -> None:
        """Start to follow."""
        self._show_view()
        pace = self.app.pace  # type: ignore[attr-defined]
        if pace.remote:
            self.session.patience = 1.2
        self.session.orders.frames = pace.fps
        self.set_interval(pace.seconds, self.tick)
        if self.session.look.views and not ready():
            self._in_thread(prepare, lambda numpy, seconds: self.sync_panes())

    # Following

    @property
    def in_sight(self) -> bool:
        """Whether it is on top or behind a question; `is_current` holds behind a moment too."""
        top = self.app.screen
        return top is self or (top.is_modal and self.is_current)

    def tick(self) -> None:
        """Read what is new and repaint what it changes, as often as the terminal can take it."""
        pace = self.app.pace  # type: ignore[attr-defined]
        if self.in_sight and pace.ready() and not self._reading:
            self._reading = True
            self._after_keys(partial(self._read, PIECES))

    def _after_keys(self, work: Callable[[], object]) -> None:
        """Do it soon, but let a key that has come meanwhile be answered first."""
        keys, later = self.app.keys, get_running_loop().call_later  # type: ignore[attr-defined]
        later(SOON, lambda: later(FRESH, self.call_later, work) if keys.fresh else self.call_later(work))

    def _read(self, pieces: int) -> None:
        """Read a piece of what is new, then the next one or, once that was enough, draw."""
        self.unpainted |= self.session.poll()
        if self.session.columns.behind and pieces > 1:
            self._after_keys(partial(self._read, pieces - 1))
        else:
            self._after_keys(self._draw_frame)

    def _draw_frame(self) -> None:
        """Draw all at once where bytes count; else in two parts, between which a key can be answered."""
        room = self.app.pace.room  # type: ignore[attr-defined]
        if not (self.unpainted and self.in_sight):
            self._end_frame(drawn=False)
        elif room is not None:
            self._end_frame(self.sync_panes(room))
        else:
            drawn, self.unpainted = self.sync_first(), False
            self._after_keys(lambda: self._end_frame(self.sync_rest() or drawn))

    def _end_frame(self, drawn: bool) -> None:
        self._reading = False
        if drawn:
            self.app.pace.drawn()  # type: ignore[attr-defined]
        self._details.work_out(self._in_thread)

    def on_unmount(self) -> None:
        """The app does not end before its threads."""
        self._details.give_up()

    def on_screen_resume(self) -> None:
        """Another screen closed."""
        self._answering = False
        self.call_after_refresh(self.sync_panes)

    def on_resize(self) -> None:
        """Give a place to what fits now."""
        self.call_after_refresh(self._show_view)

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table, if it is in sight."""
        panes = {"events": EventsPane, "parameters": ParametersPane}
        if context in panes:
            return next((pane for pane in self.query(panes[context]) if pane.display), None)
        return self if context == "run" else None

    # What takes longer than a frame

    def _show_details(self) -> None:
        if self.session.cursor is None:
            self.unpainted = True  # the next live frame shows it
        else:
            self.sync_panes()

    def _in_thread(self, work: Callable[[], Any], then: Callable[[Any, float], object]) -> None:
        def run() -> None:
            begun = time.thread_time()
            with self._one_at_a_time:
                found = work()
            # Not call_from_thread: at the end of the app nobody would answer it.
            self.post_message(self.WorkedOut(then, found, time.thread_time() - begun))

        self.run_worker(run, thread=True)

    def on_watching_screen_worked_out(self, event: WorkedOut) -> None:
        """Use what a thread has brought."""
        event.then(event.found, event.seconds)

    # Actions

    def action_do(self, name: str, *values: Any) -> None:
        """Call the session."""
        self.session.note = ""
        getattr(self.session, name)(*values)
        self._answer()

    def _answer(self) -> None:
        self._details.put_off()
        self.sync_first()
        if not self._answering:
            self._answering = True
            self.call_after_refresh(self._follow)

    def _follow(self) -> None:
        self._answering = False
        self.sync_panes()

    def action_look(self, name: str) -> None:
        """Look at it another way."""
        self.session.note = ""
        getattr(self.session.look, name)()
        self._answer()

    def action_freeze(self) -> None:
        """Freeze the display, or let the next frame show what has come meanwhile."""
        self.session.note = ""
        self.session.toggle_freeze()
        self.sync_bars()

    def action_order(self, name: str, *values: Any) -> None:
        """Give an order."""
        self.session.note = ""
        getattr(self.session.orders, name)(*values)
        self._details.put_off()
        self.sync_bars()

    async def action_ask(self, name: str) -> None:
        """Ask for the answer an action needs, if there is somebody to take it."""
        self.session.note = ""
        if name == "set_learning_rate" and not self.session.orders.can_order("lr"):
            self.sync_bars()
            return
        rate = self.session.columns.series["lr"].at(self.session.at)
        now = number(rate) if name == "set_learning_rate" and rate is not None else ""
        self.query_one(RunNote).display = False
        await self.query_one(Prompt).ask(name, QUESTIONS[name], now)

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """Pass the answer to the session."""
        self.query_one(RunNote).display = True
        if event.text is not None:
            act = self.action_do if hasattr(self.session, event.action) else self.action_order
            act(event.action, event.text)
        self.call_after_refresh(self.sync_panes)

    def action_view(self) -> None:
        """Show the next view of the data."""
        self.session.note = ""
        self.session.look.next_view(with_plot=self._narrow)
        self._details.put_off()
        self.sync_bars()
        self._show_view()

    @property
    def _narrow(self) -> bool:
        """Whether there is room for one pane only."""
        return self.has_class("-tiny") or self.has_class("-short")

    def _show_view(self) -> None:
        self.set_class(self.session.look.viewed >= 0, "-data")
        for name in self.session.look.views:
            self._place(self.query_one(f"#{name}"))
        self.call_after_refresh(self.sync_panes)

    def _place(self, view: Widget) -> None:
        view.display = self._shows(str(view.id))
        view.set_class(view.id != self.session.look.view_name, "-beside")

    def _shows(self, view: str) -> bool:
        """Whether a view has a place: the one looked at, and what else there is room for."""
        highest = self.has_class("-highest")
        room = {"parameters": self.has_class("-high") or highest, "histogram": highest}
        always = room.get(view, False) and not self.has_class("-tiny")
        return always or view == self.session.look.view_name

    def action_open_moment(self, folded: bool = False) -> None:
        """Open the training step under the cursor as a graph, or what that folds into."""
        step = self.session.loss_step
        self.session.note = f"opening training step {step:,}"
        self.sync_panes()
        self._details.give_up()
        self.app.keys.hold()  # type: ignore[attr-defined]
        self._in_thread(lambda: self._details.moments.open(step), partial(self._show_moment, folded))

    def _show_moment(self, folded: bool, opened: Any, seconds: float) -> None:
        shown: Screen[Any] = self
        if isinstance(opened, str):
            self.session.note = plain(opened)
            self.sync_panes()
        elif self.in_sight:
            from .moment import MomentScreen

            self.session.note = ""
            shown = MomentScreen(opened, self.action_quit)
            self.app.push_screen(shown)
            if folded:
                shown.call_after_refresh(shown.action_show_fold)
                return
        shown.call_after_refresh(self.app.keys.release)  # type: ignore[attr-defined]

    async def action_quit(self) -> None:
        """Leave; of a live run, ask first what is to become of it."""
        session = self.session
        if session.live:
            screen = LeavingScreen(session.shown_state, session.orders.can_stop)
            await self.app.push_screen(screen, self._leave)
        else:
            self.app.exit()

    def _leave(self, answer: str | None) -> None:
        if answer in ("leave", "stop"):
            self.session.orders.leave(stop=answer == "stop")
            self.app.exit(answer)

    def action_help(self) -> None:
        """Show the keys."""
        from .help import HelpScreen

        self.app.push_screen(HelpScreen("run"))

    def action_command_palette(self) -> None:
        """Open the palette."""
        self.app.action_command_palette()

    def action_suspend_process(self) -> None:
        """Suspend to the shell."""
        self.app.action_suspend_process()
