"""The names of a program's modules and parameters, as PyTorch users write them: `h[3].attn`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import torch


class Modules:
    """The outermost modules that a program's variables hold, all below them, and their parameters."""

    def __init__(self, held: Mapping[str, Any]) -> None:
        """`held` are the modules and tensors that variables hold, by their names."""
        modules = {name: thing for name, thing in held.items() if isinstance(thing, torch.nn.Module)}
        self.outermost = _outermost(modules)
        self.scopes: dict[Any, str] = {}
        self.names: dict[int, str] = {}
        """By the id of a tensor: parameters by their module's name, others by their variable's."""
        self.owners: dict[int, list[Any]] = {}
        self.parameters: list[Any] = []
        self._models: dict[int, str] = {}
        self.tensors = [thing for thing in held.values() if isinstance(thing, torch.Tensor)]
        for name, module in self.outermost.items():
            self._add(name, name if len(self.outermost) > 1 else "", module)
        for name, thing in held.items():
            if isinstance(thing, torch.Tensor):
                self.names.setdefault(id(thing), name)

    def _add(self, variable: str, prefix: str, outermost: Any) -> None:
        for name, module in outermost.named_modules():
            self.scopes.setdefault(module, in_brackets(_joined(prefix, name)))
            for parameter in module._parameters.values():
                if parameter is not None:
                    self.owners.setdefault(id(parameter), []).append(module)
        for name, parameter in outermost.named_parameters():
            if id(parameter) not in self.names:
                self.names[id(parameter)] = _joined(prefix, name)
                self._models[id(parameter)] = variable
                self.parameters.append(parameter)
        for name, buffer in outermost.named_buffers():
            self.names.setdefault(id(buffer), _joined(prefix, name))

    def name(self, tensor: Any) -> str:
        """Return what the program calls a leaf; "" where no variable holds it."""
        return self.names.get(id(tensor), "")

    def model(self, tensor: Any) -> str:
        """Return the variable of the outermost module that holds a parameter; "" of another tensor."""
        return self._models.get(id(tensor), "")

    def scope(self, stack: Iterator[Any]) -> str | None:
        """Return the name of the innermost module of a stack that has one; None where none has."""
        return next((self.scopes[module] for module in stack if module in self.scopes), None)

    def owner(self, leaf: Any, scope: str | None) -> str | None:
        """Return the scope of the module that holds a parameter, where that is inside a scope."""
        scopes = [self.scopes[module] for module in self.owners.get(id(leaf), ())]
        if scope in scopes:
            return scope
        return next((each for each in scopes if is_inside(each, scope or "")), None)


def is_inside(scope: str, outer: str) -> bool:
    """Whether a scope is another, or lies inside of it."""
    return not outer or scope == outer or scope.startswith((f"{outer}.", f"{outer}["))


def in_brackets(name: str) -> str:
    """Return `h[3].attn` for `h.3.attn`."""
    return re.sub(r"(?:^|\.)(\d+)(?=\.|$)", r"[\1]", name)


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix and name else prefix or name


def _outermost(held: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the modules that another one holds, and second names of one."""
    inside = {id(part) for module in held.values() for part in list(module.modules())[1:]}
    found: dict[int, str] = {}
    for name, module in held.items():
        if id(module) not in inside:
            found.setdefault(id(module), name)
    return {name: held[name] for name in found.values()}
