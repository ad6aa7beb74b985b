"""Just-in-time compilation: from the text of LLVM functions to addresses that can be called.

This is the one file that names llvmlite, an optional dependency; its first compilation imports it.
"""

import threading
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from ..ir.trace import CannotCompile
from .vector_math import c_functions

_lock = threading.Lock()


def is_installed() -> bool:
    """Return whether llvmlite can be imported, without doing it."""
    return find_spec("llvmlite") is not None


@lru_cache(maxsize=1)
def lanes() -> int:
    """Return how many doubles the host's widest instructions hold."""
    features = _prepared().get_host_cpu_features()
    return 8 if features.get("avx512f") else 4


@lru_cache(maxsize=1)
def _prepared() -> Any:
    """Return llvmlite's binding, ready for this machine and with the C library's functions."""
    try:
        import llvmlite.binding as llvm
    except ImportError as missing:  # the extra [native] is not installed, or not for this platform
        raise CannotCompile("llvmlite is not installed: pip install 'micrograd-tui[native]'") from missing
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    try:
        functions = c_functions()
    except (AttributeError, OSError) as missing:
        raise CannotCompile(f"the C library was not found: {missing}") from missing
    for name, address in functions.items():
        llvm.add_symbol(name, address)
    return llvm


class Code:
    """Machine code of a module; it lives as long as this object."""

    def __init__(self, text: str, quick: bool = False) -> None:
        with _lock:
            llvm = _prepared()
            try:
                self._engine: Any = _compiled(llvm, text, 0 if quick else 2)
            except RuntimeError as refused:
                raise CannotCompile(f"this version of llvmlite refused the code: {refused}") from refused

    def address(self, name: str) -> int:
        """Return the address of a function."""
        return int(self._engine.get_function_address(name))


def _compiled(llvm: Any, text: str, effort: int) -> Any:
    # Effort 0 keeps numbers in registers less well: up to twice the time of a step, a sixth of this time.
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=effort,
        jit=True,
    )
    module = llvm.parse_assembly(text)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine
