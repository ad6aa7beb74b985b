"""Dead units: which units of a relu gave 0 for the whole batch, seen while one forward pass runs."""

import contextlib
import weakref
from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

RELUS = frozenset(
    {
        functional.relu,
        functional.relu_,
        functional.relu6,
        torch.relu,
        torch.relu_,
        torch.Tensor.relu,
        torch.Tensor.relu_,
    }
)
CLAMPS = frozenset(
    {
        torch.clamp,
        torch.clamp_,
        torch.clamp_min,
        torch.clamp_min_,
        torch.Tensor.clamp,
        torch.Tensor.clamp_,
        torch.Tensor.clamp_min,
        torch.Tensor.clamp_min_,
    }
)
CHANNELS_FIRST = (
    torch.nn.modules.conv._ConvNd,
    torch.nn.modules.batchnorm._NormBase,
    torch.nn.GroupNorm,
)

Key = tuple[str, int]
"""A module, and which of the relus behind it in one forward pass."""


def _call(mode: Any, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """Call a function of torch's for the program, and show what came of it."""
    output = func(*args, **(kwargs or {}))
    mode.see(func, args, kwargs or {}, output)
    return output


_Calls = type("Calls", (TorchFunctionMode,), {"__torch_function__": _call})
"""A mode that shows every call to its `see`."""


class Relus:
    """Sees every relu, a module's or a function's, that is called while its mode is entered."""

    def __init__(self) -> None:
        self.mode: Any = _Calls()
        self.mode.see = self._see
        self.alive: dict[Key, Any] = {}
        """Of each relu, which of its units gave anything but 0."""
        self.idle = False
        """Whether it looks at nothing any more: one whose mode could not be left in order."""
        self._made: dict[int, tuple[weakref.ref[Any], str, bool]] = {}
        self._last = ("", False)
        self._met: dict[str, int] = {}

    def begin(self) -> None:
        """Begin another forward pass."""
        self._made, self._met, self._last = {}, {}, ("", False)

    def note_output(self, name: str, module: Any, output: Any) -> None:
        """Note which module has made a tensor."""
        channels = isinstance(module, CHANNELS_FIRST)
        self._last = (name, channels)
        self._made[id(output)] = (weakref.ref(output), name, channels)

    def _see(self, func: Any, args: Any, kwargs: Mapping[str, Any], output: Any) -> None:
        if self.idle or not (func in RELUS or (func in CLAMPS and _clamps_at_zero(args, kwargs))):
            return
        with contextlib.suppress(Exception):  # of a tensor that is none of ours to look at
            if isinstance(output, torch.Tensor) and output.dim() and output.numel():
                self._count(args[0] if args else kwargs.get("input"), output)

    def _count(self, given: Any, output: Any) -> None:
        name, channels = self._last
        made = self._made.get(id(given))
        if made is not None and made[0]() is given:
            _, name, channels = made
        place = self._met[name] = self._met.get(name, -1) + 1
        unit = 1 if output.dim() >= 4 or (channels and output.dim() == 3) else output.dim() - 1
        others = [dim for dim in range(output.dim()) if dim != unit]
        alive = output.detach() != 0
        alive = alive.any(dim=others) if others else alive
        before = self.alive.get((name, place))
        both = before is not None and before.shape == alive.shape
        self.alive[name, place] = before | alive if both else alive


def _clamps_at_zero(args: Any, kwargs: Mapping[str, Any]) -> bool:
    low = args[1] if len(args) > 1 else kwargs.get("min")
    high = args[2] if len(args) > 2 else kwargs.get("max")
    return type(low) in (int, float) and low == 0 and high is None
