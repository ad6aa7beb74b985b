"""The key table: bindings, footer, help screen and the table in docs are made from it.

A key has one meaning in a context: `graph` is anywhere on the stepping screen, `run` anywhere on the
watching screen, the others hold while that pane has the focus. The capital of a movement
key is the same movement backwards.

A row names the method of the session that its key calls: `Do` with the method, `Ask` where it needs an
answer. What only a screen or a pane can do, such as folding a row, stands by the name of its action, as in
Textual's bindings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .text.format import number

if TYPE_CHECKING:  # they bring the store of runs, which stepping through a graph never needs
    from .sessions.graph.places import Which
    from .sessions.menu import MenuSession
    from .sessions.stepping import SteppingSession
    from .sessions.tensor_values import ValuesSession
    from .sessions.tensors import TensorSession
    from .sessions.watching import WatchSession

S = TypeVar("S")


@dataclass(frozen=True)
class Do(Generic[S]):
    """Call the session; what it returns is the sentence to show."""

    act: Callable[[S], str]
    slow: str = ""
    """What is shown first, where the graph is large."""
    reveals: bool = False
    """Whether the view opens what hides the node that is selected then."""
    bars: bool = False
    """Whether it changes nothing but the panes of one line."""
    goes_on: bool = False
    """Whether it goes on in a recording, which at its end may have to be made first."""


@dataclass(frozen=True)
class Ask(Generic[S]):
    """Ask for a line of text, then call the session with it."""

    question: str
    answer: Callable[[S, str], str]
    now: Callable[[S], str] = lambda session: ""
    """The answer that stands there to be changed."""
    refusal: Callable[[S], str] = lambda session: ""
    """Why nothing is asked, if so."""
    choices: Callable[[S], Sequence[str]] = lambda session: ()
    """What there is to choose from, shown above the question."""
    completions: Callable[[S, str], Sequence[str]] = lambda session, text: ()
    """What Tab completes a text to."""
    which: Callable[[S, str], Which | None] = lambda session, text: None
    """What is asked next, where an answer may mean more than one thing."""
    history: Callable[[S], Sequence[str]] = lambda session: ()
    """What was answered before, the last one last, for Up and Down."""
    prepare: Callable[[S], object] = lambda session: None
    """What is got ready while the answer is typed, so that Enter need not wait for it."""
    slow: str = ""
    reveals: bool = False
    bars: bool = False

    def answered(self, text: str) -> Do[S]:
        """What is to be done with an answer."""
        return Do(lambda session: self.answer(session, text), self.slow, self.reveals, self.bars)

    def asking(self, which: Which) -> Ask[S]:
        """The same, asked which of several things was meant."""
        return replace(
            self,
            question=which.question,
            answer=lambda session, text: self.answer(session, which.chosen(text)),
            now=lambda session: "",
            choices=lambda session: which.choices,
            completions=lambda session, text: which.completions(text),
            which=lambda session, text: None,
        )


def always(session: object) -> bool:
    """Say that a key does something whatever the session is at."""
    return True


@dataclass(frozen=True)
class Key(Generic[S]):
    """One row: the keys (Textual's names), what they do, and what to call it."""

    keys: tuple[str, ...]
    action: Do[S] | Ask[S] | str
    label: str
    help: str
    context: str = "graph"
    footer: bool = False
    when: Callable[[S], bool] = always
    """Whether it does something now. It can be pressed all the same, and says why it does nothing."""
    ever: Callable[[S], bool] = always
    """Whether it does something at any time in this session: help lists no others."""

    @property
    def shown(self) -> str:
        """The keys as people write them: `n`, `Home`, `?`."""
        return " ".join(_SHOWN.get(key, key) for key in self.keys)

    @property
    def actions(self) -> Iterator[tuple[str, str]]:
        """Textual's action for each of the keys: (key, action)."""
        for key in self.keys:
            if self.action == "fold_to":
                yield key, f"fold_to({key})"
            elif isinstance(self.action, str):
                yield key, self.action
            else:
                yield key, f"screen.press({self.context!r}, {key!r})"


_SHOWN = {
    "question_mark": "?", "colon": ":", "slash": "/", "comma": ",", "full_stop": ".", "plus": "+",
    "minus": "-", "equals_sign": "=", "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "at": "@", "exclamation_mark": "!", "space": "Space", "home": "Home", "end": "End",
    "enter": "Enter", "up": "Up",
    "down": "Down", "left": "Left", "right": "Right", "pageup": "PgUp", "pagedown": "PgDn",
    "ctrl+z": "Ctrl+Z", "ctrl+p": "Ctrl+P", "ctrl+o": "Ctrl+O", "f1": "F1", "tab": "Tab", "shift+tab": "Shift+Tab",
    "escape": "Esc", "shift+left": "Shift+Left", "shift+right": "Shift+Right", "shift+up": "Shift+Up",
    "shift+down": "Shift+Down",
}  # fmt: skip

# fmt: off
# ruff: noqa: E501
GRAPH: tuple[Key[SteppingSession], ...] = (
    Key(("n",), Do(lambda s: s.moving.next_step(), goes_on=True), "next", "next node; over what is folded as one step", footer=True, when=lambda s: s.moving.can_go_on),
    Key(("N",), Do(lambda s: s.moving.back_step()), "back", "back one node, or over what is folded", footer=True, when=lambda s: s.moving.can_go_back),
    Key(("s",), Do(lambda s: s.moving.step_into(), reveals=True, goes_on=True), "into", "next node, into what is folded", footer=True, when=lambda s: s.moving.can_go_on),
    Key(("S",), Do(lambda s: s.moving.step_back_into(), reveals=True), "back into", "back one node, into what is folded", when=lambda s: s.moving.can_go_back),
    Key(("r",), Do(lambda s: s.moving.finish_scope()), "rest", "the rest of this scope (neuron, layer, sample), then of the one around it", when=lambda s: s.moving.can_go_on),
    Key(("R",), Do(lambda s: s.moving.restart_scope()), "start of scope", "back to the start of this scope", when=lambda s: s.moving.can_go_back),
    Key(("f",), Do(lambda s: s.moving.finish_phase(), goes_on=True), "finish", "finish this phase", footer=True, when=lambda s: s.moving.can_go_on),
    Key(("F",), Do(lambda s: s.moving.restart_phase()), "unfinish", "back to the start of this phase", when=lambda s: s.moving.can_go_back),
    Key(("p",), Do(lambda s: s.moving.next_phase(), goes_on=True), "next phase", "next phase mark"),
    Key(("P",), Do(lambda s: s.moving.previous_phase()), "previous phase", "previous phase mark"),
    Key(("c",), Do(lambda s: s.moving.continue_on(), goes_on=True), "continue", "continue to a breakpoint or the end", when=lambda s: s.moving.can_go_on),
    Key(("C",), Do(lambda s: s.moving.continue_back()), "continue back", "continue back to a breakpoint or the start", when=lambda s: s.moving.can_go_back),
    Key(("b",), Do(lambda s: s.breakpoints.toggle_breakpoint()), "breakpoint", "set or clear a breakpoint on the selected node", footer=True),
    Key(("B",), Ask("stop at nan, inf, zero, |grad| > x, a node, op or scope (a number clears one, nothing all): ", lambda s, text: s.breakpoints.toggle_condition(text), choices=lambda s: s.breakpoints.listing, completions=lambda s, text: s.places.completions(text), which=lambda s, text: s.places.which(text)), "conditions", "list the breakpoints; stop at nan, inf, zero, |grad| > x, a node, op or scope"),
    Key(("t",), Do(lambda s: s.moving.run_to_selected()), "run to", "run to the selected node", footer=True, when=lambda s: s.current != s.selected),
    Key(("home",), Do(lambda s: s.moving.go_start()), "start", "go to the very start", when=lambda s: s.moving.can_go_back),
    Key(("end",), Do(lambda s: s.moving.go_end()), "end", "go to the end", when=lambda s: s.moving.can_go_on),
    Key(("colon",), Ask("go to step K, a node, op or scope; or a command: ", lambda s, text: s.commands.run(text), completions=lambda s, text: s.commands.completions(text), which=lambda s, text: s.places.which(text), history=lambda s: s.commands.history, prepare=lambda s: s.editing.prepare(), reveals=True), "command", "go to step k, a node (w1, #7), op or scope; w1 = 2, nudge w1 0.5, break overwrite, or an expression to open; Tab completes, Up has the last ones"),
    Key(("space",), "play", "play", "play and pause", footer=True, when=lambda s: s.moving.can_go_on),
    Key(("plus",), "faster", "faster", "play faster"),
    Key(("minus",), "slower", "slower", "play slower"),
    Key(("u",), Do(lambda s: s.descent.update(), slow="appending update, forward, zero_grad and backward ..."), "update", "append an update and the training step after it, to be stepped through", footer=True, ever=lambda s: s.descent.possible),
    Key(("L",), Ask("learning rate: ", lambda s, text: s.descent.set_learning_rate(text), now=lambda s: number(s.descent.learning_rate)), "learning rate", "set the learning rate", ever=lambda s: s.descent.possible),
    Key(("equals_sign",), Ask("its number, a formula, or another op: ", lambda s, text: s.editing.set(text), now=lambda s: s.editing.now, refusal=lambda s: s.editing.refusal, choices=lambda s: s.editing.choices, completions=lambda s, text: s.places.completions(text), prepare=lambda s: s.editing.prepare(), reveals=True), "edit", "edit the selected cell: a number, a formula, another op; what is computed from it follows", footer=True),
    Key(("z",), Do(lambda s: s.editing.undo(), reveals=True), "undo", "take the last edit back", when=lambda s: s.editing.can_undo),
    Key(("Z",), Do(lambda s: s.editing.redo(), reveals=True), "redo", "make an edit again that was taken back", when=lambda s: s.editing.can_redo),
    Key(("d",), "nudge", "nudge", "nudge the selected cell: what its gradient predicts beside what is measured", footer=True),
    Key(("D",), "check_all", "nudge all", "nudge every cell both ways: a check of all gradients, the worst first"),
    Key(("y",), Do(lambda s: s.predicting.toggle()), "predict", "guess what each backward step hands on, before it is taken"),
    Key(("X",), "switches", "break", "break the backward pass on purpose, beside the right one"),
    Key(("T",), Do(lambda s: s.descent.toggle_parameter()), "parameter", "let u move the selected leaf, or leave it as an input", when=lambda s: s.descent.can_toggle),
    Key(("a",), Do(lambda s: s.toggle_digits()), "all digits", "all digits of the step's numbers, or four again"),
    Key(("i",), Do(lambda s: s.selection.select_input(), reveals=True), "input", "select the first input of the selected node", when=lambda s: len(s.recording.parents(s.selected)) > 0),
    Key(("o",), Do(lambda s: s.selection.select_consumer(), reveals=True), "consumer", "select the first consumer of the selected node", when=lambda s: s.selected != s.recording.root),
    Key(("v",), "view", "tree/graph", "expression tree or drawn graph; of a GPT its attention too", footer=True),
    Key(("w",), "fill", "fill", "let the pane with the focus fill the screen, or bring all back"),
    Key(("m",), "show_fold", "matrices", "show the fold: which nodes became which line of numpy", footer=True),
    Key(("1", "2", "3", "4", "5", "6", "7", "8", "9"), "fold_to", "fold to", "fold to a depth, of scopes where there are any"),
    Key(("e",), "open_all", "open all", "open everything"),
    Key(("E",), "fold_all", "fold all", "fold everything"),
    Key(("slash",), Ask("search: ", lambda s, text: s.selection.search(text), reveals=True), "search", "search names, ops and scopes", footer=True),
    Key(("comma",), Do(lambda s: s.selection.previous_match(), reveals=True), "previous match", "previous match"),
    Key(("full_stop",), Do(lambda s: s.selection.next_match(), reveals=True), "next match", "next match"),
    Key(("at",), "source", "source", "show the program's lines that the step ran, or hide them", footer=True, when=lambda s: s.has_source),
    Key(("exclamation_mark",), "printed", "printed", "show what the program printed until this backward pass", when=lambda s: bool(s.opened.printed)),
    Key(("x",), Ask("export to FILE.json or FILE.txt: ", lambda s, text: s.export(text), slow="writing ..."), "export", "export the recording as .json or .txt", footer=True),
    Key(("ctrl+o",), "app.menu", "menu", "start screen: examples, runs, data sets, recent files"),
    Key(("question_mark", "f1"), "help", "help", "this help", footer=True),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back"),
    Key(("tab",), "app.focus_next", "next pane", "next pane"),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane"),
    Key(("q",), "quit", "quit", "quit", footer=True),
)
TIMELINE: tuple[Key[SteppingSession], ...] = (
    Key(("left",), Do(lambda s: s.moving.back_step()), "back", "back one node, or over what is folded", "timeline"),
    Key(("right",), Do(lambda s: s.moving.next_step()), "next", "next node; over what is folded as one step", "timeline"),
)
RUN: tuple[Key[WatchSession], ...] = (
    Key(("space",), Do(lambda s: s.orders.toggle_pause(), bars=True), "pause", "pause the run, or let it go on", "run", footer=True, ever=lambda s: s.orders.possible),
    Key(("s",), Do(lambda s: s.orders.one_step(), bars=True), "step", "one training step, then pause", "run", footer=True, ever=lambda s: s.orders.possible),
    Key(("enter",), "open_moment", "open", "open the training step, or what was kept of it", "run", footer=True, ever=lambda s: s.has_model or bool(s.kept)),
    Key(("m",), "open_moment(True)", "matrices", "open it, and show what its graph folds into", "run", ever=lambda s: s.has_model),
    Key(("left_square_bracket", "left"), Do(lambda s: s.scrubbing.scrub(-1)), "scrub", "move the cursor back in the history", "run", footer=True, when=lambda s: s.at > 0),
    Key(("right_square_bracket", "right"), Do(lambda s: s.scrubbing.scrub(1)), "scrub on", "move the cursor on in the history", "run"),
    Key(("left_curly_bracket",), Do(lambda s: s.scrubbing.scrub_steps(-1)), "step back", "move the cursor back by one training step", "run"),
    Key(("right_curly_bracket",), Do(lambda s: s.scrubbing.scrub_steps(1)), "step on", "move the cursor on by one training step", "run"),
    Key(("home",), Do(lambda s: s.scrubbing.go_start()), "start", "go to the first training step", "run"),
    Key(("end",), Do(lambda s: s.scrubbing.go_end()), "follow", "follow the run again", "run", footer=True, when=lambda s: s.cursor is not None),
    Key(("colon",), Ask("training step: ", lambda s, text: s.scrubbing.jump(text)), "jump", "go to a training step", "run"),
    Key(("v",), "view", "view", "next view: boundary, confusion, fit, samples, attention, parameters, histograms", "run", footer=True, ever=lambda s: bool(s.display.views)),
    Key(("w",), "fill", "fill", "let the pane with the focus fill the screen, or bring all back", "run"),
    Key(("f",), Do(lambda s: s.toggle_freeze(), bars=True), "freeze", "freeze the display while the run goes on, or show it again", "run", footer=True, ever=lambda s: s.live or s.frozen),
    Key(("y",), Do(lambda s: s.display.toggle_log()), "log", "logarithmic or linear axis", "run", footer=True),
    Key(("z",), Do(lambda s: s.display.next_zoom()), "zoom", "zoom to the last 1000, 200 or 50 training steps, or out", "run", footer=True),
    Key(("a",), Do(lambda s: s.display.next_smoothing()), "average", "smooth the curve more, or not at all", "run", footer=True),
    Key(("n",), "number", "number", "plot the next number", "run", footer=True, when=lambda s: len(s.series.names) > 1),
    Key(("N",), Do(lambda s: s.display.previous_number()), "number before", "plot the number before", "run", when=lambda s: len(s.series.names) > 1),
    Key(("slash",), Ask("search numbers: ", lambda s, text: s.numbers.search(text), now=lambda s: s.numbers.sought, completions=lambda s, text: [name for name in s.numbers.names if text.lower() in name.lower()], reveals=True), "search", "search by name", "run", footer=True, when=lambda s: s.numbers.many, ever=lambda s: s.numbers.several),
    Key(("c",), Ask("run to lay over this one (its name again takes it away, nothing clears all): ", lambda s, text: s.comparison.toggle(text), choices=lambda s: s.comparison.choices, completions=lambda s, text: s.comparison.completions(text)), "compare", "lay the curves of another run over this one's", "run", footer=True),
    Key(("L",), Ask("learning rate: ", lambda s, text: s.orders.set_learning_rate(text), now=lambda s: s.learning_rate, refusal=lambda s: s.orders.refusal("lr"), bars=True), "learning rate", "order another learning rate", "run", footer=True, ever=lambda s: s.orders.possible),
    Key(("plus",), Do(lambda s: s.orders.faster(), bars=True), "faster", "more training steps a frame, above that full speed", "run", ever=lambda s: s.orders.possible),
    Key(("minus",), Do(lambda s: s.orders.slower(), bars=True), "slower", "fewer training steps a frame", "run", ever=lambda s: s.orders.possible),
    Key(("tab",), "app.focus_next", "next pane", "next pane", "run"),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane", "run"),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name", "run"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back", "run"),
    Key(("ctrl+o",), "app.menu", "menu", "start screen: examples, runs, data sets, recent files", "run"),
    Key(("question_mark", "f1"), "help", "help", "this help", "run", footer=True),
    Key(("q",), "quit", "quit", "quit; asks while the run is live", "run", footer=True),
)
MENU: tuple[Key[MenuSession], ...] = (
    Key(("enter",), "open_entry", "open", "open the example, run or file; train on the data set", "menu", footer=True),
    Key(("r",), "resume", "resume", "go on with a run that has stopped, and watch it", "menu", footer=True, when=lambda s: s.selected.kind == "run"),
    Key(("tab",), Do(lambda s: s.go_section(1)), "section", "next section", "menu", footer=True),
    Key(("shift+tab",), Do(lambda s: s.go_section(-1)), "section before", "section before", "menu"),
    Key(("escape",), "leave_menu", "back", "back to what is open", "menu", footer=True),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name", "menu"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back", "menu"),
    Key(("question_mark", "f1"), "help", "help", "this help", "menu", footer=True),
    Key(("q",), "quit", "quit", "quit", "menu", footer=True),
)
TENSORS: tuple[Key[TensorSession], ...] = (
    Key(("n",), Do(lambda s: s.moving.next_step()), "next", "next node; over a folded module as one step", "tensors", footer=True, when=lambda s: s.can_go_on),
    Key(("N",), Do(lambda s: s.moving.back_step()), "back", "back one node, or over a folded module", "tensors", footer=True, when=lambda s: s.can_go_back),
    Key(("s",), Do(lambda s: s.moving.step_into()), "into", "next node, into a folded module", "tensors", footer=True, when=lambda s: s.can_go_on),
    Key(("S",), Do(lambda s: s.moving.step_back_into()), "back into", "back one node, into a folded module", "tensors", when=lambda s: s.can_go_back),
    Key(("r",), Do(lambda s: s.moving.finish_module()), "rest", "the rest of this module, then of the one around it", "tensors", when=lambda s: s.can_go_on),
    Key(("R",), Do(lambda s: s.moving.restart_module()), "start of module", "back to the start of this module", "tensors", when=lambda s: s.can_go_back),
    Key(("f",), Do(lambda s: s.moving.continue_on()), "finish", "finish the pass, and see what PyTorch itself says of it", "tensors", footer=True, when=lambda s: s.can_go_on),
    Key(("F",), Do(lambda s: s.moving.continue_back()), "unfinish", "back to the start of the pass", "tensors", when=lambda s: s.can_go_back),
    Key(("c",), Do(lambda s: s.moving.continue_on()), "continue", "continue to a breakpoint or the end", "tensors", when=lambda s: s.can_go_on),
    Key(("C",), Do(lambda s: s.moving.continue_back()), "continue back", "continue back to a breakpoint or the start", "tensors", when=lambda s: s.can_go_back),
    Key(("b",), Do(lambda s: s.breakpoints.toggle_breakpoint()), "breakpoint", "set or clear a breakpoint on the selected node or module", "tensors", footer=True),
    Key(("B",), Ask("stop at nan, inf, zero, |grad| > x, shape = 4x8, op = addmm, a node or module (a number clears one, nothing all): ", lambda s, text: s.breakpoints.toggle_condition(text), choices=lambda s: s.breakpoints.listing, completions=lambda s, text: s.breakpoints.completions(text)), "conditions", "list the breakpoints; stop at nan, inf, zero, |grad| > x, a shape, an op, a node or module", "tensors"),
    Key(("t",), Do(lambda s: s.moving.run_to_selected()), "run to", "run to the selected node or module", "tensors", footer=True, when=lambda s: s.selected.node != s.node.id),
    Key(("home",), Do(lambda s: s.moving.go_start()), "start", "go to the very start", "tensors", when=lambda s: s.can_go_back),
    Key(("end",), Do(lambda s: s.moving.go_end()), "end", "go to the end", "tensors", when=lambda s: s.can_go_on),
    Key(("space",), "play", "play", "play and pause", "tensors", footer=True, when=lambda s: s.can_go_on),
    Key(("plus",), "faster", "faster", "play faster", "tensors"),
    Key(("minus",), "slower", "slower", "play slower", "tensors"),
    Key(("g",), Do(lambda s: s.toggle_profile()), "gradient", "profile of the gradient from the loss to the first layer, or the step again", "tensors", footer=True),
    Key(("y",), Do(lambda s: s.predicting.toggle()), "predict", "guess what each step of one number gives on, before it is taken", "tensors", ever=lambda s: s.predicting.possible),
    Key(("v",), "values", "values", "the numbers of the step's tensors: scrolled through, sliced", "tensors", footer=True),
    Key(("colon",), Ask("go to step K, or a module, parameter, node or op: ", lambda s, text: s.moving.jump(text), completions=lambda s, text: s.breakpoints.completions(text)), "jump", "go to step k, or run to a module, parameter, node, op or condition; Tab completes", "tensors", footer=True),
    Key(("slash",), Ask("search: ", lambda s, text: s.search(text)), "search", "search ops, modules, names and lines", "tensors", footer=True),
    Key(("comma",), Do(lambda s: s.previous_match()), "previous match", "previous match", "tensors"),
    Key(("full_stop",), Do(lambda s: s.next_match()), "next match", "next match", "tensors"),
    Key(("i",), Do(lambda s: s.select_input()), "input", "select the first input of the selected node", "tensors"),
    Key(("o",), Do(lambda s: s.select_consumer()), "consumer", "select the first consumer of the selected node", "tensors"),
    Key(("w",), "fill", "fill", "let the pane with the focus fill the screen, or bring all back", "tensors"),
    Key(("1", "2", "3", "4", "5", "6", "7", "8", "9"), "fold_to", "fold to", "open modules to a depth", "tensors"),
    Key(("e",), Do(lambda s: s.open_all()), "open all", "open every module", "tensors"),
    Key(("E",), Do(lambda s: s.fold_all()), "fold all", "fold every module", "tensors"),
    Key(("at",), "source", "source", "show the program's line that made the node, or hide it", "tensors", footer=True, when=lambda s: s.has_source),
    Key(("exclamation_mark",), "printed", "printed", "show what the program printed until this backward pass", "tensors", when=lambda s: bool(s.opened.printed)),
    Key(("x",), Ask("export to FILE.json or FILE.txt: ", lambda s, text: s.export(text), slow="writing ..."), "export", "export the recording as .json or .txt", "tensors", footer=True),
    Key(("L",), "ledger", "ledger", "ledger of nan and inf: where they are born, passed on, healed, forward and backward; ! stands at their modules", "tensors"),
    Key(("tab",), "app.focus_next", "next pane", "next pane: the tree, or the step", "tensors"),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane", "tensors"),
    Key(("ctrl+o",), "app.menu", "menu", "start screen: examples, runs, data sets, recent files", "tensors"),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name", "tensors"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back", "tensors"),
    Key(("question_mark", "f1"), "help", "help", "this help", "tensors", footer=True),
    Key(("q",), "quit", "quit", "quit", "tensors", footer=True),
    Key(("up", "k"), "cursor(-1)", "up", "row up", "tensor rows"),
    Key(("down", "j"), "cursor(1)", "down", "row down", "tensor rows"),
    Key(("pageup",), "page(-1)", "page up", "page up", "tensor rows"),
    Key(("pagedown",), "page(1)", "page down", "page down", "tensor rows"),
    Key(("enter",), "fold", "fold", "fold or open a module; go to the step of a node", "modules"),
    Key(("left", "h"), "outwards", "fold", "fold the module, or go to the one around it", "modules"),
    Key(("right", "l"), "inwards", "open", "open the module, or go into it", "modules"),
    Key(("enter",), "go", "its step", "go to the step at which the gradient comes to the module", "profile"),
    Key(("escape",), "screen.press('tensors', 'g')", "back", "back to the step", "profile"),
)
VALUES: tuple[Key[ValuesSession], ...] = (
    Key(("v",), Do(lambda s: s.choose(1)), "next tensor", "the step's next tensor: what arrived, what it gives, a parameter, what was saved", "values", footer=True, when=lambda s: len(s.choices) > 1),
    Key(("V",), Do(lambda s: s.choose(-1)), "tensor before", "the step's tensor before", "values", when=lambda s: len(s.choices) > 1),
    Key(("left_square_bracket",), Ask("slice, as [3, :, 0:10] (nothing shows all): ", lambda s, text: s.slice(text), now=lambda s: s.slice_now, refusal=lambda s: s.refusal), "slice", "slice it as PyTorch would: [3, :, 0:10], [..., -1], [::2]; nothing shows all", "values", footer=True),
    Key(("colon",), Ask("go to row, column: ", lambda s, text: s.jump(text), refusal=lambda s: s.refusal), "go to", "go to a row, or to row, column", "values", footer=True),
    Key(("n",), Do(lambda s: s.step(lambda t: t.moving.next_step())), "next", "next node, or over a folded module, and its numbers", "values", footer=True, when=lambda s: s.tensors.can_go_on),
    Key(("N",), Do(lambda s: s.step(lambda t: t.moving.back_step())), "back", "back one node", "values", footer=True, when=lambda s: s.tensors.can_go_back),
    Key(("r",), Do(lambda s: s.step(lambda t: t.moving.finish_module())), "rest", "the rest of this module", "values", when=lambda s: s.tensors.can_go_on),
    Key(("R",), Do(lambda s: s.step(lambda t: t.moving.restart_module())), "start of module", "back to the start of this module", "values", when=lambda s: s.tensors.can_go_back),
    Key(("f",), Do(lambda s: s.step(lambda t: t.moving.continue_on())), "finish", "finish the pass", "values", when=lambda s: s.tensors.can_go_on),
    Key(("F",), Do(lambda s: s.step(lambda t: t.moving.continue_back())), "unfinish", "back to the start of the pass", "values", when=lambda s: s.tensors.can_go_back),
    Key(("a",), Do(lambda s: s.toggle_digits()), "all digits", "every digit of the numbers, or some again", "values", footer=True),
    Key(("up", "k"), Do(lambda s: s.move(-1, 0)), "up", "a row up", "values"),
    Key(("down", "j"), Do(lambda s: s.move(1, 0)), "down", "a row down", "values"),
    Key(("left", "h"), Do(lambda s: s.move(0, -1)), "left", "a column to the left", "values"),
    Key(("right", "l"), Do(lambda s: s.move(0, 1)), "right", "a column to the right", "values"),
    Key(("pageup",), Do(lambda s: s.page(-1, 0)), "page up", "a screenful up", "values"),
    Key(("pagedown",), Do(lambda s: s.page(1, 0)), "page down", "a screenful down", "values"),
    Key(("shift+left", "H"), Do(lambda s: s.page(0, -1)), "page left", "a screenful to the left", "values"),
    Key(("shift+right", "L"), Do(lambda s: s.page(0, 1)), "page right", "a screenful to the right", "values"),
    Key(("home",), Do(lambda s: s.home()), "first", "the row's first number, then the first row", "values"),
    Key(("end",), Do(lambda s: s.end()), "last", "the row's last number, then the last row", "values"),
    Key(("escape",), "leave_values", "back", "back to the step", "values", footer=True),
    Key(("tab",), "app.focus_next", "next pane", "next pane: the numbers, or the tree", "values"),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane", "values"),
    Key(("ctrl+o",), "app.menu", "menu", "start screen: examples, runs, data sets, recent files", "values"),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name", "values"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back", "values"),
    Key(("question_mark", "f1"), "help", "help", "this help", "values", footer=True),
    Key(("q",), "quit", "quit", "quit", "values", footer=True),
)
KEYS: tuple[Key[Any], ...] = (
    *GRAPH,
    Key(("up", "k"), "cursor(-1)", "up", "row up", "rows"),
    Key(("down", "j"), "cursor(1)", "down", "row down", "rows"),
    Key(("pageup",), "page(-1)", "page up", "page up", "rows"),
    Key(("pagedown",), "page(1)", "page down", "page down", "rows"),
    Key(("g",), "top", "top", "top row", "rows"),
    Key(("G",), "bottom", "bottom", "bottom row", "rows"),
    Key(("enter",), "fold", "fold", "fold or open, of a sum its additions too; on a reference, jump to the node", "tree"),
    Key(("left", "h"), "outwards", "fold", "fold the branch, or go to the row above it", "tree"),
    Key(("right", "l"), "inwards", "open", "open the branch, or go into it", "tree"),
    Key(("left", "h"), "step(0, -1)", "left", "to the box on the left", "drawing"),
    Key(("right", "l"), "step(0, 1)", "right", "to the box on the right", "drawing"),
    Key(("up", "k"), "step(-1, 0)", "up", "to the box above", "drawing"),
    Key(("down", "j"), "step(1, 0)", "down", "to the box below", "drawing"),
    Key(("enter",), "fold", "fold", "open the scope or the sum, or fold the one the node is in", "drawing"),
    Key(("shift+left", "H"), "pan(0, -1)", "pan left", "look further left", "drawing"),
    Key(("shift+right",), "pan(0, 1)", "pan right", "look further right", "drawing"),
    Key(("shift+up", "K"), "pan(-1, 0)", "pan up", "look further up", "drawing"),
    Key(("shift+down", "J"), "pan(1, 0)", "pan down", "look further down", "drawing"),
    Key(("0",), "fit", "fit", "boxes as small as it takes to see all of them, or large", "drawing"),
    Key(("up", "k"), "query(-1)", "query", "the query above", "attention", ever=lambda s: s.attention is not None),
    Key(("down", "j"), "query(1)", "query", "the query below", "attention", ever=lambda s: s.attention is not None),
    Key(("left", "h"), "key(-1)", "key", "the key on the left", "attention", ever=lambda s: s.attention is not None),
    Key(("right", "l"), "key(1)", "key", "the key on the right", "attention", ever=lambda s: s.attention is not None),
    Key(("pageup",), "head(-1)", "head", "the head before", "attention", ever=lambda s: s.attention is not None),
    Key(("pagedown",), "head(1)", "head", "the head after", "attention", ever=lambda s: s.attention is not None),
    *TIMELINE,
    Key(("escape",), "close", "close", "leave without an answer", "prompt"),
    Key(("up",), "recall(-1)", "earlier", "what was typed before", "prompt"),
    Key(("down",), "recall(1)", "later", "what was typed after that", "prompt"),
    Key(("tab",), "complete", "complete", "complete a name; again for the next one", "prompt"),
    Key(("enter",), "enter", "its nodes", "select the first node behind the line", "statements"),
    Key(("m", "escape"), "back", "back", "back to stepping", "folding", footer=True),
    Key(("tab",), "app.focus_next", "tree/lines", "next pane: the tree, or the lines of numpy", "folding", footer=True),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane", "folding"),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name", "folding"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back", "folding"),
    Key(("question_mark", "f1"), "help", "help", "this help", "folding", footer=True),
    Key(("q",), "quit", "quit", "quit", "folding", footer=True),
    *RUN,
    Key(("up", "k"), "older", "older", "choose the event before", "events"),
    Key(("down", "j"), "newer", "newer", "choose the event after; after the newest, follow", "events"),
    Key(("pageup",), "older(1)", "page up", "choose an event a page before", "events"),
    Key(("pagedown",), "newer(1)", "page down", "choose an event a page after", "events"),
    Key(("g",), "oldest", "oldest", "choose the first event", "events"),
    Key(("G",), "newest", "newest", "the newest event, and follow", "events"),
    Key(("enter",), "open_event", "its step", "go to the step of the event and open it, where it has a graph; no event chosen: the step at the cursor", "events"),
    Key(("up", "k"), "choose(-1)", "up", "choose the number above", "numbers", ever=lambda s: s.numbers.several),
    Key(("down", "j"), "choose(1)", "down", "choose the number below", "numbers", ever=lambda s: s.numbers.several),
    Key(("pageup",), "page(-1)", "page up", "choose a number a page above", "numbers", ever=lambda s: s.numbers.several),
    Key(("pagedown",), "page(1)", "page down", "choose a number a page below", "numbers", ever=lambda s: s.numbers.several),
    Key(("g",), "top", "top", "choose the first number", "numbers", ever=lambda s: s.numbers.several),
    Key(("G",), "bottom", "bottom", "choose the last number", "numbers", ever=lambda s: s.numbers.several),
    Key(("enter",), "plot", "plot", "plot the number that is chosen", "numbers"),
    Key(("h",), "outwards", "fold", "fold the part, or the one that holds it", "parameters", ever=lambda s: s.has_model or s.watched),
    Key(("l",), "inwards", "open", "open the part, or go into it", "parameters", ever=lambda s: s.has_model or s.watched),
    Key(("enter",), "go_on", "answer, on", "answer the question, then go on to the next", "quiz", footer=True, ever=lambda s: s.of_quiz),
    Key(("escape",), "back_below", "back", "back to the graph below; of a broken pass, to the right one", "over", footer=True, ever=lambda s: s.is_over),
    Key(("escape",), "back_to_run", "back", "back to the run", "moment", footer=True, ever=lambda s: getattr(s, "of_run", False)),
    Key(("enter", "q"), "answer('leave')", "leave", "leave it running", "leaving", ever=lambda s: s.live),
    Key(("s",), "answer('stop')", "stop", "stop it and leave", "leaving", ever=lambda s: s.live and s.orders.can_stop),
    Key(("escape",), "answer('stay')", "stay", "stay", "leaving", ever=lambda s: s.live),
    *MENU,
    *TENSORS,
    *VALUES,
)
# fmt: on


