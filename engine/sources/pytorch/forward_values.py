"""Nan and inf while a forward pass runs: which ops gave out values that are not finite, and from what.

A dispatch mode sees each op below autograd, with the number that its node has just got. A sum says
whether all of a tensor is finite, at the price of reading it once; operands are looked at only where it
is not. Views are left out until something has been found: they hold what their base holds.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode

from ...recording.tensor import Summary
from .summary import summarise

MOST_OPERANDS = 8
NUMBERS = ("self", "other", "value", "exponent")
"""Arguments that may be a plain number, and then are an operand too."""
Counts = tuple[int, int, int]
"""How many values are nan, infinite, minus infinite."""


@dataclass(frozen=True, slots=True)
class Bad:
    """The values of an op that are not finite, an entry an output, and the operands they came of."""

    outputs: tuple[Counts, ...]
    operands: tuple[tuple[str, Summary], ...] = ()


class ForwardValues:
    """Looks at what each op gives out; by the number of its node."""

    def __init__(self) -> None:
        self.bad: dict[int, Bad] = {}
        self._seen: set[int] = set()
        self._last = 0
        self._is_on = False
        self._mode = _mode(self._done)

    def start(self) -> bool:
        """Look from now on; return whether that can be: no other mode of the program's may be inside."""
        if _get_current_dispatch_mode() is not None:
            return False
        self._last = torch.autograd._get_sequence_nr()
        self._is_on = True
        self._mode.__enter__()
        return True

    def stop(self) -> None:
        """Look no more. In another thread, or inside another mode, it stays and does nothing."""
        self._is_on = False
        if _get_current_dispatch_mode() is self._mode:
            self._mode.__exit__(None, None, None)

    def _done(self, func: Any, given: Any, out: Any) -> None:
        """An op has been done: look at it, if a node has been made for it."""
        number = torch.autograd._get_sequence_nr()
        if number == self._last or not self._is_on:
            return
        self._last = number
        self._seen.add(number - 1)
        if torch.is_grad_enabled() and (self.bad or not getattr(func, "is_view", False)):
            with suppress(Exception):
                self._look(number - 1, func, given, out)
                self._look_at_base(number, func, given[0])

    def saw(self, numbers: Sequence[int]) -> bool:
        """Whether ops of these numbers were seen: another thread counts anew, and few would be."""
        return 2 * sum(number in self._seen for number in numbers) >= len(numbers)

    def look_at_function(self, out: Any) -> None:
        """Look at what a Function of the program's own gave out."""
        for tensor in _tensors(out):
            node = tensor.grad_fn
            if self._is_on and node is not None and any(held := counts(tensor)):
                number = int(node._sequence_nr())
                before = self.bad[number].outputs if number in self.bad else ()
                self.bad[number] = Bad((*before, held))

    def _look(self, number: int, func: Any, given: Any, out: Any) -> None:
        outputs = tuple(map(counts, _tensors(out)))
        if any(map(any, outputs)) and any(tensor.requires_grad for tensor in _tensors(given)):
            self.bad[number] = Bad(outputs, tuple(self._operands(func, given, outputs)))
        else:
            self.bad.pop(number, None)

    def _look_at_base(self, number: int, func: Any, args: Any) -> None:
        """Look at what a view is of that was changed in place: its node is the next that is made."""
        changes = bool(self.bad and args and func._schema.is_mutable)
        if changes and args[0]._is_view() and any(held := counts(args[0]._base)):
            self.bad[number] = Bad((held,))

    def _operands(
        self, func: Any, given: Any, outputs: tuple[Counts, ...]
    ) -> Iterator[tuple[str, Summary]]:
        """Yield the operands of an op that made something of its own, and did not only pass it on."""
        named = list(_named(func, *given))[:MOST_OPERANDS]
        handed = [counts(tensor) for _, tensor in named if tensor.requires_grad]
        makes_nan = any(nan for nan, _, _ in outputs) and not any(nan for nan, _, _ in handed)
        if makes_nan or not any(map(any, handed)):
            for name, tensor in named:
                with suppress(Exception):
                    yield name, summarise(tensor)


def _mode(done: Callable[[Any, Any, Any], None]) -> Any:
    """Make a dispatch mode that calls `done` after each op."""

    def dispatch(mode: Any, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        done(func, (args, kwargs), out)
        return out

    # Else PyTorch imports its compiler at the first op, a second's work; nothing is compiled here.
    by_compiler = {"_should_skip_dynamo": classmethod(lambda cls: False)}
    names = {"__torch_dispatch__": dispatch, "supports_higher_order_operators": True, **by_compiler}
    return type("ForwardValuesMode", (TorchDispatchMode,), names)()


def _tensors(things: Any) -> Iterator[Any]:
    if isinstance(things, torch.Tensor):
        yield things
    elif isinstance(things, list | tuple):
        for thing in things:
            yield from _tensors(thing)
    elif isinstance(things, dict):
        yield from _tensors(list(things.values()))


def _named(func: Any, args: Any, kwargs: Any) -> Iterator[tuple[str, Any]]:
    """Yield the tensors of numbers, and the numbers, that an op took, by its schema's names for them."""
    names = [argument.name for argument in func._schema.arguments]
    given = {**dict(zip(names, args, strict=False)), **(kwargs or {})}
    for name, thing in given.items():
        if name in NUMBERS and isinstance(thing, int | float):
            yield name, torch.tensor(float(thing))
        tensors = list(_tensors(thing))
        for i, tensor in enumerate(tensors):
            if tensor.is_floating_point() or tensor.is_complex():
                yield (f"{name}[{i}]" if len(tensors) > 1 else name), tensor


def counts(tensor: Any) -> Counts:
    """Count what is not finite; of what is no number of that kind, or not there, nothing."""
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.device.type == "meta":
        return 0, 0, 0
    with torch.no_grad():
        if tensor.is_cuda and torch.cuda.is_current_stream_capturing():
            return 0, 0, 0
        if bool(torch.isfinite(tensor.sum())):
            return 0, 0, 0
        nan = int(torch.isnan(tensor).sum())
        inf = int(torch.isinf(tensor).sum())
        minus = 0 if tensor.is_complex() else int(torch.isneginf(tensor).sum())
    return nan, inf - minus, minus
