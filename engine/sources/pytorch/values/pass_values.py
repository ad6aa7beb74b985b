"""The tensors of a recorded pass, looked at: kept since then, computed again, or there all the time."""

from collections.abc import Sequence
from typing import Any

from ....recording.tensor import Summary, TensorStep
from ....recording.tensor_values import KEEP, MOST, Blocks, Budget, How, NoValues, View, Which, Window
from ..backward_call import BackwardCall
from ..dry_run import NodeFailed, Visit
from ..graph import Graph
from ..saved import SavedTensors
from ..summary import dtype_name, shape_of, summarise
from .again import Again
from .blocks import block_means, rows_and_columns
from .kept import Keeper, Kept
from .window import numbers

CLOSE = 1e-6
"""The relative difference of norms below which a tensor came out as before."""


class PassValues(Keeper):
    """What is kept of a pass while it is recorded, and what is looked at afterwards."""

    def __init__(self, most: int = KEEP) -> None:
        self._most = most
        self._closed = False
        self._steps: Sequence[TensorStep] = ()
        self._again: Again | None = None
        self._last: tuple[Which, Any] | None = None
        """The tensor that was computed again last: it is looked at part by part."""

    # While a pass is recorded

    def begin(self, graph: Graph, call: BackwardCall, live: bool) -> None:
        """Keep what passes from now on."""
        self._graph, self._call = graph, call
        self._kept = Kept(self._most, live)

    def see(self, step: int, visit: Visit) -> None:
        """Keep what fits of a step."""
        self._kept.offer(step, visit)

    def end(self, steps: Sequence[TensorStep]) -> None:
        """From now on it can be looked at."""
        self._steps = steps
        if not self._kept.budget.live:
            self._again = Again(self._graph, self._call, steps, self._kept)

    # Afterwards

    @property
    def budget(self) -> Budget:
        """How much is kept."""
        return self._kept.budget

    def shape(self, which: Which) -> tuple[tuple[int, ...], str]:
        """Return shape and dtype of a tensor."""
        tensor, _ = self._tensor(which)
        return shape_of(tensor), dtype_name(tensor.dtype)

    def window(self, which: Which, view: View) -> Window:
        """Return the numbers of a view."""
        tensor, how = self._tensor(which)
        if view.pick.of != shape_of(tensor):
            raise NoValues(f"it is of another shape: {list(shape_of(tensor))}")
        (top, bottom), (left, right) = view.rows, view.columns
        if (bottom - top) * (right - left) > MOST:
            raise NoValues(f"more than {MOST:,} numbers at a time are not given")
        return Window(dtype_name(tensor.dtype), how, numbers(tensor, view))

    def blocks(self, which: Which, rows: int, columns: int) -> Blocks:
        """Return the tensor averaged down."""
        tensor, how = self._tensor(which)
        return Blocks(block_means(tensor, rows, columns), rows_and_columns(shape_of(tensor)), how)

    def close(self) -> None:
        """Let go of it."""
        self._closed = True
        self._kept, self._last, self._again = Kept(0), None, None

    def _tensor(self, which: Which) -> tuple[Any, How]:
        if not 0 <= which.step < len(self._steps):
            raise NoValues(f"there is no step {which.step + 1}")
        tensor, how = self._gradient(which) if which.kind in ("grad", "sent") else self._there(which)
        if tensor is None:
            raise NoValues("there is no tensor: None")
        return tensor.detach(), how

    # What is there all the time

    def _there(self, which: Which) -> tuple[Any, How]:
        node = self._steps[which.step].node
        if which.kind == "saved":
            found = SavedTensors().tensor(self._graph.nodes[node], which.name)
            if found is None:
                raise NoValues(f"{which.name} is not there any more, or cannot be read")
            return found, "there"
        leaf = self._graph.leaf(node)
        if leaf is None:
            raise NoValues("this node gathers the gradient of no leaf")
        return (leaf if which.kind == "leaf" else leaf.grad), "there"

    # Gradients

    def _gradient(self, which: Which) -> tuple[Any, How]:
        place = (which.step, which.kind, which.place)
        if self._kept.has(place):
            return self._kept.tensor(place), "kept"
        if self._last is not None and self._last[0] == which:
            return self._last[1], "again"
        self._last = None
        tensor = self._computed_again(which)
        self._last = (which, tensor)
        return tensor, "again"

    def _computed_again(self, which: Which) -> Any:
        if self._again is None:
            raise NoValues(
                "a live run cannot be done again: of what did not fit --keep the summary is left"
            )
        try:
            visit = self._again.visit(which.step, which.kind == "grad", self._go_on)
        except NodeFailed as failed:
            raise NoValues(
                f"it cannot be computed again: {type(failed.error).__name__}: {failed}"
            ) from None
        tensor = _of(visit, which)
        known = _known(self._steps[which.step], which)
        if tensor is not None and known is not None and not _alike(summarise(tensor), known):
            raise NoValues("computed again it comes out otherwise: its rule is not the same each time")
        return tensor

    def _go_on(self) -> None:
        if self._closed:
            raise NoValues("it was closed")


def _of(visit: Visit, which: Which) -> Any:
    if which.kind == "grad":
        return visit.arrived[which.place] if which.place < len(visit.arrived) else None
    return next((sent.amount for sent in visit.sent if sent.slot == which.place), None)


def _known(step: TensorStep, which: Which) -> Summary | None:
    if which.kind == "grad":
        return step.grad[which.place] if which.place < len(step.grad) else None
    return next((write.amount for write in step.writes if write.slot == which.place), None)


def _alike(one: Summary, other: Summary) -> bool:
    """Whether a tensor came out as it was: what no order of adding up changes, and the norm."""
    exact = (
        (each.shape, repr(each.min), repr(each.max), each.zeros, each.nonfinite) for each in (one, other)
    )
    first, second = exact
    near = repr(one.norm) == repr(other.norm) or abs(one.norm - other.norm) <= CLOSE * abs(other.norm)
    return first == second and near
