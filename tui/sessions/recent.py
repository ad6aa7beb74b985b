"""The files that were opened last, kept in the user's state directory; where that cannot be, none are."""

import json
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

MOST = 12


def recent_files() -> list[Path]:
    """Return the files opened last that are still there, the newest first."""
    try:
        names = json.loads(_kept_in().read_text(encoding="utf-8"))
        paths = [Path(name) for name in names if isinstance(name, str)] if isinstance(names, list) else []
        return [path for path in paths if path.is_file()]
    except (OSError, ValueError, RecursionError):  # none yet, not readable, or not ours
        return []


def remember(path: Path) -> None:
    """Put a file first in the list; a disk that is full or read-only changes nothing."""
    with suppress(OSError, ValueError, RuntimeError):
        path = path.expanduser().absolute()
        others = [other for other in recent_files() if other != path]
        _write(_kept_in(), [str(each) for each in (path, *others)][:MOST])


def _write(kept: Path, names: list[str]) -> None:
    """Write beside it, then take its place: whoever reads sees the old list or the new one."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=kept.parent, suffix=".new", delete=False, encoding="utf-8") as file:
        try:
            json.dump(names, file)
            file.close()
            Path(file.name).replace(kept)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _kept_in() -> Path:
    from platformdirs import user_state_path

    return user_state_path("micrograd-tui", appauthor=False) / "recent.json"
