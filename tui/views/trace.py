"""The backward pass as plain text: for pipes, for screen readers, for a terminal that is not one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..keys import GRAPH, Ask, Do, Key
from ..sessions.stepping import SteppingSession
from ..sessions.target import Opened
from ..text.format import number, plain
from ..text.glyphs import ASCII
from . import chain_rule

# Words for what a line-mode terminal cannot press, and for prompts: `: 7`, `/ w1`, `b`, `L 0.1`.
GLYPHS = replace(ASCII, times="*", arrow="->")


def lines(opened: Opened) -> Iterator[str]:
    """Yield the trace: what the graph is, then a line a backward step."""
    recording = opened.recording
    root = chain_rule.name(recording, recording.root)
    loss = number(recording.value(recording.root, "data", len(recording)))
    yield f"{opened.title}: {recording.node_count} nodes, root {root} = {loss}"
    for phase in recording.phases:
        if phase.name == "backward":
            for index in range(phase.start, phase.end):
                yield step_line(opened, index)


def step_line(opened: Opened, index: int) -> str:
    """One step as one line: where, what, and the chain rule spelled out."""
    recording = opened.recording
    phase = recording.phase_of(index)
    told = chain_rule.explain(recording, recording.step_at(index), GLYPHS)
    place = f"{phase.name} {index + 1 - phase.start} of {phase.end - phase.start}"
    said = "; ".join(map(_sentence, told.lines))
    return f"{place}: {told.heading}{': ' if said else ''}{said}"


def _sentence(line: chain_rule.Line) -> str:
    before = "" if line.before is None else f" ({number(line.before)} -> {number(line.after)})"
    return f"{line.symbols} = {line.numbers}{before}{' LOST' if line.lost else ''}"


def follow(session: SteppingSession, keys: Iterable[str], say: Callable[[str], None]) -> None:
    """Read keys as lines (`n`, `N`, `f`, `: 7`, `/ w1`, `q`) and say what each one does."""
    say(f"{session.opened.title}: {session.playback.status}. {session.note}. ? lists the keys")
    for line in keys:
        pressed, rest = _read(line)
        if pressed == "q":
            return
        if pressed == "?":
            say(_key_list())
        elif pressed:
            say(_answer(session, pressed, rest))


def _read(line: str) -> tuple[str, str]:
    """Split a line into a key and an answer, which may follow at once: `: 7`, `:7`, `end`."""
    word, _, rest = line.strip().partition(" ")
    if word not in _KEYS and word[:1] in _KEYS and isinstance(_KEYS[word[:1]].action, Ask):
        return word[0], line.strip()[1:].strip()
    return word, rest.strip()


def _answer(session: SteppingSession, pressed: str, rest: str) -> str:
    if pressed not in _KEYS:
        return f"no key {plain(pressed)!r} here; ? lists the keys"
    before, action = session.playback.position, _KEYS[pressed].action
    if isinstance(action, Ask):
        session.do(action.answered(rest).act)
    elif isinstance(action, Do):
        session.do(action.act)
    position = session.playback.position
    told = session.playback.status
    if position != before and position:
        told = step_line(replace(session.opened, recording=session.recording), position - 1)
    elif position == before:
        told = f"{told}; {_selected(session)}"
    return f"{told}. {session.note}" if session.note else told


def _selected(session: SteppingSession) -> str:
    node = session.selected
    data, grad = (number(session.playback.value(node, field)) for field in ("data", "grad"))
    return f"{chain_rule.name(session.recording, node)}: data {data}, grad {grad}"


def _session_keys() -> dict[str, Key[SteppingSession]]:
    """The rows of the key table that need nothing but a session, by what is typed for them."""
    words = ("home", "end")
    return {
        key.keys[0] if key.keys[0] in words else key.shown: key
        for key in GRAPH
        if not isinstance(key.action, str) and key.keys != ("x",)
    }


_KEYS = _session_keys()


def _key_list() -> str:
    rows = [f"{name}{' ...' * isinstance(key.action, Ask)}: {key.help}" for name, key in _KEYS.items()]
    return "\n".join([*rows, "q: quit"])
