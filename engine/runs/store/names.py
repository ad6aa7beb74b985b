"""Names of runs: unique in their directory, and good file names on every system."""

import re
from pathlib import Path

from .schema import BadRun

_LONGEST = 80
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}


def path_of(directory: Path, name: str) -> Path:
    """Return where the run of this name is kept; raise BadRun for what is no name."""
    if name != safe(name):
        raise BadRun(
            f"{name!r} is not a valid name for a run: letters, digits, spaces and . _ - inside, "
            f"{_LONGEST} at most, as {safe(name)!r}"
        )
    return directory / f"{name}.sqlite"


def safe(wanted: str) -> str:
    """Return the nearest to `wanted` that may be a name."""
    name = re.sub(r"[^\w. -]+", "-", wanted)[:_LONGEST].strip(" .-")
    while len(name.encode()) > 2 * _LONGEST:
        name = name[:-1]
    return f"run-{name}" if name.split(".")[0].lower() in _DEVICES else name or "run"


def free_name(directory: Path, wanted: str, number: bool = False) -> str:
    """Return `wanted`, or `wanted-2` and on if that is taken; with `number` start at `wanted-1`."""
    wanted, count = safe(wanted), 1
    while True:
        name = f"{wanted}-{count}" if number or count > 1 else wanted
        if not exists(directory / f"{name}.sqlite"):
            return name
        count += 1


def quoted(name: str) -> str:
    """Return a name as it is typed on a command line."""
    return f"'{name}'" if " " in name else name


def exists(path: Path) -> bool:
    """Return whether there is such a file; raise BadRun where that cannot be seen."""
    try:
        return path.exists()
    except OSError as error:
        raise BadRun(f"{path}: {error.strerror or error}") from None
