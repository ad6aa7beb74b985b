"""The theme a person has chosen, kept in a file of their configuration for the next time."""

import os
from contextlib import suppress
from pathlib import Path

LONGEST = 100  # bytes of a name; a longer file is not ours


def _file() -> Path:
    from platformdirs import user_config_path  # not needed to import the themes

    return user_config_path("micrograd-tui") / "theme"


def recall() -> str:
    """Return the name of the theme chosen last; "" if there is none, or it cannot be read."""
    try:
        with _file().open(encoding="utf-8") as file:
            return file.read(LONGEST).strip()
    except (OSError, ValueError, RuntimeError):
        return ""


def remember(name: str) -> None:
    """Keep a name, whole or not at all: beside the file first, then in its place.

    Where it cannot be written it is not kept; that is no reason to disturb anybody.
    """
    with suppress(OSError, RuntimeError):
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            beside.write_text(f"{name}\n", encoding="utf-8")
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
