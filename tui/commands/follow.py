"""`trace --follow`: a session driven by keys that come as lines of text, its answers printed as lines.

For terminals that cannot redraw a screen, and for screen readers.
"""

from collections.abc import Callable, Iterable

from ..keys import GRAPH, Ask, Do, Key
from ..sessions.stepping import SteppingSession
from ..text.format import number, plain
from ..views.steps.names import called
from ..views.steps.trace import step_line

# What is typed behind a key that asks for something on the screen.
TAKES = {
    "B": "CONDITION",
    ":": "K or NAME",
    "L": "RATE",
    "/": "TEXT",
}
# What differs here from what the key does on the screen: nothing is folded, and Tab is no key.
HELP = {
    "n": "next node",
    "N": "back one node",
    "B": "stop at nan, inf, zero, |grad| > x, a node, op or scope; a number clears one, nothing all",
    ":": "jump to step k, or run to a node (w1, #7), op or scope",
}
SAME = ("s", "S")  # they go into what is folded
ROOM = 12  # cells for a key and what it takes


def follow(session: SteppingSession, lines: Iterable[str], write: Callable[[str], None]) -> None:
    """Read keys as lines (`n`, `N`, `f`, `: 7`, `/ w1`, `q`) and write what each one does."""
    write(f"{session.opened.title}: {session.playback.status}. {session.note}. ? lists the keys")
    for line in lines:
        pressed, rest = _read(line)
        if pressed == "q":
            return
        if pressed == "?":
            write(_key_list())
        elif pressed:
            write(_answer(session, pressed, rest))


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
        if which := action.which(session, rest):
            return f"{which.question}{', '.join(which.choices)}"
        session.do(action.answered(rest).act)
    elif isinstance(action, Do):
        session.do(action.act)
    shown = _shown(session, before)
    return f"{shown}. {session.note}" if session.note else shown


def _shown(session: SteppingSession, before: int) -> str:
    """The step that was taken, or the selected node where the position is as before."""
    position, status = session.playback.position, session.playback.status
    if position == before:
        return f"{status}; {_selected(session)}"
    return step_line(session.recording, position - 1, session.digits) if position else status


def _selected(session: SteppingSession) -> str:
    node = session.selected
    data, grad = (
        number(session.playback.value(node, field), digits=session.digits) for field in ("data", "grad")
    )
    return f"{called(session.recording, node)}: data {data}, grad {grad}"


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
    """The help of this command: each key with what it takes, and nothing that needs a screen."""
    rows = [
        (
            f"{name} {TAKES.get(name, 'TEXT')}" if isinstance(key.action, Ask) else name,
            HELP.get(name, key.help),
        )
        for name, key in _KEYS.items()
        if name not in SAME
    ]
    rows += [("?", "this list"), ("q", "quit")]
    room = max(len(keys) for keys, _ in rows if len(keys) <= ROOM)
    lines = [f"  {keys:{room}}  {what}" for keys, what in rows]
    examples = "for example `n`, `: 7`, `: node w1`, `B |grad| > 10`, `/ w1`"
    return "\n".join([f"one key a line, with what it takes behind it: {examples}", *lines])
