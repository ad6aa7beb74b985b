"""A TensorRecording: one backward pass of a framework's graph of tensors, as plain data.

What `Recording` is for scalars: nodes parents first, steps in the order in which they were taken, and
nothing of the framework. Of a tensor only its summary is kept. Ids are places in `nodes`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Mode = Literal["dry", "live"]
Number = float | complex
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a tensor, worked out in double precision; of a sparse one, as if it were dense."""

    shape: Shape
    dtype: str
    norm: float
    """The 2-norm; by modulus, of complex numbers."""
    sum: Number
    min: float | None
    """None of complex numbers, and where there are none."""
    max: float | None
    mean: Number
    zeros: float
    """The share of elements that are exactly zero."""
    nonfinite: int
    """How many elements are nan or infinite."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a node keeps of its forward op: a tensor, or a plain argument, whose `text` says it."""

    name: str
    shape: Shape | None = None
    dtype: str = ""
    size: int = 0
    """In bytes; 0 of a tensor in a storage that an earlier node keeps already."""
    storage: int | None = None
    """Tensors of one number share their memory."""
    text: str = ""
    """A plain argument, or the number of a tensor that holds one alone."""
    made_by: int | None = None
    """The node of the graph whose op made the tensor; None of a leaf, and of data."""
    label: str = ""
    """What the program calls it: a parameter, a variable's tensor."""
    cut_from: int | None = None
    """Of one without a gradient: the node whose output it shares its memory with (`detach`)."""


@dataclass(frozen=True, slots=True)
class NotFinite:
    """What a node's forward op gave out that is not finite."""

    node: int
    nan: int
    inf: int
    minus_inf: int
    total: int
    """How many values it gave out."""
    operands: tuple[tuple[str, Summary], ...] = ()
    """What it took, by name, where it made some of them itself and did not only pass them on."""


@dataclass(frozen=True, slots=True)
class LossScale:
    """What the loss was multiplied by before the pass, as mixed precision does; and by whom."""

    factor: float
    by: str
    at_root: bool = True
    """Whether the root is that product; else the gradient that the pass begins with has the factor."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that ended a forward or a backward pass: what is there of the graph goes up to it."""

    said: str
    """In one sentence, the error's own."""
    source: str
    """The line that failed, as `file:line`."""
    text: str = ""
    """The expression in it."""
    operands: tuple[str, ...] = ()
    """What stands in that, a phrase each: `x is 5x8`."""


@dataclass(frozen=True, slots=True)
class TensorNode:
    """A node of the graph: what one forward op left behind, or a leaf that gathers its gradient."""

    id: int
    op: str
    """In the framework's own word: `AddmmBackward0`, `AccumulateGrad`."""
    label: str
    """A leaf's name."""
    scope: str
    """The module it was made in, `transformer.h[3].attn.c_proj`; "" where there is none."""
    source: str
    """The line of the program that made it, as `file:line`."""
    shape: Shape
    """That of the first output of the forward op."""
    dtype: str
    parents: tuple[int | None, ...]
    """An entry an input of the forward op; None where no gradient goes."""
    outputs: tuple[tuple[Shape, str], ...] = ()
    """Shape and dtype of all the outputs."""
    slots: tuple[int, ...] = ()
    """For each parent, which of its outputs this node takes."""
    saved: tuple[Saved, ...] = ()

    @property
    def is_leaf(self) -> bool:
        """Whether a leaf's gradient is gathered here."""
        return self.op == "AccumulateGrad"


@dataclass(frozen=True, slots=True)
class TensorWrite:
    """What a step gives to a parent. `amount` is None where the edge carries nothing."""

    target: int
    slot: int
    """Which parent of the step's node the target is."""
    amount: Summary | None
    summed_from: Shape | None = None
    """The shape that the op returned, where a broadcast gradient was summed to size in silence."""
    cast_from: str = ""
    """The dtype that the op returned, where it was cast in silence."""


@dataclass(frozen=True, slots=True)
class TensorStep:
    """One node visited: the gradients that arrived, one an output of its op, and what it gives on."""

    node: int
    grad: tuple[Summary | None, ...]
    writes: tuple[TensorWrite, ...]
    fed: tuple[tuple[str, Summary], ...] = ()
    """Of a node that made the first values that are not finite: what it had saved, by name."""


