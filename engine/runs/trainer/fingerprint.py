"""The fingerprint of a machine and its software: the provenance of a run's last bits.

Its seed and configuration decide the rest. It is noted when a run starts and compared when it goes on, so
that a difference in the numbers has a name.
"""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def fingerprint(backend: str) -> dict[str, str]:
    """Return what this machine and its software are, as far as they decide the last bit."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{sys.platform} {platform.machine()}",
        "libc": _libc(),
        "backend": backend,
        "micrograd-tui": _version("micrograd-tui"),
        **({} if backend == "python" else {"numpy": _version("numpy"), "cpu": _cpu()}),
        **({"llvmlite": _version("llvmlite")} if backend == "native" else {}),
    }


def differences(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return a line for everything that is not as it was."""
    return [
        f"{key}: {before.get(key, 'none')} then, {now.get(key, 'none')} now"
        for key in sorted(before | now)
        if before.get(key) != now.get(key)
    ]


def _libc() -> str:
    # tanh, exp and log are the C library's: their last bit may change with it.
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        return platform.version()


def _cpu() -> str:
    # numpy and the native code use what vector instructions there are, and sum in their order.
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return platform.processor()
    named = [line for line in text.splitlines() if line.startswith("model name")]
    return named[0].partition(":")[2].strip() if named else platform.processor()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
