"""What a person types for a place in a graph: a bare name, `#7`, an op, a scope; and completing it.

The words are gathered into one sorted index when the first question is answered, and not before: no key
press walks the graph.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from ....engine.recording.conditions import Condition, on_node, parse, read
from ....engine.recording.log import Recording
from ...text.format import natural, plain
from .cursor import GraphCursor

KINDS = ("node", "op", "scope")
CONDITIONS = ("nan", "inf", "zero", "|grad| > ")
LISTED = 6
"""How many of the nodes with one name are listed; Tab goes through all."""


@dataclass(frozen=True)
class Which:
    """Many nodes have the name that was typed: what is asked then, and the names that tell them apart."""

    name: str
    full_names: Sequence[str]

    @property
    def question(self) -> str:
        """What is asked."""
        return f"which of the {len(self.full_names)} called {plain(self.name)}? its number or name: "

    @property
    def choices(self) -> list[str]:
        """The nodes with their numbers, as many as may be."""
        shown = [f"{i} {plain(full)}" for i, full in enumerate(self.full_names[:LISTED], 1)]
        more = len(self.full_names) - LISTED
        return [*shown, f"and {more} more: Tab"] if more > 0 else shown

    def chosen(self, answer: str) -> str:
        """The name an answer stands for: the one of that number, or what was typed."""
        text = answer.strip()
        if text.isdecimal() and 0 < int(text[:9]) <= len(self.full_names):
            return f"node {self.full_names[int(text) - 1]}"
        return text

    def completions(self, text: str) -> list[str]:
        """The names that begin with a text, or that hold it."""
        begin = [name for name in self.full_names if name.startswith(text)]
        return begin or [name for name in self.full_names if text in name]


@dataclass
class Index:
    """Every name, op and scope of one recording: the nodes with a name, and all words sorted."""

    recording: Recording
    nodes: dict[str, list[int]] = field(default_factory=dict)
    """The nodes by their names, bare and with their scopes."""
    ops: set[str] = field(default_factory=set)
    scopes: set[str] = field(default_factory=set)
    """Scopes, those around them, and the parts of their names."""
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for node in self.recording.labels:
            self.nodes.setdefault(self.recording.labels[node], []).append(node)
            self.nodes.setdefault(full_name(self.recording, node), []).append(node)
        self.nodes = {name: sorted(set(nodes)) for name, nodes in self.nodes.items()}
        for op in filter(None, set(self.recording.ops)):
            self.ops |= {op.name, op.symbol, *(["pow"] if op.name.startswith("**") else [])}
        for scope in set(self.recording.scopes) - {""}:
            parts = scope.split("/")
            self.scopes |= {*parts, *("/".join(parts[: i + 1]) for i in range(len(parts)))}
        words = {*self.nodes, *self.ops, *self.scopes}
        self.words = sorted(words)

    def beginning_with(self, text: str) -> list[str]:
        """The words that begin with a text, as far as the next slash, `neuron[2]` before `neuron[10]`."""
        start, end = (bisect_left(self.words, bound) for bound in (text, text + "\U0010ffff"))
        cut = (_up_to_slash(word, len(text)) for word in self.words[start:end])
        return sorted(dict.fromkeys(cut), key=natural)


def _up_to_slash(word: str, start: int) -> str:
    slash = word.find("/", max(1, start))
    return word if slash < 0 else word[:slash]


def full_name(recording: Recording, node: int) -> str:
    """A node's name with its scope before it: `layer[0]/neuron[3]/w1`."""
    scope, name = recording.scopes[node], recording.name(node)
    return f"{scope}/{name}" if scope else name


class Places:
    """Finds what a text names in the graph that is open."""

    def __init__(self, cursor: GraphCursor) -> None:
        self._cursor = cursor
        self._made: Index | None = None

    @property
    def index(self) -> Index:
        """The index, made when it is first asked for."""
        if self._made is None or self._made.recording is not self._cursor.recording:
            self._made = Index(self._cursor.recording)
        return self._made

    def condition(self, text: str) -> Condition:
        """What a text names, as a condition that a step can meet; raise ValueError with a sentence."""
        recording, word = self._cursor.recording, text.strip()
        kind = (read(word) or ("",))[0]
        if kind not in ("", "node"):
            return parse(word, recording)
        name = word.removeprefix("node ").strip()
        if (node := self.node(name)) is not None:
            return on_node(recording, node)
        return parse(word if word.startswith("node ") else self._kind_of(name), recording)

    def _kind_of(self, name: str) -> str:
        if name in self.index.ops:
            return f"op {name}"
        if name in self.index.scopes:
            return f"scope {name}"
        raise ValueError(self._unknown(name))

    def node(self, name: str) -> int | None:
        """The node of a name, of a name with its scope, or of `#7`; the first where many have it."""
        recording = self._cursor.recording
        if nodes := self.index.nodes.get(name):
            return nodes[0]
        numbered = re.fullmatch(r"(.*)#(\d{1,9})", name)
        if not numbered or int(numbered[2]) >= recording.node_count:
            return None
        node = int(numbered[2])
        return node if numbered[1] in ("", *self._called(node)) else None

    def _called(self, node: int) -> tuple[str, ...]:
        """What may stand before a node's number."""
        recording = self._cursor.recording
        names = recording.name(node), full_name(recording, node), recording.name(node).rpartition("#")[0]
        return (*names, full_name(recording, node).rpartition("#")[0])

    def which(self, text: str) -> Which | None:
        """What to ask where more than one node has the name that was typed; None where it is clear."""
        name = text.strip().removeprefix("node ").strip()
        nodes = [] if name in CONDITIONS else self.index.nodes.get(name, [])
        if len(nodes) < 2:
            return None
        recording = self._cursor.recording
        names = [full_name(recording, node) for node in nodes]
        repeated = len(set(names)) < len(names)
        return Which(
            name,
            [f"{full}#{node}" if repeated else full for full, node in zip(names, nodes, strict=True)],
        )

    def completions(self, text: str) -> list[str]:
        """The words that a text may be the beginning of."""
        kind, space, rest = text.partition(" ")
        if space and kind in KINDS:
            known = {"node": self.index.nodes, "op": self.index.ops, "scope": self.index.scopes}[kind]
            return [
                f"{kind} {word}" for word in self.index.beginning_with(rest.lstrip()) if word in known
            ]
        found = self.index.beginning_with(text)
        which = self.which(text)
        return found + [full for full in which.full_names if full not in found] if which else found

    def _unknown(self, name: str) -> str:
        recording, number = self._cursor.recording, name.rpartition("#")[2]
        if "#" in name and number.isdecimal():
            if int(number[:9]) < recording.node_count:
                return f"node #{number[:9]} is {recording.name(int(number[:9]))}"
            return f"there is no node #{number[:12]}: the last is #{recording.node_count - 1}"
        from difflib import get_close_matches  # a slow import, for a mistyped name only

        close = get_close_matches(name, self.index.words, 1, 0.6)
        return f"nothing here is called {name!r}; " + (
            f"did you mean {close[0]}?" if close else "Tab completes names, ops and scopes"
        )
