"""The watching screen: a live run, its curves, its model and its events."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from ...engine.learning.predict_batch import prepare, ready
from ...engine.runs.store.looks import KEPT_EVENT
from ..bindings import bindings
from ..keys import Do
from ..live.details import Details
from ..live.durations import READ_ENDED, READ_PIECES, STATE_NEAR, STATE_REMOTE
from ..panes.bars import KeyBar
from ..panes.base import Painted
from ..panes.prompt import Prompt
from ..panes.run.attention import AttentionPane
from ..panes.run.bars import RunNote, RunTitle, Sparkline
from ..panes.run.boundary import BoundaryPane
from ..panes.run.confusion import ConfusionPane
from ..panes.run.events import EventsPane
from ..panes.run.fit import FitPane
from ..panes.run.histogram import HistogramPane
from ..panes.run.modules import ModulesOfRunPane
from ..panes.run.multiples import MultiplesPane
from ..panes.run.numbers import NumbersPane
from ..panes.run.parameters import ParametersPane
from ..panes.run.plot import PlotPane
from ..panes.run.samples import SamplesPane
from ..sessions.moment import MomentSession
from ..sessions.run.kept import KeptGraph, KeptTensors, kept_at, open_kept
from ..sessions.watching import WatchSession
from ..text.format import plain
from .base import BaseScreen
from .filling import Filling
from .leaving import LeavingScreen

Opening = MomentSession | KeptGraph | KeptTensors | str
"""What is stepped through on top of the run, or why nothing is."""

VIEWS: dict[str, Callable[..., Painted]] = {
    "boundary": BoundaryPane,
    "confusion": ConfusionPane,
    "fit": FitPane,
    "samples": SamplesPane,
    "attention": AttentionPane,
    "parameters": ParametersPane,
    "histogram": HistogramPane,
}

SCRIPT_VIEWS: dict[str, Callable[..., Painted]] = {
    "parameters": ModulesOfRunPane,
    "histogram": HistogramPane,
    "multiples": MultiplesPane,
}
"""The same of a script's run: what it has watched, and the numbers it has logged."""

FEW = 4
"""Other runs for which the table of numbers need not be much higher."""


