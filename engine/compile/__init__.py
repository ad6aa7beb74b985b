"""The fast path: a recorded scalar graph, folded into matrix statements or native code."""

from .program import (
    CannotCompile,
    GuardFailed,
    Program,
    compile_function,
    compile_graph,
    recorded_comparisons,
)

__all__ = [
    "CannotCompile",
    "GuardFailed",
    "Program",
    "compile_function",
    "compile_graph",
    "recorded_comparisons",
]
