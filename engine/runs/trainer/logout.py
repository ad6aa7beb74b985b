"""Whether systemd-logind ends a user's processes at logout, in a session of their own or not."""

import getpass
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
# systemd's order: what comes later wins, and a drop-in over the main file.
PLACES = ("usr/lib/systemd", "usr/local/lib/systemd", "run/systemd", "etc/systemd")


def ends_processes(root: Path = ROOT, user: str | None = None) -> bool:
    """Return whether systemd-logind is set to do so for this user, who does not linger."""
    if not (root / "run/systemd/system").is_dir():
        return False
    user = user or _user()
    settings = _settings(root)
    if settings.get("KillUserProcesses", "no").lower() not in ("yes", "true", "1", "on"):
        return False
    spared = settings.get("KillExcludeUsers", "root").split()
    return user not in spared and not (root / "var/lib/systemd/linger" / user).exists()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _settings(root: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in _files(root):
        try:
            text = path.read_text(errors="replace")
        except OSError:
            continue
        found |= dict(re.findall(r"^\s*(Kill\w+)\s*=\s*(.*?)\s*$", text, re.MULTILINE))
    return found


def _files(root: Path) -> Iterator[Path]:
    for place in PLACES:
        yield root / place / "logind.conf"
    found = [path for place in PLACES for path in (root / place / "logind.conf.d").glob("*.conf")]
    yield from sorted(found, key=lambda path: path.name)