class WatchingScreen(BaseScreen[WatchSession]):
    """Panes on one run: its plot and numbers, a view of its model, its events."""

    CONTEXT = "run"
    BINDINGS = bindings("run")
    AUTO_FOCUS = "#events"

    def __init__(self, session: WatchSession) -> None:
        super().__init__(session)
        self._details = Details(session, self.scheduler, self._show_details)
        self._shown_views = session.display.views
        self.filling = Filling(self)

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
                views = VIEWS if session.has_model else SCRIPT_VIEWS
                # A script may come to watch a model at any time.
                for name in session.display.views if session.has_model else SCRIPT_VIEWS:
                    view = views[name](session, id=name)
                    self._place(view)
                    yield view
                yield EventsPane(session, id="events")
        yield Sparkline(session, id="loss")
        yield RunNote(session, id="note")
        yield Prompt(id="prompt")
        yield KeyBar("run", session=session, id="keys")

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
        for pane in self._run_panes():
            pane.can_focus = True  # to fill the screen
        self._show_view()
        self._make_room()
        pace = self.scheduler.pace
        self.session.model.every = STATE_REMOTE if pace.remote else STATE_NEAR
        self.session.orders.frames = pace.fps
        self.set_interval(pace.seconds, self.tick)
        if self.session.display.views and not ready():
            self.scheduler.background.run(
                lambda task: prepare(), lambda numpy, seconds: self.sync_panes()
            )

    # Following

    @property
    def in_sight(self) -> bool:
        """Whether it is on top or behind a question; `is_current` holds behind a moment too."""
        top = self.app.screen
        return top is self or (top.is_modal and self.is_current)

    def tick(self) -> None:
        """Read what is new and repaint what it changes, as often as the terminal can take it."""
        if self.in_sight:
            self.scheduler.frame(self._frame, self._details.compute_if_due)

    def _frame(self) -> Iterator[None]:
        """Read pieces of what is new, then draw: all at once where bytes count, else in two parts."""
        for _ in range(READ_PIECES if self.session.live else READ_ENDED):
            self.unpainted |= self.session.poll()
            if not self.session.behind:
                break
            yield
        yield
        if not (self.unpainted and self.in_sight):
            return
        if self.session.display.views != self._shown_views:
            self._show_view()
        pace, room = self.scheduler.pace, self.scheduler.pace.room
        if room is not None:
            drawn = self.sync_within(room)
        else:
            drawn, self.unpainted = self.sync_first(), False
            yield
            drawn = self.sync_rest() or drawn
        if drawn:
            pace.drawn()

    def _show_details(self) -> None:
        if self.session.cursor is None:
            self.unpainted = True  # the next live frame shows it
        else:
            self.sync_panes()

    def on_unmount(self) -> None:
        """The app does not end before its threads."""
        self.scheduler.background.cancel()

    def on_screen_resume(self) -> None:
        """Another screen closed."""
        self.scheduler.resumed()
        self.call_after_refresh(self.sync_panes)

    def on_resize(self) -> None:
        """Give a place to what fits now."""
        self.call_after_refresh(self._show_view)

    def owner(self, context: str) -> Widget | None:
        """Who acts in a context of the key table, if it is in sight."""
        if context in ("events", "parameters", "numbers"):
            return next((pane for pane in self.query(f"#{context}") if pane.display), None)
        return super().owner(context)

    # Actions

    def do(self, action: Do[WatchSession]) -> None:
        """Call the session and show what leads; what takes longer follows."""
        self.session.do(action.act)
        self._make_room()
        self._details.debounce()
        if action.bars:
            self.sync_bars()
        else:
            self.sync_first()
            self.scheduler.follow(self, self.sync_panes)

    def _make_room(self) -> None:
        """Give the table of runs that are compared its lines."""
        count = len(self.session.comparison.others)
        self.set_class(count > 0, "-compared")
        self.set_class(count > FEW, "-many")
        self.set_class(not self.session.has_model, "-script")

    def show_note(self, sentence: str) -> None:
        """Show a sentence about the last key."""
        self.session.note = sentence
        self.sync_bars()

    async def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """The base has passed the answer on; what lay below the question is shown again."""
        if event.asked.reveals and event.text:
            self.call_after_refresh(self._show_numbers)
        self.call_after_refresh(self.sync_panes)

    def on_plot_pane_pointed(self, event: PlotPane.Pointed) -> None:
        """The mouse pointed at a training step."""
        self.do(Do(lambda s: s.scrubbing.go_to(event.step)))

    def on_numbers_pane_chosen(self, event: NumbersPane.Chosen) -> None:
        """Choose a number in the table, or plot the one that is chosen and see its plot."""
        self.do(Do(event.act))
        if event.plots:
            self.set_focus(self.query_one(EventsPane))
            if isinstance(self.filling.pane, NumbersPane):
                self.action_fill()

    def action_number(self) -> None:
        """Plot the next number; where there are many, let one be chosen from the table."""
        table = self.query_one(NumbersPane)
        if not self.session.numbers.many or table.has_focus:
            self.do(Do(lambda s: s.display.next_number()))
            return
        self._show_numbers()
        self.do(Do(lambda s: f"{s.numbers.choose(s.numbers.at)}, / searches, n the next"))

    def _show_numbers(self) -> None:
        """Go to the table of numbers, which fills the screen where there is no room beside the plot."""
        table = self.query_one(NumbersPane)
        if self.filling.pane is not table and (self.has_class("-tiny") or self.has_class("-short")):
            self.filling.fill(table)
            self._show_view()
        self.set_focus(table)

    def on_events_pane_chosen(self, event: EventsPane.Chosen) -> None:
        """Show what the event is about."""
        self.sync_panes()

    def on_events_pane_opened(self, event: EventsPane.Opened) -> None:
        """Go to the step of an event and open it, its place lit; without one, the step at the cursor."""
        happened = event.event
        if happened is None:
            self.action_open_moment()
            return
        self.do(Do(lambda s: s.scrubbing.go_to_event(happened)))
        if self.session.has_model or happened.kind == KEPT_EVENT:
            self.action_open_moment(place=happened.place)

    def on_modules_of_run_pane_moved(self, event: ModulesOfRunPane.Moved) -> None:
        """Show the histograms around the module that is chosen."""
        self.query_one(HistogramPane).sync()

    def action_view(self) -> None:
        """Show the next view of the data."""
        narrow = self.has_class("-tiny") or self.has_class("-short")
        self.do(Do(lambda s: s.display.next_view(with_plot=narrow), bars=True))
        if self.filling.pane and self.session.display.viewed >= 0:
            self.filling.fill(self.query_one(f"#{self.session.display.view_name}"))
        self._show_view()

    def _run_panes(self) -> list[Widget]:
        return list(self.query("#run-panes Painted"))

    def action_fill(self) -> None:
        """Let a pane fill the screen, or bring all back."""
        self.show_note(self.filling.toggle(self._run_panes(), self.query_one(PlotPane)))
        self._show_view()

    def _show_view(self) -> None:
        self.set_class(self.session.display.viewed >= 0, "-data")
        self.set_class(self.session.watched, "-watched")
        self._shown_views = self.session.display.views
        for name in SCRIPT_VIEWS if not self.session.has_model else self._shown_views:
            self._place(self.query_one(f"#{name}"))
        self.call_after_refresh(self.sync_panes)

    def _place(self, view: Widget) -> None:
        view.display = self._shows(str(view.id))
        view.set_class(view.id != self.session.display.view_name, "-beside")

    def _shows(self, view: str) -> bool:
        """Whether a view has a place: the one looked at, and what else there is room for."""
        if self.filling.pane:
            return self.filling.pane.id == view
        if not self.session.display.views:  # of a script's run that has only logged numbers
            return view == "multiples"
        highest = self.has_class("-highest")
        room = {"parameters": self.has_class("-high") or highest, "histogram": highest}
        always = room.get(view, False) and not self.has_class("-tiny")
        return always or view == self.session.display.view_name

    def action_open_moment(self, folded: bool = False, place: str = "") -> None:
        """Open the training step under the cursor as a graph, or what that folds into."""
        step, moments = self.session.at, self._details.moments
        if not self.session.has_model:
            self._open_kept(step)
            return
        last = f", the last of {step + 1:,}" if self.session.cursor is None else ""
        self._open(f"training step {step:,}{last}", lambda: moments.open(step, place), folded)

    def _open_kept(self, step: int) -> None:
        """Open what a script has kept of the step."""
        store, kept = self.session.store, kept_at(self.session)
        if isinstance(kept, str):
            self.show_note(kept)
        else:
            self._open(f"training step {kept.step:,}", lambda: open_kept(store, kept, step))

    def _open(self, what: str, make: Callable[[], Opening], folded: bool = False) -> None:
        self.session.note = f"opening {what}"
        self.sync_panes()
        self.scheduler.background.cancel()
        self.scheduler.keys.hold()
        self.scheduler.background.run(lambda task: make(), partial(self._show_moment, folded))

    def _show_moment(self, folded: bool, opened: Opening | None, seconds: float) -> None:
        shown: Screen[Any] = self
        if isinstance(opened, str):
            self.session.note = plain(opened)
            self.sync_panes()
        elif opened and self.in_sight:
            self.session.note = ""
            shown = moment = self._screen_of(opened)
            self.app.push_screen(moment)
            if folded:
                moment.call_after_refresh(moment.run_action, "show_fold")
                return
        shown.call_after_refresh(self.scheduler.keys.release)

    def _screen_of(self, opened: MomentSession | KeptGraph | KeptTensors) -> Screen[Any]:
        """Return the screen that steps through a moment of the run."""
        if isinstance(opened, MomentSession):
            from .moment import MomentScreen

            return MomentScreen(opened, self.action_quit)
        from .kept import KeptGraphScreen, KeptTensorScreen

        if isinstance(opened, KeptTensors):
            return KeptTensorScreen(opened, self.action_quit)
        return KeptGraphScreen(opened, self.action_quit)

    async def action_quit(self) -> None:
        """Leave; of a live run, ask first what is to become of it."""
        if not self.session.live:
            self.app.exit()
            return
        screen = LeavingScreen(self.session.shown_state, self.session.orders.can_stop)
        await self.app.push_screen(screen, self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer in ("leave", "stop"):
            self.session.orders.leave(stop=answer == "stop")
            self.app.exit(answer)
