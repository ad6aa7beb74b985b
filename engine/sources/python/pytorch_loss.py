"""A PyTorch loss as a kind of graph that a program makes. What imports torch waits until it is there."""

import functools
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from ...recording.tensor import TensorRecording
from ...recording.tensor_json import to_plain
from ..inside import give_answer
from .kinds import Call
from .refusal import Refusal, place_of_frame
from .variables import held_by, names_of
from .watch import Watch

if TYPE_CHECKING:
    from ..pytorch.forward import ForwardNotes
    from ..pytorch.record import Way
    from ..pytorch.values.pass_values import PassValues

LEAD = 20
"""So many backward passes before the one that is wanted, notes on the forward begin: they take time."""

OLDEST = "2.4"
"""Before it a node does not tell what it expects (Node._input_metadata)."""

Scopes = Iterable[tuple[dict[str, Any], CodeType]]


@dataclass(frozen=True, eq=False)
class TorchCall(Call):
    """A call of `torch.autograd.backward`, with its arguments."""

    arguments: tuple[Any, ...]
    options: dict[str, Any]


class PyTorchLoss:
    """Losses of a program that imports torch."""

    def __init__(self, way: "Way", counts_grads: bool, keep: int | None = None) -> None:
        """`counts_grads` says that a call of torch.autograd.grad is a backward pass too.

        `keep` is how many bytes of gradients are kept to be looked at; None where nobody will.
        """
        self._way, self._counts_grads, self._keep = way, counts_grads, keep
        self.values: PassValues | None = None
        """The tensors of the pass that was recorded, where they are kept."""
        self.grads = 0
        """How many calls of torch.autograd.grad there were, where they do not count."""
        self._notes: ForwardNotes | None = None
        self._originals: dict[str, Any] = {}

    @property
    def is_there(self) -> bool:
        """Whether the program has imported torch."""
        return bool(self._originals)

    def begin(self, watch: Watch) -> None:
        """Begin to watch: torch has been imported."""
        torch = sys.modules["torch"]
        if not hasattr(torch, "autograd"):
            return  # a file of the program's own that is called so
        if too_old(torch):
            said = f"PyTorch {torch.__version__} is too old to look into: {OLDEST} or newer is needed"
            give_answer({"refusal": said})
        from ..pytorch.forward import ForwardNotes

        self._notes = ForwardNotes()
        self._watch_calls(watch, "backward", "tensors")
        if self._counts_grads:
            self._watch_calls(watch, "grad", "outputs")
        else:
            self._count_grads()
        watch.classes.append((self, torch.Tensor))
        self._note_if_near(watch)

    def _watch_calls(self, watch: Watch, name: str, first: str) -> None:
        """Watch the calls of a function of torch.autograd's."""
        autograd = sys.modules["torch"].autograd
        original = self._originals[name] = getattr(autograd, name)

        @functools.wraps(original)
        def backward(*arguments: Any, **options: Any) -> Any:
            frame = _frame_of_program(sys._getframe(1))
            go = functools.partial(original, *arguments, **options)
            roots = arguments[0] if arguments else options.get(first)
            root = _one_root(roots, frame, watch.variable)
            try:
                return watch.calls(self, TorchCall(root, name, go, frame, arguments, options))
            finally:
                self._note_if_near(watch)

        setattr(autograd, name, backward)

    def _count_grads(self) -> None:
        autograd = sys.modules["torch"].autograd
        original = self._originals["grad"] = autograd.grad

        @functools.wraps(original)
        def grad(*arguments: Any, **options: Any) -> Any:
            self.grads += 1
            return original(*arguments, **options)

        autograd.grad = grad

    def _note_if_near(self, watch: Watch) -> None:
        if self._notes is not None and watch.which - watch.matching <= LEAD and not watch.is_over:
            self._notes.start()

    # What every kind of graph can do

    def made_before(self) -> Iterable[type]:
        """Return the one that torch brings, once it is imported."""
        return (sys.modules["torch"].Tensor,) if self.is_there else ()

    def looks_like_one(self, cls: type) -> bool:
        """It is known, and need not be guessed at."""
        return False

    def backward_names(self, cls: type) -> tuple[str, ...]:
        """None: its one backward pass is watched where all come together."""
        return ()

    def is_backward(self, cls: type, method: str) -> bool:
        """It is."""
        return True

    def backward_of(self, cls: type) -> str:
        """Return its one name."""
        return "backward"

    def start(self, cls: type) -> None:
        """Nothing is to be done for a class."""

    def stop(self) -> None:
        """Leave torch as it was."""
        for name, original in self._originals.items():
            setattr(sys.modules["torch"].autograd, name, original)
        if self._notes is not None:
            self._notes.stop()

    # Recording

    def names(self, scopes: Scopes) -> dict[str, Any]:
        """Modules and tensors by the program's variables."""
        return tensors_of(scopes)

    def record(self, call: Call, names: Mapping[str, Any]) -> tuple[TensorRecording, str]:
        """Record a pass as plain data."""
        from ..pytorch.backward_call import NoGradFn, backward_call, grad_call
        from ..pytorch.cut import where_cut
        from ..pytorch.record import Scene, record
        from ..pytorch.refused import Refused
        from ..pytorch.values.kept import Keeper
        from ..pytorch.values.pass_values import PassValues

        self.values = None if self._keep is None else PassValues(self._keep)
        arguments, options = (call.root,), dict[str, Any]()
        if isinstance(call, TorchCall):
            arguments, options = call.arguments, call.options
        try:
            asked = (grad_call if call.method == "grad" else backward_call)(*arguments, **options)
            go = asked.run if call.method == "grad" else call.go
            keeper = self.values or Keeper()
            recording = record(asked, Scene(names, go, self._notes, self._way, keeper))
        except Refused as error:
            where = f"{place_of_frame(call.frame)}: " if call.frame else ""
            cut = where_cut(error.root, call.frame) if isinstance(error, NoGradFn) else ""
            sentence = f"{where}{call.method}(): {error}{cut}".replace(f"{Path.cwd()}/", "")
            raise Refusal(sentence, error.fault, **_up_to(error.recording)) from None
        return recording, "; ".join(filter(None, (recording.why, *recording.notes)))

    def explained(self, refusal: Refusal, scopes: Scopes) -> Refusal:
        """Add to the refusal of a program that failed in its forward pass what it failed on."""
        error = refusal.__context__
        if not self.is_there or error is None:
            return refusal
        from ..pytorch.forward_error import failure, graph_up_to, scopes_of

        failed = failure(error)
        if failed is None:
            return refusal
        names = self.names((*scopes_of(error), *scopes))
        more = _up_to(graph_up_to(error, failed, names, self._notes))
        return Refusal(f"{refusal}: {failed.text}, where {', '.join(failed.operands)}", **more)


