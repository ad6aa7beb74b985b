"""Noticing graphs while a program runs: its classes as they are made, backward passes as they are called.

Each kind of graph (kinds.py) says which methods of a class may be its backward pass. Those are wrapped
for the time of the run and put back before anything is recorded; nothing else is changed.
"""

import builtins
import dataclasses
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .kinds import Call, Kind
from .variables import held_by

_build_class = builtins.__build_class__
_dataclass = dataclasses.dataclass

LIBRARIES = ("torch", "torchgen", "functorch", "sympy", "mpmath", "networkx", "numpy")
"""What torch brings: thousands of classes, none of them a learner's."""
Found = Callable[[Kind, Call], None]


@dataclass(eq=False)
class Watch:
    """Watches a run for the K-th backward pass, of all or of those called on a variable's node.

    `found` is called with it, in the place of the program's own call, and does not return.
    """

    kinds: tuple[Kind, ...]
    found: Found
    which: int = 1
    variable: str = ""
    called: int = 0
    """How many backward passes there were."""
    matching: int = 0
    """How many of them began at what the variable held."""
    classes: list[tuple[Kind, type]] = field(default_factory=list)
    is_over: bool = False
    """Whether all is as it was before."""
    _wrapped: list[tuple[type, str, Any]] = field(default_factory=list)
    _inside: bool = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch while the program runs."""
        for kind in self.kinds:
            for cls in kind.made_before():
                self._notice(kind, cls)
        builtins.__build_class__ = self._build
        dataclasses.dataclass = self._made_dataclass
        try:
            yield
        finally:
            self.put_back()

    def put_back(self) -> None:
        """Leave everything as it was before."""
        self.is_over = True
        builtins.__build_class__ = _build_class
        dataclasses.dataclass = _dataclass
        for cls, name, method in self._wrapped:
            setattr(cls, name, method)
        self._wrapped.clear()
        for kind in self.kinds:
            kind.stop()

    # Classes

    def _build(self, *args: Any, **options: Any) -> Any:
        made = _build_class(*args, **options)
        if isinstance(made, type):
            self._look_at(made)
        return made

    def _made_dataclass(self, cls: Any = None, /, **options: Any) -> Any:
        if cls is None:
            return lambda cls: self._made_dataclass(cls, **options)
        made = _dataclass(cls, **options)
        self._look_at(made)
        return made

    def _look_at(self, cls: type) -> None:
        if str(cls.__module__).partition(".")[0] in LIBRARIES:
            return
        for kind in self.kinds:
            try:
                names = kind.backward_names(cls)
            except Exception:
                continue
            if names:
                self._notice(kind, cls)
                return

    def _notice(self, kind: Kind, cls: type) -> None:
        self.classes = [pair for pair in self.classes if pair[1] is not cls] + [(kind, cls)]
        for name in kind.backward_names(cls):
            method = vars(cls).get(name)
            if callable(method) and not hasattr(method, "__of_watch__"):
                self._wrapped.append((cls, name, method))
                setattr(cls, name, self._wrapper(kind, name, method))
        kind.start(cls)

    # Calls

    def _wrapper(self, kind: Kind, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def backward(self_: Any, *args: Any, **options: Any) -> Any:
            go = functools.partial(method, self_, *args, **options)
            return self.calls(kind, Call(self_, name, go, sys._getframe(1)))

        vars(backward)["__of_watch__"] = True
        return backward

    def calls(self, kind: Kind, call: Call) -> Any:
        """Have a program's call go on as it would, unless it is the one that is wanted."""
        if self._inside:
            return call.go()
        self._inside = True
        try:
            self._backward(kind, call)
            return call.go()
        finally:
            self._inside = False

    def _backward(self, kind: Kind, call: Call) -> None:
        if not kind.is_backward(type(call.root), call.method):
            return
        self.called += 1
        if self.variable and not held_by(call.frame, self.variable, call.root):
            return
        self.matching += 1
        if self.matching == self.which:
            self.found(kind, call)
