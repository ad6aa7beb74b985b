"""What a program printed while it was run for its graph: kept in a file where no app shows it."""

from contextlib import suppress
from pathlib import Path


def keep_printed(printed: str, place: str) -> str:
    """Write it to a file of the user's cache and return its path; "" for nothing, or no room."""
    if not printed:
        return ""
    with suppress(OSError, ValueError, RuntimeError):
        from platformdirs import user_cache_path

        kept = user_cache_path("micrograd-tui", appauthor=False) / "printed" / f"{Path(place).name}.txt"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(printed, encoding="utf-8")
        return str(kept)
    return ""


def count_of(printed: str) -> str:
    """How much it is, in words: `12 lines`."""
    count = len(printed.splitlines())
    return f"{count:,} line{'s'[: count != 1]}"