def _up_to(graph: TensorRecording | None) -> dict[str, Any]:
    """What goes with a refusal: the graph as far as it came."""
    return {} if graph is None else {"graph": to_plain(graph, beyond=True)}


def too_old(torch: Any) -> bool:
    """Whether a PyTorch lacks what is needed."""
    found = re.match(r"(\d+)\.(\d+)", str(getattr(torch, "__version__", OLDEST)))
    return found is not None and tuple(map(int, found.groups())) < tuple(map(int, OLDEST.split(".")))


def tensors_of(scopes: Scopes) -> dict[str, Any]:
    """Return modules and tensors by a program's variables; those of the outermost level go first."""
    from ..pytorch.lines import is_theirs

    torch = sys.modules["torch"]
    kinds = (torch.Tensor, torch.nn.Module)
    own = [(names, code) for names, code in scopes if is_theirs(code.co_filename)]
    main = [scope for scope in own if scope[1].co_name == "<module>"]
    inner = [scope for scope in own if scope[1].co_name != "<module>"]
    return names_of([*main, *inner], lambda thing: isinstance(thing, kinds))


def _frame_of_program(frame: FrameType | None) -> FrameType | None:
    """The innermost frame that is not one of a library."""
    from ..pytorch.lines import is_theirs

    inner = frame
    while frame is not None and not is_theirs(frame.f_code.co_filename):
        frame = frame.f_back
    return frame or inner


def _one_root(roots: Any, frame: FrameType | None, variable: str) -> Any:
    """Of several roots the one that the variable holds; else the first."""
    several = list(roots) if isinstance(roots, list | tuple) else [roots]
    held = (root for root in several if variable and held_by(frame, variable, root))
    return next(held, several[0] if several else None)
