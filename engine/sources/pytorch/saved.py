"""What a node keeps of its forward op for the backward pass: tensors by name, shape and bytes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch

from ...recording.tensor import Saved, Summary
from .summary import dtype_name, shape_of, summarise

LONGEST = 60
WRAPPED = 1 << 63
"""From here on a number that PyTorch shows unsigned is a negative one: padding_idx=-1."""


class SavedTensors:
    """Reads what nodes have saved; each storage is counted at the first node that keeps it."""

    def __init__(
        self,
        ids: Mapping[Any, int] | None = None,
        name: Callable[[Any], str] = lambda tensor: "",
        held: Iterable[Any] = (),
    ) -> None:
        """`ids` are the graph's nodes, `name` what the program calls a tensor, `held` its own."""
        self._ids, self._name = ids or {}, name
        self._makers: dict[int, int] = {}
        """The address of a storage -> the node that made what is in it."""
        for tensor in held:
            self._note_maker(tensor)
        self._names: dict[type, tuple[str, ...]] = {}
        self._storages: dict[int, int] = {}

    def of(self, node: Any) -> tuple[Saved, ...]:
        """Return what a node keeps; what has been freed, or cannot be read, is left out."""
        return tuple(
            saved for name, thing in self._things(node) for saved in self._described(name, thing)
        )

    def summaries(self, node: Any) -> Iterator[tuple[str, Summary]]:
        """Yield the saved tensors of numbers, by name."""
        for name, thing in self._things(node):
            things = thing if isinstance(thing, tuple | list) else (thing,)
            for tensor in things:
                if isinstance(tensor, torch.Tensor) and (
                    tensor.is_floating_point() or tensor.is_complex()
                ):
                    yield name, summarise(tensor)

    def tensor(self, node: Any, name: str) -> Any:
        """Return a saved tensor by the name that `of` gives it; None where there is none."""
        for short, thing in self._things(node):
            if isinstance(thing, torch.Tensor) and short == name:
                return thing
            if isinstance(thing, tuple | list) and name.startswith(f"{short}["):
                items = (item for i, item in enumerate(thing) if f"{short}[{i}]" == name)
                return next((item for item in items if isinstance(item, torch.Tensor)), None)
        return None

    def _things(self, node: Any) -> Iterator[tuple[str, Any]]:
        names = self._names.get(type(node))
        if names is None:
            names = self._names[type(node)] = tuple(filter(_is_saved, dir(type(node))))
        for name in names:
            short = name.removeprefix("_saved_")
            if _by_hook(getattr(node, f"_raw_saved_{short.removeprefix('saved_')}", None)):
                yield short, "kept by a hook of the program's"
                continue
            try:
                yield short, getattr(node, name)
            except Exception:
                continue

    def _described(self, name: str, thing: Any) -> Iterator[Saved]:
        if isinstance(thing, torch.Tensor):
            yield self._tensor(name, thing)
        elif isinstance(thing, tuple | list) and any(isinstance(item, torch.Tensor) for item in thing):
            for i, item in enumerate(thing):
                yield from self._described(f"{name}[{i}]", item)
        elif thing is not None and thing != ():
            yield Saved(name, text=str(_signed(thing))[:LONGEST])

    def _note_maker(self, tensor: Any) -> int | None:
        """Note which node of the graph made a tensor, if one has."""
        try:
            maker = self._ids.get(tensor.grad_fn)
            if maker is not None:
                self._makers.setdefault(tensor.untyped_storage().data_ptr(), maker)
        except Exception:  # a sparse tensor, or one of a class of its own
            return None
        return maker

    def _tensor(self, name: str, tensor: Any) -> Saved:
        try:
            storage = tensor.untyped_storage()
            address, size = storage.data_ptr() or id(tensor), storage.nbytes()
        except Exception:  # a sparse tensor, or one of a class of its own
            address, size = id(tensor), tensor.element_size() * tensor._nnz() if tensor.is_sparse else 0
        new = address not in self._storages
        number = self._storages.setdefault(address, len(self._storages))
        made = self._note_maker(tensor)
        cut = None if made is not None or tensor.requires_grad else self._makers.get(address)
        size = size if new else 0
        label = "" if made is not None else self._name(tensor)
        return Saved(
            name,
            shape_of(tensor),
            dtype_name(tensor.dtype),
            size,
            number,
            text=_number(tensor) if made is None and not label else "",
            made_by=made,
            label=label,
            cut_from=cut,
        )


def _number(tensor: Any) -> str:
    """Return the number that a tensor of one holds, as PyTorch makes of those in a program."""
    try:
        return "" if tensor.dim() or tensor.requires_grad else str(tensor.item())[:LONGEST]
    except Exception:  # one without data, or of a class of its own
        return ""


def _signed(thing: Any) -> Any:
    """Return a plain argument with the sign that PyTorch's own view of it has lost."""
    if isinstance(thing, tuple | list):
        return type(thing)(map(_signed, thing))
    if isinstance(thing, int) and not isinstance(thing, bool) and WRAPPED <= thing < 2 * WRAPPED:
        return thing - 2 * WRAPPED
    return thing


def _is_saved(name: str) -> bool:
    """Whether an attribute is of what was saved; of sizes that a shape says too, it is not."""
    if name.endswith(("_sym_sizes", "_sym_strides")):
        return False
    return name.startswith("_saved_") or name == "saved_tensors"


def _by_hook(raw: Any) -> bool:
    """Whether reading would call a hook, which may do half of the forward pass again."""
    raws = raw if isinstance(raw, tuple | list) else (raw,)
    return any(getattr(each, "unpack_hook", None) is not None for each in raws)
