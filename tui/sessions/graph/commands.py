"""The command line of the app: `w1 = 2`, `nudge w1 0.5`, `break overwrite`, a place, an expression."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ....engine.experiments.breaks import BREAKS, separated
from ....engine.experiments.cells import NoSuchCell, cell_named
from ....engine.sources.expression import ExpressionError, parse_expression
from ...text.format import number, plain, whole
from ..experiment import names, step_size
from ..target import BadTarget, Target
from .breaking import Breaking
from .cursor import GraphCursor
from .editing import Editing
from .moving import Moving
from .nudging import Nudging
from .places import Places

KEPT = 100
"""So many lines of the history are kept."""
LAST_NAME = re.compile(r"[A-Za-z_][\w.\[\]/#]*$")
GIVEN = re.compile(r"\s+([A-Za-z_]\w*=\S+)$")


@dataclass(frozen=True)
class Command:
    """A row: what a line begins with, what stands after it, what it does, what completes the rest."""

    takes: str
    act: Callable[[str], str]
    completions: Callable[[str], Sequence[str]] = lambda rest: ()
    alone: bool = False
    """Whether it does something with nothing after it."""


class Commands:
    """Runs a line that was typed. What comes of it is a sentence."""

    def __init__(
        self,
        cursor: GraphCursor,
        moving: Moving,
        places: Places,
        editing: Editing,
        nudging: Nudging,
        breaking: Breaking,
    ) -> None:
        self._cursor, self._moving, self._places = cursor, moving, places
        self._editing, self._nudging, self.breaking = editing, nudging, breaking
        self.history: list[str] = []
        """The lines that were typed, the last one last."""
        self.on_open: Callable[[Target], str] = lambda target: "a graph can be opened in the app alone"
        self.on_break: Callable[[], str] = lambda: "a pass can be broken in the app alone"
        self.on_switches: Callable[[], str] = self.on_break
        place = places.completions
        self.rows = {
            "goto": Command("PLACE", moving.jump, place),
            "set": Command("NAME = NUMBER, FORMULA or OP", self._assign, self._in_assignment),
            "nudge": Command("NAME [BY]", self._nudge, place),
            "break": Command("NAME[, NAME]", self._break, self._breaks, alone=True),
            "open": Command("EXPRESSION, EXAMPLE or FILE", self._open, self._in_expression),
            "undo": Command("", lambda rest: editing.undo(), alone=True),
            "redo": Command("", lambda rest: editing.redo(), alone=True),
        }

    def run(self, text: str) -> str:
        """Run a line: a command, an edit, a place to go to, or an expression to open."""
        text = text.strip()
        if not text:
            return "nothing was typed: a place to go to, w1 = 2, or a command; Tab completes"
        self._remember(text)
        word, _, rest = text.partition(" ")
        row = self.rows.get(word)
        if row and not rest.lstrip().startswith("=") and word not in self._places.index.nodes:
            return self._command(word, row, rest.strip())
        if "=" in text and ";" not in text and "==" not in text and not GIVEN.search(text):
            return self._assign(text)
        return self._place_or_expression(text)

    def _command(self, word: str, row: Command, rest: str) -> str:
        if not rest and not row.alone:
            return f"{word} needs something after it: {word} {row.takes}"
        if rest and not row.takes:
            return f"{word} takes nothing after it, not {plain(rest)}"
        return row.act(rest)

    def _remember(self, text: str) -> None:
        if text not in self.history[-1:]:
            self.history.append(text)
            del self.history[:-KEPT]

    # Places and expressions

    def _place_or_expression(self, text: str) -> str:
        if whole(text) is not None or self._is_place(text):
            return self._moving.jump(text)
        expression, _ = _with_numbers(text)
        try:
            parse_expression(expression)
        except ExpressionError as error:
            if set(text) & set("()*+;"):
                return plain(str(error).split("\n")[0])
            return self._unknown(text)
        return self._unknown(text) if text.isidentifier() else self._open(text)

    def _is_place(self, text: str) -> bool:
        try:
            self._places.condition(text)
        except ValueError:
            return False
        return True

    def _unknown(self, text: str) -> str:
        """Of a mistyped command that it may be meant; of all else what places say."""
        from difflib import get_close_matches

        close = get_close_matches(text.partition(" ")[0], self.rows, 1, 0.7)
        if close and self._places.node(text) is None:
            return f"no command is called {plain(text.partition(' ')[0])}; did you mean {close[0]}?"
        return self._moving.jump(text)

    def _open(self, text: str) -> str:
        """Open an expression, whose names have the numbers they have here, or what else can be opened."""
        expression, numbers = _with_numbers(text)
        given = {word.partition("=")[0] for word in numbers}
        try:
            parse_expression(expression)
        except ExpressionError:
            known: dict[str, int] = {}  # an example, a file, or wrong: opening it says so
        else:
            known = {} if Target(expression).example else names(self._cursor.recording)
        log, words = self._cursor.recording, set(re.findall(r"[A-Za-z_]\w*", expression))
        ours = [
            f"{name}={self._cursor.playback.value(node, 'data') or 0.0!r}"
            for name, node in known.items()
            if name in words - given and log.ops[node] is None
        ]
        return self.on_open(Target(expression, (*numbers, *ours)))

    # Experiments

    def _assign(self, text: str) -> str:
        name, equals, formula = (part.strip() for part in text.partition("="))
        if not equals or not formula or not name:
            return f"{plain(text)} is not NAME = NUMBER, as w1 = 2"
        try:
            node = cell_named(self._cursor.recording, name)
        except NoSuchCell as error:
            return plain(str(error))
        self._cursor.select(node)
        return self._editing.set(formula)

    def _nudge(self, rest: str) -> str:
        name, _, by = rest.partition(" ")
        try:
            node = cell_named(self._cursor.recording, name)
            value = self._nudging.sheet.data[node]
            step = step_size(by.strip(), name, value) if by.strip() else None
        except (NoSuchCell, BadTarget) as error:
            return plain(str(error))
        self._cursor.select(node)
        if refusal := self._nudging.refusal:
            return refusal
        found = self._nudging.by(step)
        root = plain(self._cursor.recording.name(self._cursor.recording.root))
        predicted, measured = (number(x, signed=True) for x in (found.predicted, found.measured))
        nudged = f"{plain(name)} by {number(found.by)}: {root} predicted {predicted}"
        return f"{nudged}, measured {measured}; d draws it"

    def _break(self, rest: str) -> str:
        if not rest:
            return self.on_switches()
        return self.breaking.set(separated(rest)) or self.on_break()

    # Completing

    def completions(self, text: str) -> list[str]:
        """What Tab makes of a line: commands and places, then what a command takes."""
        word, space, rest = text.partition(" ")
        if space and (row := self.rows.get(word)):
            return [f"{word} {found}" for found in row.completions(rest.lstrip())]
        if "=" in text or (set(text) & set("+*(") and not self._places.completions(text)):
            return self._in_expression(text)
        return [name for name in self.rows if name.startswith(text)] + self._places.completions(text)

    def _in_assignment(self, rest: str) -> list[str]:
        return self._in_expression(rest) if "=" in rest else self._places.completions(rest)

    def _in_expression(self, text: str) -> list[str]:
        """The last name of a formula completed to those that this graph has."""
        last = LAST_NAME.search(text)
        if not last:
            return []
        known = sorted(names(self._cursor.recording))
        return [text[: last.start()] + name for name in known if name.startswith(last[0])]

    def _breaks(self, rest: str) -> list[str]:
        before, comma, last = rest.rpartition(",")
        return [f"{before}{comma}{name}" for name in BREAKS if name.startswith(last.strip())]


def _with_numbers(text: str) -> tuple[str, tuple[str, ...]]:
    """An expression and the NAME=NUMBER after it."""
    numbers: list[str] = []
    while given := GIVEN.search(text):
        if ";" in text[given.start() :] or text[: given.start()].rstrip().endswith((";", "=")):
            break
        numbers.insert(0, given[1])
        text = text[: given.start()]
    return text.strip(), tuple(numbers)
