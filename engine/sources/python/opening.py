"""Opening a graph of somebody's program, in the child process: run it, record one backward pass, answer.

The program is stopped there, in the middle of its own call: nothing of it runs on.
"""

import threading
from collections.abc import Mapping
from types import CodeType
from typing import Any

from ... import origin
from ...recording.columns import to_columns
from ..inside import give_answer, loaded_at_start
from .findings import nothing_found
from .kinds import Call, Kind
from .learner_value import LearnerValue
from .own_value import OwnValue
from .program import run_program
from .refusal import Refusal, shown_path
from .stand_ins import StandIns
from .variables import frames_of, lookup, names_of
from .watch import Watch


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do a job as `open_program` describes it; return what to answer where no backward pass came."""
    try:
        return _Opening(job).answer()
    except Refusal as error:
        return {"refusal": str(error)}


class _Opening:
    def __init__(self, job: Mapping[str, Any]) -> None:
        self.form, self.place, self.variable = job["form"], job["place"], job["variable"]
        self.arguments, self.which = job["arguments"], job["which"]
        self.watch = Watch((OwnValue(), LearnerValue()), self.found, self.which, self.variable)

    def answer(self) -> dict[str, Any]:
        names: dict[str, Any] = {}
        with StandIns(), self.watch.watching(), origin.source_lines():
            names = run_program(self.form, self.place, self.arguments, loaded_at_start())
            vars(threading)["_shutdown"]()  # as at the end of any program: wait for its threads
        return self.at_end(names)

    def found(self, kind: Kind, call: Call) -> None:
        """Answer with the backward pass that is wanted, in the place of the program's call."""
        try:
            line = (
                f"{shown_path(call.frame.f_code.co_filename)}:{call.frame.f_lineno}" if call.frame else ""
            )
            self.watch.put_back()
            scopes = list(frames_of(call.frame))
            give_answer(
                _described(kind, call, scopes, f"{_ordinal(self.which)} {call.method}() call, {line}")
            )
        except Refusal as error:
            give_answer({"refusal": str(error)})

    def at_end(self, names: dict[str, Any]) -> dict[str, Any]:
        """What a variable holds at the end, its backward pass called by us."""
        failed = names.get("__failed__")
        held = lookup(names, self.variable, None) if self.variable else None
        for kind, cls in self.watch.classes:
            if isinstance(held, cls) and (self.which == 1 or not self.watch.matching):
                method = kind.backward_of(type(held))
                call = Call(held, method, getattr(held, method), None)
                note = f"{self.variable} at the end, {method}() called on it"
                return _described(kind, call, [(names, None)], note)
        raise nothing_found(self.watch, names, self.variable, self.which, failed)


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _described(
    kind: Kind, call: Call, scopes: list[tuple[dict[str, Any], CodeType | None]], note: str
) -> dict[str, Any]:
    """Record the pass, nodes called what the program calls them, and give all of it as columns."""
    node_type = kind_of_node(type(call.root))
    recording, said = kind.record(call, names_of(scopes, lambda thing: isinstance(thing, node_type)))
    return {"recording": to_columns(recording), "note": "; ".join(filter(None, (note, said)))}


def kind_of_node(cls: type) -> type:
    """The most general class of a root's that still has its arithmetic: that of all nodes."""
    return [kind for kind in cls.__mro__ if "__add__" in dir(kind)][-1]
