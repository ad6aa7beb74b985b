"""What a watched model's forward pass tells: where it first stops being finite, and its dead units.

The hooks are on the modules that have parameters, and on the model itself, as long as it is watched.
They change nothing, leave nothing in a copy of the model or in a saved one, and see nothing of what
torch.compile has taken over.
"""

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import torch

from .relus import Relus

MOST = 10_000
"""Outputs of one pass that are noted."""
REMEMBERED = 64
"""Forward passes since the last step that was logged, of which is known where they were not finite."""


class Hook:
    """A hook of ours. A copy of the model, or a saved one, has in its place what does nothing."""

    def __init__(self, call: Callable[..., None]) -> None:
        self._call = call
        self._process = os.getpid()

    def __call__(self, *arguments: Any) -> None:
        """Note what passes; a failure is ours alone."""
        if torch.compiler.is_compiling():
            return
        if self._process == os.getpid() and not torch.jit.is_tracing():
            try:  # not suppress(), which takes as long as all the rest
                self._call(*arguments)
            except Exception:
                return

    def __deepcopy__(self, memo: Any) -> Callable[..., None]:
        return _nothing

    def __reduce__(self) -> Any:
        return getattr, (contextlib.nullcontext(), "__exit__")


# Takes whatever a hook is given and returns None, and is there wherever a saved model is loaded.
_nothing = contextlib.nullcontext().__exit__


def compiles() -> bool:
    """Whether torch.compile was called in this process: what it traces, a mode of ours must not meet."""
    dynamo = sys.modules.get("torch._dynamo.eval_frame")
    return any(getattr(dynamo, "cached_backends", {}).values())


_WIDER = {torch.float16: torch.float32, torch.bfloat16: torch.float32}
"""What is summed up as another dtype, or the sum would overflow."""


class Noting(Hook):
    """The hook on a module: with every step, so it does as little as it can."""

    def __init__(self, forward: "Forward", name: str) -> None:
        super().__init__(lambda: None)
        self._forward, self._name = forward, name

    def __call__(self, module: Any, arguments: Any, output: Any) -> None:
        """Note what the module gave; a failure is ours alone."""
        if torch.compiler.is_compiling() or not torch.is_grad_enabled():
            return
        try:
            self._forward.note(self._name, module, output)
        except Exception:
            return


class Forward:
    """The forward passes of one model."""

    def __init__(self) -> None:
        self.relus: Relus | None = None
        """What sees the relus, while they are wanted."""
        self._handles: dict[int, list[Any]] = {}
        self._sums: list[tuple[str, Any]] = []
        self._passes: deque[tuple[list[str], Any, bool]] = deque(maxlen=REMEMBERED)
        self._entered = threading.local()

    # Hooks

    def hook(self, root: Any, modules: Mapping[str, Any]) -> None:
        """Have hooks on the model and on these modules of it, and on no others."""
        wanted = {id(module): (name, module) for name, module in modules.items()}
        for key in [key for key in self._handles if key not in wanted and key != id(root)]:
            self._remove(key)
        if id(root) not in self._handles:
            before, after = Hook(self._enter), Hook(self._leave)
            self._handles[id(root)] = [
                root.register_forward_pre_hook(before),
                root.register_forward_hook(after, always_call=True),
            ]
        for key, (name, module) in wanted.items():
            if key not in self._handles or (key == id(root) and len(self._handles[key]) == 2):
                noting = Noting(self, name)
                # The root's own before the one that ends its pass.
                handle = module.register_forward_hook(noting, prepend=True)
                self._handles.setdefault(key, []).append(handle)

    def remove(self) -> None:
        """Take every hook away."""
        self._leave_mode()
        for key in list(self._handles):
            self._remove(key)

    def _remove(self, key: int) -> None:
        for handle in self._handles.pop(key):
            with contextlib.suppress(Exception):
                handle.remove()

    # What passes

    def _enter(self, module: Any, arguments: Any) -> None:
        self._leave_mode()
        if not torch.is_grad_enabled():
            return
        self._sums = []
        if self.relus is not None and not compiles():
            self.relus.begin()
            self.relus.mode.__enter__()
            self._entered.relus = self.relus

    def _leave(self, module: Any, arguments: Any, output: Any) -> None:
        self._leave_mode()
        if torch.is_grad_enabled():
            self._close(output is not None)

    def _close(self, whole: bool) -> None:
        """Put together what a pass has left behind; a part that was called by itself is one, too."""
        if self._sums:
            names = [name for name, _ in self._sums]
            sums = [one.to(self._sums[0][1].device, self._sums[0][1].dtype) for _, one in self._sums]
            self._passes.append((names, torch.stack(sums), whole))
            self._sums = []

    def _leave_mode(self) -> None:
        """Leave the mode where it was entered; one that cannot be left, after Ctrl+C, goes idle."""
        relus = getattr(self._entered, "relus", None)
        self._entered.relus = None
        if relus is not None:
            if torch.overrides._get_current_function_mode() is relus.mode:
                relus.mode.__exit__(None, None, None)
            else:
                relus.idle = True

    def note(self, name: str, module: Any, output: Any) -> None:
        """Note what a module gave."""
        first = output[0] if isinstance(output, tuple | list) and output else output
        if not isinstance(first, torch.Tensor):
            return
        first = first.detach()
        relus = getattr(self._entered, "relus", None) if self.relus is not None else None
        if relus is not None and output is not first and isinstance(output, torch.Tensor):
            relus.note_output(name, module, output)
        if first.is_floating_point() and len(self._sums) < MOST:
            # Of all ways to ask whether each is finite the cheapest.
            self._sums.append((name, first.sum(dtype=_WIDER.get(first.dtype))))

    # What came of it

    def first_nonfinite(self) -> str | None:
        """Return which module's output was the first, since the last step logged, not to be finite."""
        self._close(False)
        for names, sums, _ in self._passes:
            bad = (~torch.isfinite(sums)).nonzero().flatten().tolist()
            if bad:
                return str(names[bad[0]])
        return None

    @property
    def passed(self) -> bool:
        """Whether a whole pass was seen since the last look."""
        return any(whole for _, _, whole in self._passes)

    def forget(self) -> None:
        """Forget the passes so far: a step has been logged."""
        self._leave_mode()
        self._passes.clear()
        self._sums = []
