"""Running other people's code as `python FILE.py` would, or a module, or the cells of a notebook."""

import builtins
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence, Set
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .notebook import NotANotebook, cell_name, cells_of, without_magics
from .refusal import Refusal, how_it_exited, what_went_wrong
from .variables import AtReturn, local_of, lookup

MOST_BYTES = 5_000_000
NOTEBOOK_BYTES = 200_000_000


class Program:
    """A program being run: its names, the code that ran in them, and the first cell that failed."""

    def __init__(self, variable: str = "") -> None:
        """`variable` is what is looked for; one of a function's is watched, where the module has none."""
        self._variable = variable
        self._returns: AtReturn | None = None
        self._module = ModuleType("__main__")
        self.names = vars(self._module)
        self.names["__builtins__"] = builtins
        self.codes: list[CodeType] = []
        self.failed: Refusal | None = None
        self.exited = ""
        """How it ended itself with an error; "" where it did not."""

    @property
    def scopes(self) -> list[tuple[dict[str, Any], CodeType]]:
        """Its names with each code that ran in them."""
        return [(self.names, code) for code in reversed(self.codes)]

    def run(self, form: str, place: str, arguments: Sequence[str], loaded: Set[str]) -> None:
        """Run it; raise Refusal where it cannot be run, or ends by an error.

        `loaded` are the modules that are there where a plain interpreter starts.
        """
        sys.modules["__main__"] = self._module
        start = partial(_start_in, place=place, arguments=arguments, loaded=loaded)
        {"script": self._script, "notebook": self._notebook, "module": self._of_package}[form](
            place, start
        )

    def _script(self, place: str, start: Callable[[Path], None]) -> None:
        path = Path(place)
        text, full = _read(path, MOST_BYTES), str(path.absolute())
        start(path.absolute().parent)
        self.names |= {"__file__": full, "__cached__": None}
        self.names["__loader__"] = importlib.machinery.SourceFileLoader("__main__", full)
        self._execute(text, full)

    def _notebook(self, place: str, start: Callable[[Path], None]) -> None:
        """The cells one by one; after one that fails the next is run all the same, as people do."""
        path = Path(place)
        try:
            cells = cells_of(_read(path, NOTEBOOK_BYTES))
        except NotANotebook as error:
            raise Refusal(f"it is no notebook: {error}") from None
        start(path.absolute().parent)
        for number, text in cells:
            try:
                self._execute(without_magics(text), cell_name(str(path.absolute()), number))
            except Refusal as error:
                self.failed = self.failed or Refusal(f"cell {number} failed: {error}")

    def _of_package(self, place: str, start: Callable[[Path], None]) -> None:
        """As `python -m package.module` does."""
        start(Path.cwd())
        try:
            spec = importlib.util.find_spec(place)
            if spec is not None and spec.submodule_search_locations is not None:
                place += ".__main__"
                spec = importlib.util.find_spec(place)
        except BaseException as error:
            raise what_went_wrong(error) from None
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            raise Refusal(f"there is no module {place}")
        sys.argv[0] = spec.origin
        package = place.rpartition(".")[0]
        self.names |= {"__file__": spec.origin, "__spec__": spec, "__package__": package}
        self.names["__loader__"] = spec.loader
        self._execute(_read(Path(spec.origin), MOST_BYTES), spec.origin)

    @property
    def held(self) -> Any:
        """What the variable holds at the end; of a function's, what it held when that returned."""
        if not self._variable:
            return None
        at_return = self._returns.held if self._returns else None
        return lookup(self.names, self._variable, at_return)

    def _execute(self, text: bytes | str, name: str) -> None:
        try:
            code = compile(text, name, "exec", dont_inherit=True)
            self.codes.append(code)
            self._watch_returns(code)
            exec(code, self.names)
        except SystemExit as error:
            self.exited = how_it_exited(error)
        except BaseException as error:
            raise what_went_wrong(error) from None
        finally:
            sys.setprofile(None)

    def _watch_returns(self, code: CodeType) -> None:
        """It makes each call slower: only for a variable that is none of the module's."""
        first = self._variable.partition(".")[0].partition("[")[0]
        if first and first not in code.co_names and (within := local_of(code, first)):
            self._returns = AtReturn(within, self._variable)
            sys.setprofile(self._returns)


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
