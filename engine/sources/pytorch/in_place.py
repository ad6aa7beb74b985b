"""Which lines of a program change tensors in place: for the one that a backward pass finds changed."""

import functools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import torch

from .lines import line_of_caller

MOST = 8
"""The changes of a tensor that are kept, the last ones."""
_NO_CHANGE = ("requires_grad_", "share_memory_", "detach_", "retain_grad_", "rename_")
_AUGMENTED = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "and",
    "or",
    "xor",
    "lshift",
    "rshift",
)


class InPlace:
    """The last changes in place of each storage, by its address: the version each made, and its line."""

    def __init__(self) -> None:
        self._changes: dict[int, list[tuple[int, str]]] = {}

    def start(self) -> list[Callable[[], Any]]:
        """Note from now on; return what takes that back."""
        undo: list[Callable[[], Any]] = []
        for owner, names in ((torch.Tensor, _methods()), (torch, _functions())):
            for name in names:
                undo.append(self._note(owner, name))
        return undo

    def line(self, tensor: Any, kept: int) -> str:
        """Return the line that first changed a tensor after it was kept, at a version of it."""
        found, before = "", tensor._version + 1
        for version, line in reversed(self._changes.get(_address(tensor), ())):
            if not kept < version < before:
                break  # of a tensor that stood here earlier
            found, before = line, version
        return found

    def _note(self, owner: Any, name: str) -> Callable[[], Any]:
        original, own = getattr(owner, name), name in vars(owner)

        @functools.wraps(original)
        def changing(*arguments: Any, **options: Any) -> Any:
            result = original(*arguments, **options)
            with suppress(Exception):
                changed = arguments[0]
                for tensor in changed if isinstance(changed, list | tuple) else (changed,):
                    self._changed(tensor)
            return result

        forget = _known_to_script(original, changing)
        setattr(owner, name, changing)

        def undo() -> None:
            forget()
            if own:
                setattr(owner, name, original)
            else:
                delattr(owner, name)

        return undo

    def _changed(self, tensor: Any) -> None:
        changes = self._changes.setdefault(_address(tensor), [])
        changes.append((tensor._version, line_of_caller()))
        del changes[:-MOST]


def _known_to_script(original: Any, stand_in: Any) -> Callable[[], Any]:
    """Let torch.jit.script, which knows builtins by id, take one for the other; return the undoing."""
    with suppress(Exception):
        builtins = torch.jit._builtins
        name = builtins._find_builtin(original)
        if name is not None:
            builtins._register_builtin(stand_in, name)
            return lambda: builtins._get_builtin_table().pop(id(stand_in), None)
    return lambda: None


def _address(tensor: Any) -> int:
    return int(tensor.untyped_storage().data_ptr())


def _methods() -> list[str]:
    named = [name for name in dir(torch.Tensor) if name.endswith("_") and not name.startswith("_")]
    augmented = [f"__i{name}__" for name in _AUGMENTED if hasattr(torch.Tensor, f"__i{name}__")]
    return [*(name for name in named if name not in _NO_CHANGE), *augmented, "__setitem__"]


def _functions() -> list[str]:
    """`torch.relu_`, and what optimizers call with lists of tensors."""
    named = [name for name in dir(torch) if name.endswith("_") and not name.endswith("__")]
    return [
        name for name in named if not name.startswith("_") or name.startswith(("_foreach_", "_fused_"))
    ]
