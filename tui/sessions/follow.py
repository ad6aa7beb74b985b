"""`trace --follow`: a session driven by keys that come as lines of text, its answers printed as lines.

For terminals that cannot redraw a screen, and for screen readers.
"""

from collections.abc import Callable, Iterable

from ..keys import KEYS
from ..text.format import number, plain
from ..views import chain_rule
from ..views.trace import step_line
from .stepping import Session

# How a key is typed as a line that Textual calls by a word.
TYPED = {"colon": ":", "slash": "/", "comma": ",", "full_stop": "."}


def follow(session: Session, lines: Iterable[str], write: Callable[[str], None]) -> None:
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
    if word not in _ACTIONS and _ACTIONS.get(word[:1], ("", False))[1]:
        return word[0], line.strip()[1:].strip()
    return word, rest.strip()


def _answer(session: Session, pressed: str, rest: str) -> str:
    action = _ACTIONS.get(pressed)
    if action is None:
        return f"no key {plain(pressed)!r} here; ? lists the keys"
    before, session.note = session.playback.position, ""
    name, asks = action
    getattr(session, name)(*([rest] if asks else []))
    shown = _shown(session, before)
    return f"{shown}. {session.note}" if session.note else shown


def _shown(session: Session, before: int) -> str:
    """The step that was taken, or the selected node where the position is as before."""
    position, status = session.playback.position, session.playback.status
    if position == before:
        return f"{status}; {_selected(session)}"
    return step_line(session.recording, position - 1) if position else status


def _selected(session: Session) -> str:
    node = session.selected
    data, grad = (number(session.playback.value(node, field)) for field in ("data", "grad"))
    return f"{chain_rule.name(session.recording, node)}: data {data}, grad {grad}"


def _session_actions() -> dict[str, tuple[str, bool]]:
    """The keys that need nothing but a session: key to (method, whether it takes an answer)."""
    found = {}
    for key in KEYS:
        kind, _, name = key.action.partition("('")
        name = name.rstrip("')")
        if key.context == "graph" and kind in ("do", "ask") and hasattr(Session, name):
            found[TYPED.get(key.keys[0], key.keys[0])] = (name, kind == "ask")
    return found


_ACTIONS = _session_actions()


def _key_list() -> str:
    helps = {key.action.partition("('")[2].rstrip("')"): key.help for key in KEYS}
    rows = [f"{key}{' ...' if asks else ''}: {helps[name]}" for key, (name, asks) in _ACTIONS.items()]
    return "\n".join([*rows, "q: quit"])
