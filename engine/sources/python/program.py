"""Running other people's code as `python FILE.py` would, or a module, or the cells of a notebook."""

import builtins
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence, Set
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .notebook import NotANotebook, cell_name, cells_of, without_magics
from .refusal import Refusal, what_went_wrong

MOST_BYTES = 5_000_000
NOTEBOOK_BYTES = 200_000_000

Part = Callable[[dict[str, Any]], None]


def run_program(form: str, place: str, arguments: Sequence[str], loaded: Set[str]) -> dict[str, Any]:
    """Run it and return its names; raise Refusal where it cannot be run, or ends by an error.

    `loaded` are the modules that are there where a plain interpreter starts.
    """
    module = ModuleType("__main__")
    names = vars(module)
    sys.modules["__main__"] = module
    names["__builtins__"] = builtins
    if form == "script":
        run = _script(place, names, arguments, loaded)
    elif form == "notebook":
        run = _notebook(place, names, arguments, loaded)
    else:
        run = _module(place, names, arguments, loaded)
    run()
    return names


def _script(
    place: str, names: dict[str, Any], arguments: Sequence[str], loaded: Set[str]
) -> Callable[[], None]:
    path = Path(place)
    text = _read(path, MOST_BYTES)
    _start_in(path.absolute().parent, place, arguments, loaded)
    full = str(path.absolute())
    names |= {"__file__": full, "__cached__": None}
    names["__loader__"] = importlib.machinery.SourceFileLoader("__main__", full)
    code = _compiled(text, full)
    return lambda: _run(code, names)


def _notebook(
    place: str, names: dict[str, Any], arguments: Sequence[str], loaded: Set[str]
) -> Callable[[], None]:
    """The cells one by one; after one that fails the next is run all the same, as people do."""
    path = Path(place)
    try:
        cells = cells_of(_read(path, NOTEBOOK_BYTES))
    except NotANotebook as error:
        raise Refusal(f"it is no notebook: {error}") from None
    _start_in(path.absolute().parent, place, arguments, loaded)

    def run() -> None:
        failed: Refusal | None = None
        for number, text in cells:
            try:
                name = cell_name(str(path.absolute()), number)
                _run(_compiled(without_magics(text), name), names)
            except Refusal as error:
                failed = failed or error
                print(f"cell {number}: {error}", file=sys.stderr)
        names["__failed__"] = failed

    return run


def _module(
    place: str, names: dict[str, Any], arguments: Sequence[str], loaded: Set[str]
) -> Callable[[], None]:
    """As `python -m package.module` does."""
    _start_in(Path.cwd(), place, arguments, loaded)
    try:
        spec = importlib.util.find_spec(place)
        if spec is not None and spec.submodule_search_locations is not None:
            place += ".__main__"
            spec = importlib.util.find_spec(place)
    except BaseException as error:
        raise what_went_wrong(error) from None
    if (
        spec is None
        or spec.origin is None
        or not isinstance(spec.loader, importlib.machinery.SourceFileLoader)
    ):
        raise Refusal(f"there is no module {place}")
    sys.argv[0] = spec.origin
    package = place.rpartition(".")[0]
    names |= {
        "__file__": spec.origin,
        "__spec__": spec,
        "__package__": package,
        "__loader__": spec.loader,
    }
    code = _compiled(_read(Path(spec.origin), MOST_BYTES), spec.origin)
    return lambda: _run(code, names)


def _start_in(folder: Path, place: str, arguments: Sequence[str], loaded: Set[str]) -> None:
    """Give the program its arguments and its path, and let its own modules stand before ours."""
    sys.argv = [place, *arguments]
    sys.path.insert(0, str(folder))
    for name in [name for name in sys.modules if name not in loaded and "." not in name]:
        if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
            del sys.modules[name]  # one of the standard library that only we have imported so far


def _read(path: Path, most: int) -> bytes:
    try:
        if path.stat().st_size > most:
            raise Refusal(
                f"it is larger than {most // 1_000_000} MB, which no program is that somebody wrote"
            )
        return path.read_bytes()
    except OSError as error:
        raise Refusal(f"it cannot be read: {error.strerror or error}") from None


def _compiled(text: bytes | str, name: str) -> CodeType:
    try:
        return compile(text, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise what_went_wrong(error) from None


def _run(code: CodeType, names: dict[str, Any]) -> None:
    try:
        exec(code, names)
    except BaseException as error:
        raise what_went_wrong(error) from None
