"""The key table: bindings, footer, help screen and the README's table are made from it.

A key has one meaning in a context: `graph` is anywhere on the stepping screen, `run` anywhere on the
watching screen, the others hold while that pane has the focus. The capital of a movement
key is the same movement backwards.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """One row: the keys (Textual's names), the action they call, and what to call it."""

    keys: tuple[str, ...]
    action: str
    label: str
    help: str
    context: str = "graph"
    footer: bool = False

    @property
    def shown(self) -> str:
        """The keys as people write them: `n`, `Home`, `?`."""
        return " ".join(_SHOWN.get(key, key) for key in self.keys)


_SHOWN = {
    "question_mark": "?", "colon": ":", "slash": "/", "comma": ",", "full_stop": ".", "plus": "+",
    "minus": "-", "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "space": "Space", "home": "Home", "end": "End", "enter": "Enter", "up": "Up",
    "down": "Down", "left": "Left", "right": "Right", "pageup": "PgUp", "pagedown": "PgDn",
    "ctrl+z": "Ctrl+Z", "ctrl+p": "Ctrl+P", "f1": "F1", "tab": "Tab", "shift+tab": "Shift+Tab",
    "escape": "Esc",
}  # fmt: skip

# fmt: off
# ruff: noqa: E501
KEYS = (
    Key(("n",), "do('next_step')", "next", "next node", footer=True),
    Key(("N",), "do('back_step')", "back", "back one node", footer=True),
    Key(("f",), "do('finish_phase')", "finish", "finish this phase", footer=True),
    Key(("F",), "do('restart_phase')", "unfinish", "back to the start of this phase"),
    Key(("p",), "do('next_phase')", "next phase", "next phase mark"),
    Key(("P",), "do('previous_phase')", "previous phase", "previous phase mark"),
    Key(("c",), "do('continue_on')", "continue", "continue to a breakpoint or the end"),
    Key(("C",), "do('continue_back')", "continue back", "continue back to a breakpoint or the start"),
    Key(("b",), "do('toggle_breakpoint')", "breakpoint", "set or clear a breakpoint on the selected node", footer=True),
    Key(("B",), "ask('toggle_condition')", "conditions", "set or clear a condition: nan, inf, zero, |grad| > x, ..."),
    Key(("t",), "do('run_to_selected')", "run to", "run to the selected node", footer=True),
    Key(("home",), "do('go_start')", "start", "go to the very start"),
    Key(("end",), "do('go_end')", "end", "go to the end"),
    Key(("colon",), "ask('jump')", "jump", "jump to step k, or run to a node, op or scope"),
    Key(("space",), "play", "play", "play and pause", footer=True),
    Key(("plus",), "faster", "faster", "play faster"),
    Key(("minus",), "slower", "slower", "play slower"),
    Key(("u",), "do('update')", "update", "one gradient-descent update, then forward again", footer=True),
    Key(("L",), "ask('set_learning_rate')", "learning rate", "set the learning rate"),
    Key(("i",), "do('select_input')", "input", "select the first input of the selected node"),
    Key(("o",), "do('select_consumer')", "consumer", "select the first consumer of the selected node"),
    Key(("v",), "view", "tree/graph", "expression tree or drawn graph", footer=True),
    Key(("m",), "show_fold", "matrices", "show the fold: which nodes became which line of numpy", footer=True),
    Key(("1", "2", "3", "4", "5", "6", "7", "8", "9"), "fold_to", "fold to", "fold to a depth, of scopes where there are any"),
    Key(("e",), "open_all", "open all", "open everything"),
    Key(("E",), "fold_all", "fold all", "fold everything"),
    Key(("slash",), "ask('search')", "search", "search names, ops and scopes", footer=True),
    Key(("comma",), "do('previous_match')", "previous match", "previous match"),
    Key(("full_stop",), "do('next_match')", "next match", "next match"),
    Key(("x",), "ask('export')", "export", "export the recording as .json or .txt"),
    Key(("question_mark", "f1"), "help", "help", "this help", footer=True),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back"),
    Key(("tab",), "app.focus_next", "next pane", "next pane"),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane"),
    Key(("q",), "quit", "quit", "quit", footer=True),
    Key(("up", "k"), "cursor(-1)", "up", "row up", "rows"),
    Key(("down", "j"), "cursor(1)", "down", "row down", "rows"),
    Key(("pageup",), "page(-1)", "page up", "page up", "rows"),
    Key(("pagedown",), "page(1)", "page down", "page down", "rows"),
    Key(("g",), "top", "top", "top row", "rows"),
    Key(("G",), "bottom", "bottom", "bottom row", "rows"),
    Key(("enter",), "fold", "fold", "fold or open; on a reference, jump to the node", "tree"),
    Key(("left", "h"), "outwards", "fold", "fold the branch, or go to the row above it", "tree"),
    Key(("right", "l"), "inwards", "open", "open the branch, or go into it", "tree"),
    Key(("left", "h"), "step(0, -1)", "left", "to the box on the left", "drawing"),
    Key(("right", "l"), "step(0, 1)", "right", "to the box on the right", "drawing"),
    Key(("up", "k"), "step(-1, 0)", "up", "to the box above", "drawing"),
    Key(("down", "j"), "step(1, 0)", "down", "to the box below", "drawing"),
    Key(("enter",), "fold", "fold", "open the scope, or fold the one the node is in", "drawing"),
    Key(("left",), "screen.do('back_step')", "back", "back one node", "timeline"),
    Key(("right",), "screen.do('next_step')", "next", "next node", "timeline"),
    Key(("escape",), "close", "close", "leave without an answer", "prompt"),
    Key(("enter",), "enter", "its nodes", "select the first node behind the line", "statements"),
    Key(("m", "escape"), "back", "back", "back to stepping", "folding", footer=True),
    Key(("tab",), "app.focus_next", "tree/lines", "next pane: the tree, or the lines of numpy", "folding", footer=True),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane", "folding"),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name", "folding"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back", "folding"),
    Key(("question_mark", "f1"), "help", "help", "this help", "folding", footer=True),
    Key(("q",), "quit", "quit", "quit", "folding", footer=True),
    Key(("space",), "order('toggle_pause')", "pause", "pause the run, or let it go on", "run", footer=True),
    Key(("s",), "order('one_step')", "step", "one training step, then pause", "run", footer=True),
    Key(("enter",), "open_moment", "open", "open the training step at the cursor as a graph", "run", footer=True),
    Key(("m",), "open_moment(True)", "matrices", "open it, and show what its graph folds into", "run"),
    Key(("left_square_bracket", "left"), "do('scrub', -1)", "scrub", "move the cursor back in the history", "run", footer=True),
    Key(("right_square_bracket", "right"), "do('scrub', 1)", "scrub on", "move the cursor on in the history", "run"),
    Key(("left_curly_bracket",), "do('scrub_steps', -1)", "step back", "move the cursor back by one training step", "run"),
    Key(("right_curly_bracket",), "do('scrub_steps', 1)", "step on", "move the cursor on by one training step", "run"),
    Key(("home",), "do('go_start')", "start", "go to the first training step", "run"),
    Key(("end",), "do('go_end')", "follow", "follow the run again", "run", footer=True),
    Key(("colon",), "ask('jump')", "jump", "go to a training step", "run"),
    Key(("v",), "view", "view", "next view: boundary, confusion, fit, parameters, histograms", "run", footer=True),
    Key(("f",), "freeze", "freeze", "freeze the display while the run goes on, or show it again", "run", footer=True),
    Key(("y",), "look('toggle_log')", "log", "logarithmic or linear axis", "run"),
    Key(("z",), "look('next_zoom')", "zoom", "zoom to the last 1000, 200 or 50 training steps, or out", "run"),
    Key(("a",), "look('next_smoothing')", "average", "smooth the curve more, or not at all", "run"),
    Key(("n",), "look('next_number')", "number", "plot the next number: loss, accuracy, ...", "run"),
    Key(("N",), "look('previous_number')", "number before", "plot the number before", "run"),
    Key(("c",), "ask('compare')", "compare", "lay the curves of another run over this one's", "run"),
    Key(("L",), "ask('set_learning_rate')", "learning rate", "order another learning rate", "run"),
    Key(("plus",), "order('faster')", "faster", "more training steps a frame, above that full speed", "run"),
    Key(("minus",), "order('slower')", "slower", "fewer training steps a frame", "run"),
    Key(("tab",), "app.focus_next", "next pane", "next pane", "run"),
    Key(("shift+tab",), "app.focus_previous", "previous pane", "previous pane", "run"),
    Key(("ctrl+p",), "command_palette", "palette", "command palette: every action by name", "run"),
    Key(("ctrl+z",), "suspend_process", "suspend", "suspend; fg comes back", "run"),
    Key(("question_mark", "f1"), "help", "help", "this help", "run", footer=True),
    Key(("q",), "quit", "quit", "quit; asks while the run is live", "run", footer=True),
    Key(("up", "k"), "older", "older", "a line towards the older events", "events"),
    Key(("down", "j"), "newer", "newer", "a line towards the newest event", "events"),
    Key(("pageup",), "older(1)", "page up", "a page towards the older events", "events"),
    Key(("pagedown",), "newer(1)", "page down", "a page towards the newest event", "events"),
    Key(("g",), "oldest", "oldest", "the first event", "events"),
    Key(("G",), "newest", "newest", "the newest event, and follow", "events"),
    Key(("h",), "outwards", "fold", "fold the part, or the one that holds it", "parameters"),
    Key(("l",), "inwards", "open", "open the part, or go into it", "parameters"),
    Key(("escape",), "back_to_run", "back", "back to the run", "moment", footer=True),
    Key(("enter", "q"), "answer('leave')", "leave", "leave it running", "leaving"),
    Key(("s",), "answer('stop')", "stop", "stop it and leave", "leaving"),
    Key(("escape",), "answer('stay')", "stay", "stay", "leaving"),
)
# fmt: on


def keys_of(context: str) -> list[Key]:
    """Return the rows of one context."""
    return [key for key in KEYS if key.context == context]


CONTEXTS = {
    "graph": "stepping a graph",
    "rows": "in the tree and the table",
    "tree": "in the tree",
    "drawing": "in the drawn graph",
    "timeline": "on the timeline",
    "prompt": "while a question is asked",
    "folding": "looking at the fold",
    "statements": "in the lines of numpy",
    "run": "watching a run",
    "events": "in the event log",
    "parameters": "in the parameters of a run",
    "moment": "at a moment of a run",
    "leaving": "asked whether to leave a live run",
}


def markdown_table() -> str:
    """Return the table for the README."""
    lines = ["| key | where | what it does |", "|---|---|---|"]
    for key in KEYS:
        shown = " ".join(f"`{_SHOWN.get(k, k)}`" for k in key.keys)
        if len(key.keys) == 9:
            shown = "`1`-`9`"
        lines.append(f"| {shown} | {CONTEXTS[key.context]} | {key.help.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)
