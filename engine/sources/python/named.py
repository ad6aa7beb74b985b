"""What a text names of Python: FILE.py, FILE.ipynb or package.module, and perhaps :NAME of a variable."""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Form = Literal["script", "notebook", "module"]
_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*|\[-?\d+\])*"
_FILE = re.compile(rf"(?P<place>.*\.(?P<suffix>py|ipynb))(?::(?P<name>{_NAME}))?", re.DOTALL)
_MODULE = re.compile(rf"(?P<place>[^\W\d]\w*(?:\.[^\W\d]\w*)+)(?::(?P<name>{_NAME}))?")


@dataclass(frozen=True)
class Named:
    """A script or notebook by its path, or a module by its name; and a variable of it, or ""."""

    form: Form
    place: str
    variable: str = ""


def named(text: str) -> Named | None:
    """Return what a text names, or None where it is about something else."""
    if found := _FILE.fullmatch(text):
        return Named(
            "script" if found["suffix"] == "py" else "notebook", found["place"], found["name"] or ""
        )
    if text.endswith(".json"):
        return None
    if (found := _MODULE.fullmatch(text)) and _there_is(found["place"].partition(".")[0]):
        return Named("module", found["place"], found["name"] or "")
    return None


def _there_is(package: str) -> bool:
    """Whether a package can be imported from here; nothing is imported to find out."""
    try:
        if Path(package).is_dir() or Path(f"{package}.py").is_file():
            return True
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError, OSError):
        return False
