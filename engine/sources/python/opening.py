"""Opening a graph of somebody's program, in the child process: run it, record one backward pass, answer.

The program is stopped there, in the middle of its own call: nothing of it runs on.
"""

import gc
import threading
from collections.abc import Mapping
from typing import Any, NoReturn

from ... import origin
from ...recording.columns import to_columns
from ...recording.log import Recording
from ...recording.tensor import TensorRecording
from ...recording.tensor_json import to_plain
from ..inside import give_answer, loaded_at_start
from .after_import import after_import
from .findings import nothing_found
from .kinds import Call, Kind
from .learner_value import LearnerValue
from .own_value import OwnValue
from .program import Program
from .pytorch_loss import PyTorchLoss, Scopes
from .refusal import Refusal, place_of_frame, what_went_wrong
from .stand_ins import StandIns
from .variables import frames_of, names_of
from .watch import Watch


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do a job as `open_program` describes it; return what to answer where no backward pass came."""
    try:
        return _Opening(job).answer()
    except Refusal as error:
        return error.answer


class _Opening:
    def __init__(self, job: Mapping[str, Any]) -> None:
        self.form, self.place, self.variable = job["form"], job["place"], job["variable"]
        self.arguments, self.which = job["arguments"], job["which"]
        self.torch = PyTorchLoss(job.get("way", ""), job.get("grads", False), job.get("keep"))
        self.questions = job.get("questions")
        kinds = (OwnValue(), LearnerValue(), self.torch)
        self.watch = Watch(kinds, self.found, self.which, self.variable)
        self.program = Program(self.variable)

    def answer(self) -> dict[str, Any]:
        program = self.program
        torch = after_import("torch", lambda: self.torch.begin(self.watch))
        with StandIns(), torch, self.watch.watching(), origin.source_lines():
            try:
                program.run(self.form, self.place, self.arguments, loaded_at_start())
            except Refusal as refusal:
                raise self.torch.explained(refusal, program.scopes) from None
            vars(threading)["_shutdown"]()  # as at the end of any program: wait for its threads
        return self.at_end(program)

    def found(self, kind: Kind, call: Call) -> None:
        """Answer with the backward pass that is wanted, in the place of the program's call."""
        self.watch.put_back()
        where, names = place_of_frame(call.frame), [*frames_of(call.frame)]
        if not any(code.co_name == "<module>" for _, code in names):
            names += self.program.scopes  # in a thread no frame is the module's
        try:
            given = _described(kind, call, names, f"{_ordinal(self.which)} {call.method}() call, {where}")
        except Refusal as error:
            given = error.answer
        except BaseException as error:  # of ours: the program might catch it, and go on
            given = {"refusal": f"{where}: {call.method}() cannot be recorded: {what_went_wrong(error)}"}
        self.give(given)

    def give(self, given: dict[str, Any]) -> NoReturn:
        """Answer; where whole tensors are kept, stay to be asked for them."""
        if self.torch.values is None or self.questions is None or "tensors" not in given:
            give_answer(given)
        from ..stay import answer_and_stay
        from ..values_over_pipe import plain_budget, reply_with

        values = self.torch.values
        answer_and_stay(given | {"kept": plain_budget(values.budget)}, self.questions, reply_with(values))

    def at_end(self, program: Program) -> dict[str, Any]:
        """What a variable holds at the end, its backward pass called by us."""
        held = program.held
        for kind, cls in self.watch.classes:
            if isinstance(held, cls) and (self.which == 1 or not self.watch.matching):
                method = kind.backward_of(type(held))
                call = Call(held, method, getattr(held, method), None)
                note = f"{self.variable} at the end, {method}() called on it"
                self.give(_described(kind, call, program.scopes, note))
        if self.torch.grads and not self.watch.called:
            return {"again": True}
        raise nothing_found(self.watch, program, self.variable, self.which)


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _described(kind: Kind, call: Call, scopes: Scopes, note: str) -> dict[str, Any]:
    """Record the pass, nodes called what the program calls them, and give all of it as columns."""
    gc.disable()  # the process ends with its answer: whatever is garbage by then is nobody's
    recording, said = kind.record(call, _names(kind, call.root, scopes))
    note = "; ".join(filter(None, (note, said)))
    if isinstance(recording, TensorRecording):
        return {"tensors": to_plain(recording, beyond=True), "note": note}
    put_in_scopes(recording)
    return {"recording": to_columns(recording), "note": note}


def _names(kind: Kind, root: Any, scopes: Scopes) -> dict[str, Any]:
    if isinstance(kind, PyTorchLoss):
        return kind.names(scopes)
    named = kind_of_node(type(root))
    return names_of(scopes, lambda thing: isinstance(thing, named))


def kind_of_node(cls: type) -> type:
    """The most general class of a root's that still has its arithmetic: that of all nodes."""
    return [kind for kind in cls.__mro__ if "__add__" in dir(kind)][-1]


def put_in_scopes(recording: Recording) -> None:
    """Fold parameters as the program holds them: `n.layers[0].w[2]` is `w[2]` in `n/layers[0]`.

    The numbers of a matrix are a scope of their own.
    """
    for i, label in recording.labels.items():
        *path, name = label.split(".")
        if name.count("[") > 1:
            path.append(name.partition("[")[0])
        if path and recording.ops[i] is None and label.isprintable():
            recording.scopes[i], recording.labels[i] = "/".join(path), name
