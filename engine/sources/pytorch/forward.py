"""What is noted while a program's forward pass runs: the module and the line of each op, and the hooks.

PyTorch numbers its ops; a module's ops are those between its beginning and its end. The lines are kept by
PyTorch's anomaly mode. All of it is taken back before a backward pass is recorded.
"""

import threading
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.autograd.function import FunctionCtx, _HookMixin
from torch.nn.modules import module as nn_module

from .forward_values import ForwardValues
from .in_place import InPlace

Stack = tuple[Any, "Stack"] | None
"""The modules whose forward runs, the innermost first."""


class ForwardNotes:
    """Notes on the graphs that a program makes between `start` and `stop`."""

    def __init__(self) -> None:
        self.eager = False
        """Whether something that the program compiled runs as it was written instead."""
        self.in_place = InPlace()
        self.values = ForwardValues()
        self.scales: dict[int, float] = {}
        """The factors that a GradScaler multiplied by, by the number of that op."""
        self._began: list[int] = []
        self._stacks: list[Stack] = []
        self._stack: Stack = None
        self._hooks: list[tuple[Any, int]] = []
        self._retained: list[weakref.ref[Any]] = []
        self._undo: list[Callable[[], Any]] = []
        self._thread = threading.get_ident()

    def start(self) -> None:
        """Note from now on."""
        if self._undo:
            return
        torch.autograd.set_detect_anomaly(True, check_nan=False)
        self._undo.append(lambda: torch.autograd.set_detect_anomaly(False))
        before = nn_module.register_module_forward_pre_hook(self._enter)
        after = nn_module.register_module_forward_hook(self._leave, always_call=True)
        self._undo += [before.remove, after.remove]
        self._replace(torch.Tensor, "register_hook", self._noting_handle)
        self._replace(torch.Tensor, "retain_grad", self._noting_retained)
        self._replace(FunctionCtx, "set_materialize_grads", _noting_zeros)
        self._replace(torch, "compile", self._noting_compiled)
        self._replace(torch.amp.GradScaler, "scale", self._noting_scale)
        self._replace(torch.autograd.Function, "apply", self._noting_outputs)
        self._note_node_hooks()
        self._undo += self.in_place.start()
        if self.values.start():
            self._undo.append(self.values.stop)

    def stop(self) -> None:
        """Note no more, and leave everything as it was."""
        while self._undo:
            self._undo.pop()()

    def modules_at(self, sequence: int) -> Iterator[Any]:
        """Yield the modules inside of which an op of this number was done, the innermost first."""
        place = bisect_right(self._began, sequence) - 1
        stack = self._stacks[place] if place >= 0 else None
        while stack is not None:
            yield stack[0]
            stack = stack[1]

    @property
    def has_hooks(self) -> bool:
        """Whether a hook of the backward pass that was set is still there."""
        return any(number in (hooks() or ()) for hooks, number in self._hooks)

    def retains_in(self, nodes: Any) -> bool:
        """Whether the gradient of a tensor that one of these nodes made is to be kept."""
        alive = (reference() for reference in self._retained)
        return any(tensor is not None and tensor.grad_fn in nodes for tensor in alive)

    # Modules

    def _enter(self, module: Any, arguments: Any) -> None:
        if threading.get_ident() == self._thread:
            self._stack = (module, self._stack)
            self._mark()

    def _leave(self, module: Any, arguments: Any, output: Any) -> None:
        if threading.get_ident() == self._thread and self._stack is not None:
            self._stack = self._stack[1]
            self._mark()

    def _mark(self) -> None:
        self._began.append(torch.autograd._get_sequence_nr())
        self._stacks.append(self._stack)

    # Hooks

    def _replace(self, owner: Any, name: str, noting: Callable[[Any], Any]) -> None:
        held = vars(owner).get(name)  # of a class method what binds itself, not the bound one
        setattr(owner, name, noting(getattr(owner, name)))
        self._undo.append(lambda: setattr(owner, name, held) if held else delattr(owner, name))

    def _note_node_hooks(self) -> None:
        """PyTorch asks this method for the number of a hook on a node, of C++ or of Python."""
        original = _HookMixin._register_hook

        def register(hooks: Any, hook: Any) -> Any:
            hooks, handle = original(hooks, hook)
            self._hooks.append((handle.hooks_dict_ref, handle.id))
            return hooks, handle

        _HookMixin._register_hook = staticmethod(register)
        self._undo.append(lambda: setattr(_HookMixin, "_register_hook", staticmethod(original)))

    def _noting_handle(self, original: Any) -> Any:
        def register_hook(tensor: Any, hook: Any) -> Any:
            handle = original(tensor, hook)
            if hasattr(handle, "hooks_dict_ref"):
                self._hooks.append((handle.hooks_dict_ref, handle.id))
            return handle

        return register_hook

    def _noting_retained(self, original: Any) -> Any:
        def retain_grad(tensor: Any) -> None:
            original(tensor)
            self._retained.append(weakref.ref(tensor))

        return retain_grad

    # Mixed precision, Functions

    def _noting_scale(self, original: Any) -> Any:
        def scale(scaler: Any, outputs: Any) -> Any:
            scaled = original(scaler, outputs)
            for each in (scaled,) if isinstance(scaled, torch.Tensor) else scaled:
                if scaler.is_enabled() and each.grad_fn is not None:
                    self.scales[int(each.grad_fn._sequence_nr())] = float(scaler.get_scale())
            return scaled

        return scale

    def _noting_outputs(self, original: Any) -> Any:
        def apply(cls: Any, *arguments: Any, **options: Any) -> Any:
            out = original.__func__(cls, *arguments, **options)
            self.values.look_at_function(out)
            return out

        return classmethod(apply)

    # Compiled parts

    def _noting_compiled(self, original: Any) -> Any:
        def compiled(*arguments: Any, **options: Any) -> Any:
            if not hasattr(torch.compiler, "set_stance"):
                return arguments[0] if arguments else lambda model: model
            if not self.eager:
                torch.compiler.set_stance("force_eager")
            self.eager = True
            return original(*arguments, **options)

        return compiled


def _noting_zeros(original: Any) -> Any:
    def set_materialize_grads(ctx: Any, value: bool) -> None:
        ctx.materializes_zeros = bool(value)
        original(ctx, value)

    return set_materialize_grads