@dataclass(frozen=True, slots=True)
class ParameterGrad:
    """A leaf and the gradient that this pass brought it; None where it brought none."""

    name: str
    shape: Shape
    dtype: str
    grad: Summary | None
    same_bits: bool | None
    """Whether the gradient equals the framework's own to the last bit."""
    node: int | None = None
    """Its leaf in the graph; None where the roots do not reach it."""
    value: Summary | None = None
    """The leaf itself, where it received a gradient."""
    held: Summary | None = None
    """What its `.grad` held before the pass, to which this gradient is added."""
    frozen: bool = False
    """Whether it asks for no gradient: `requires_grad=False`."""
    model: str = ""
    """The variable of the outermost module that holds it; "" of a plain tensor."""
    asked: bool = True
    """Whether the pass was to bring it anything: `inputs=` may leave it out."""


@dataclass(frozen=True, eq=False)
class TensorRecording:
    """A backward pass of tensors. `why` says why it was a live one, `notes` what else there is to say."""

    torch: str
    """The version of PyTorch."""
    mode: Mode
    root: tuple[int, ...]
    nodes: tuple[TensorNode, ...]
    steps: tuple[TensorStep, ...]
    parameters: tuple[ParameterGrad, ...]
    why: str = ""
    notes: tuple[str, ...] = ()
    values: tuple[Summary, ...] = ()
    """What the roots hold: the loss."""
    names: tuple[str, ...] = ()
    """The variables that hold the roots; "" for one that none does."""
    not_finite: tuple[NotFinite, ...] | None = None
    """The nodes whose forward ops gave out nan or inf; None where the forward pass was not watched."""
    scale: LossScale | None = None
    failed: Failure | None = None
    """The error that ended it, where one did."""

    @property
    def received(self) -> tuple[ParameterGrad, ...]:
        """The parameters that received a gradient."""
        return tuple(each for each in self.parameters if each.grad is not None)

    @property
    def same(self) -> int:
        """How many of these equal the framework's own to the last bit."""
        return sum(each.same_bits is True for each in self.received)

    @cached_property
    def step_of(self) -> dict[int, int]:
        """Node -> the step that visits it; one that no gradient reached has none."""
        return {step.node: index for index, step in enumerate(self.steps)}

    @cached_property
    def arrivals(self) -> dict[int, list[tuple[int, TensorWrite]]]:
        """Node -> what was given to it, as (step, write), in the order in which it arrived."""
        found: dict[int, list[tuple[int, TensorWrite]]] = {}
        for index, step in enumerate(self.steps):
            for write in step.writes:
                found.setdefault(write.target, []).append((index, write))
        return found

    @cached_property
    def consumers(self) -> dict[int, tuple[int, ...]]:
        """Node -> the nodes whose forward ops took its outputs."""
        found: dict[int, list[int]] = {}
        for node in self.nodes:
            for parent in node.parents:
                if parent is not None:
                    found.setdefault(parent, []).append(node.id)
        return {parent: tuple(nodes) for parent, nodes in found.items()}

    @cached_property
    def scopes(self) -> dict[str, tuple[int, ...]]:
        """Scope -> its nodes, in the order of the forward pass."""
        found: dict[str, list[int]] = {}
        for node in self.nodes:
            found.setdefault(node.scope, []).append(node.id)
        return {scope: tuple(nodes) for scope, nodes in found.items()}

    @cached_property
    def first_keepers(self) -> dict[int, int]:
        """Storage -> the first node that keeps a tensor in it."""
        found: dict[int, int] = {}
        for node in self.nodes:
            for saved in node.saved:
                if saved.storage is not None:
                    found.setdefault(saved.storage, node.id)
        return found

    @cached_property
    def saved_bytes(self) -> int:
        """How many bytes the graph keeps for its backward pass, each storage counted once."""
        return sum(saved.size for node in self.nodes for saved in node.saved)

    def multiplies_by(self, node: int) -> float:
        """The factor by which a node makes the gradient of a scaled loss larger: 1 but at the root."""
        is_product = self.scale is not None and self.scale.at_root and node in self.root
        return self.scale.factor if self.scale is not None and is_product else 1.0

    def inputs(self, node: int) -> Iterator[tuple[Shape, str] | None]:
        """Yield shape and dtype of what a node's forward op took; None where no gradient goes."""
        of = self.nodes[node]
        for parent, slot in zip(of.parents, of.slots or (0,) * len(of.parents), strict=True):
            yield None if parent is None else self.output(parent, slot)

    def output(self, node: int, slot: int) -> tuple[Shape, str]:
        """Return shape and dtype of an output of a node's forward op."""
        of = self.nodes[node]
        return of.outputs[slot] if slot < len(of.outputs) else (of.shape, of.dtype)
