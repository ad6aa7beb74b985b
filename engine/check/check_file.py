"""Auditing a file: its classes are loaded, those that look like engines audited, one after the other."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..sources.learner.discover import discover, looks_like_engine
from ..sources.learner.engine import NotAnEngine
from .audit.audit import Audit
from .findings import Report, plain_report
from .load import NAME, NotLoaded, load_classes


def answer(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do the job in the child process: audit the classes of `job["file"]`."""
    return plain_report(check_file(Path(job["file"]), job.get("shown", job["file"])))


def check_file(path: Path, shown: str = "") -> Report:
    """Audit every engine that a file defines, or imports from its own folder."""
    report = Report(shown or str(path))
    try:
        space = load_classes(path.absolute())
    except NotLoaded as error:
        report.refusal = str(error)
        return report
    found = engine_classes(space, path.absolute().parent)
    refusals = []
    for cls in found:
        try:
            engine = discover(cls)
        except NotAnEngine as error:
            refusals.append(str(error))
            continue
        report.classes.append(Audit(engine, space, _line_of(cls)).run())
    if not report.classes:
        report.refusal = "; ".join(refusals) or _nothing_found(space)
    return report


def engine_classes(space: Mapping[str, Any], folder: Path) -> list[type]:
    """The classes that look like engines: of the file itself, else those it has from beside it."""
    classes = [each for each in space.values() if isinstance(each, type) and looks_like_engine(each)]
    own = [cls for cls in classes if cls.__module__ == NAME]
    beside = [cls for cls in classes if _file_of(cls).is_relative_to(folder)] if not own else []
    chosen = list(dict.fromkeys(own or beside))
    # Of a family the class that the others are made from is audited, once.
    return [
        cls for cls in chosen if not any(cls is not other and issubclass(cls, other) for other in chosen)
    ]


def _file_of(cls: type) -> Path:
    return Path(getattr(sys.modules.get(cls.__module__), "__file__", None) or "/dev/null")


def _line_of(cls: type) -> int:
    import inspect

    try:
        return inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return 0


def _nothing_found(space: Mapping[str, Any]) -> str:
    classes = [name for name, each in space.items() if isinstance(each, type) and each.__module__ == NAME]
    have = f"its classes are {', '.join(classes)}" if classes else "it has no class"
    return f"no class looks like an engine, with __add__, __mul__ and a backward method: {have}"