def footer_keys(contexts: Iterable[str], session: Any) -> list[Key[Any]]:
    """Return the rows for the footer of some contexts: those that do something now."""
    shown = (key for at in contexts for key in keys_of(at) if key.footer)
    return [key for key in shown if key.ever(session) and key.when(session)]


def pressed(keys: Iterable[Key[S]], context: str, name: str) -> Key[S]:
    """Return the row of a key in a context."""
    return next(key for key in keys if key.context == context and name in key.keys)


def keys_of(context: str, session: Any = None) -> list[Key[Any]]:
    """Return the rows of one context; for a session, those that ever do something in it."""
    return [key for key in KEYS if key.context == context and (session is None or key.ever(session))]


CONTEXTS = {
    "graph": "stepping a graph",
    "rows": "in the tree and the table",
    "tree": "in the tree",
    "drawing": "in the drawn graph",
    "attention": "in the attention of a graph",
    "timeline": "on the timeline",
    "prompt": "while a question is asked",
    "folding": "looking at the fold",
    "statements": "in the lines of numpy",
    "run": "watching a run",
    "events": "in the event log",
    "parameters": "in the parameters of a run",
    "numbers": "in the table of numbers",
    "moment": "at a moment of a run",
    "quiz": "in the quiz",
    "over": "on a graph opened over another",
    "leaving": "asked whether to leave a live run",
    "menu": "on the start screen",
    "tensors": "stepping a graph of tensors",
    "tensor rows": "in its panes",
    "modules": "in its tree of modules",
    "profile": "in its profile of the gradient",
    "values": "looking at the numbers of a tensor",
}


def markdown_table() -> str:
    """Return the table for the docs."""
    lines = ["| key | where | what it does |", "|---|---|---|"]
    for key in KEYS:
        shown = " ".join(f"`{_SHOWN.get(k, k)}`" for k in key.keys)
        if len(key.keys) == 9:
            shown = "`1`-`9`"
        lines.append(f"| {shown} | {CONTEXTS[key.context]} | {key.help.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)
