"""The ledger of nan and inf as text: a line an entry, a sentence, what stands at a node."""

from collections.abc import Iterator
from functools import lru_cache

from ....engine.recording.ledger import Entry, Ledger, Phase, ledger
from ....engine.recording.tensor import TensorRecording
from ...text.format import DIGITS, cells, cut_in_middle, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line, cut
from ..steps.source_line import shown_source
from .words import named, summary_text

MASKED = "masked"
"""Of infinity that a mask put in and a softmax took out again."""
PASSED = "passed"
PHASES: tuple[Phase, ...] = ("forward", "backward")
ledger_of = lru_cache(maxsize=2)(ledger)


def ledger_lines(recording: TensorRecording, digits: int = DIGITS) -> Iterator[str]:
    """Yield the ledger for a trace: a sentence, then a line an entry."""
    yield f"ledger of nan and inf: {ledger_said(recording)}"
    for entry in ledger_of(recording).entries:
        node = recording.nodes[entry.node]
        scope = f" in {plain(node.scope)}" if node.scope and not node.is_leaf else ""
        source = f" ({plain(shown_source(node.source))})" if node.source else ""
        yield f"  {entry.phase} {named(node)}{scope}{source}: {entry_text(entry, digits)}"


def ledger_said(recording: TensorRecording) -> str:
    """Return the ledger in a sentence."""
    book = ledger_of(recording)
    parts = [part for phase in PHASES if (part := _phase_said(book, phase))]
    if not book.watched:
        parts.insert(0, "the forward pass was not watched")
    if not book.entries and book.watched:
        return "clean, forward and backward" if recording.steps else "clean as far as it came"
    if book.entries and not book.reached:
        parts.append("the loss and the gradients of all parameters are finite")
    return "; ".join(parts)


def _phase_said(book: Ledger, phase: str) -> str:
    entries = [each for each in book.entries if each.phase == phase]
    counts = {word: sum(_word(each) == word for each in entries) for word in map(_word, entries)}
    if not entries:
        return f"{phase} clean" if phase == "backward" or book.watched else ""
    return f"{phase} " + ", ".join(f"{count} {_long(word)}" for word, count in counts.items())


def _word(entry: Entry) -> str:
    return MASKED if entry.meant else PASSED if entry.state == "passed on" else entry.state


def _long(word: str) -> str:
    return "passed on" if word == PASSED else word


def entry_text(entry: Entry, digits: int = DIGITS) -> str:
    """Return what a node does to values that are not finite, in a sentence."""
    count = f"{entry.bad:,} of {entry.total:,} value{'s'[: entry.total != 1]}"
    why = f" ({entry.why})" if entry.why else ""
    operands = (
        f"{plain(name)} {summary_text(tensor, digits).replace('|g|', 'norm')}"
        for name, tensor in entry.operands
    )
    made_of = "; ".join(operands)
    if entry.meant:
        return f"{MASKED}: {count}{why}; what a mask puts in, and the op after it is made for"
    if entry.state == "healed":
        return f"healed{why}: {count} that came not finite, and none that it gives"
    return f"{entry.state}: {count}{why}{f', made of {made_of}' if made_of else ''}"


# At a node


def ledger_told(recording: TensorRecording, node: int) -> Iterator[tuple[str, str]]:
    """Yield a sentence a pass for the step pane; nothing of a node that is clean."""
    book = ledger_of(recording)
    for entries in (book.forward, book.backward):
        if (entry := entries.get(node)) is not None:
            yield f"{entry.phase}: {entry_text(entry)}", "dim" if entry.meant else "warning"


def node_sign(recording: TensorRecording, node: int, visited: bool, glyphs: Glyphs) -> str:
    """Return the sign of a node in the tree; "" where it is clean as far as the pass has come."""
    book = ledger_of(recording)
    entry = (book.backward.get(node) if visited else None) or book.forward.get(node)
    if entry is None:
        return ""
    return f"{glyphs.arrow if entry.phase == 'forward' else glyphs.backward}{_word(entry)}"


@lru_cache(maxsize=2)
def born_scopes(recording: TensorRecording) -> frozenset[str]:
    """Return the modules in which nan or inf was born, and those around them."""
    book = ledger_of(recording)
    found: set[str] = set()
    for entry in (each for phase in PHASES for each in book.born(phase)):
        parts = recording.nodes[entry.node].scope.split(".")
        found |= {".".join(parts[: i + 1]) for i in range(len(parts))}
    return frozenset(found - {""})


def has_born(recording: TensorRecording) -> bool:
    """Whether nan or inf that nobody meant was born somewhere."""
    book = ledger_of(recording)
    return any(True for phase in PHASES for _ in book.born(phase))


# As a list


def ledger_header(width: int) -> Line:
    """Draw the line above the entries."""
    return ((f" {'pass':<9}{'node':<{_room(width)}} what it does with nan and inf"[:width], "header"),)


def ledger_row(recording: TensorRecording, place: int, width: int, glyphs: Glyphs) -> Line:
    """Draw an entry."""
    entry = ledger_of(recording).entries[place]
    node, room = recording.nodes[entry.node], _room(width)
    scope = f" {plain(node.scope)}" if node.scope and not node.is_leaf else ""
    name = cut_in_middle(f"{named(node)}{scope}", room, glyphs.ellipsis)
    style = {"born": "negative", "healed": "warning"}.get(_word(entry), "dim" if entry.meant else "")
    start = f" {entry.phase:<9}{name}{' ' * (room - cells(name))} "
    return cut(((start, ""), (entry_text(entry), style)), width, glyphs.ellipsis)


def _room(width: int) -> int:
    """The cells for a node's name."""
    return max(12, min(40, width // 3))
