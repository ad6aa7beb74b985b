"""The library of routines: machine code that every program of a process shares.

A routine is compiled when the first program needs it. So a program has no code of its own, and to plan
one takes as long as to fold it.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence

from ..native import jit
from ..native.vector_math import DECLARATIONS, functions
from .products import product
from .routine import Routine
from .routines import each, move, runs
from .steps import steps

WORDS = 32
"""The words of a descriptor."""

_EXECUTE = f"""
define void @execute(ptr %code, i64 %count) {{
entry:
  br label %next
next:
  %i = phi i64 [ 0, %entry ], [ %j, %one ]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %one, label %end
one:
  %at = mul i64 %i, {WORDS}
  %d = getelementptr inbounds i64, ptr %code, i64 %at
  %routine = load ptr, ptr %d, align 8
  call void %routine(ptr %d)
  %j = add i64 %i, 1
  br label %next
end:
  ret void
}}"""

_WRITE: dict[str, Callable[..., None]] = {
    "each": each,
    "product": product,
    "move": move,
    "runs": runs,
    "steps": steps,
}


def _nothing(code: int, count: int) -> None:
    """There are no instructions yet."""


class Library:
    """The routines compiled so far; it lives as long as the process."""

    def __init__(self) -> None:
        self._codes: list[jit.Code] = []
        self._addresses: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()
        self.execute: Callable[[int, int], object] = _nothing
        """Runs some instructions, one after the other: where they are, and how many."""
        self.execute_at = 0
        """Its address."""

    def addresses(self, wanted: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
        """Return the address of every routine, by its kind and details; write those there are not."""
        with self._lock:
            missing = [key for key in dict.fromkeys(wanted) if key not in self._addresses]
            if missing:
                self._add(missing)
            return self._addresses

    def _add(self, missing: Sequence[tuple[str, ...]]) -> None:
        made = []
        for key in missing:
            routine = Routine("_".join(key), jit.lanes())
            _WRITE[key[0]](routine, *key[1:])
            made.append(routine)
        called = set[tuple[str, int]]().union(*(routine.called for routine in made))
        first = [_EXECUTE] if self.execute is _nothing else []
        texts = [DECLARATIONS, functions(called), *(routine.text for routine in made), *first]
        code = jit.Code("\n".join(texts))
        self._codes.append(code)
        for key, routine in zip(missing, made, strict=True):
            self._addresses[key] = code.address(routine.name)
        if first:
            signature = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
            self.execute_at = code.address("execute")
            self.execute = signature(self.execute_at)


LIBRARY = Library()
