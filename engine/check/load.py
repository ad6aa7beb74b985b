"""Loading a file for its classes: imports, classes, functions and constants run, and nothing else."""

import ast
import linecache
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "audited"
"""What the module is called: not `__main__`, so that nothing below that test runs."""
MOST_BYTES = 5_000_000


class NotLoaded(Exception):
    """A file whose classes cannot be had; the message says why."""


def load_classes(path: Path) -> dict[str, Any]:
    """Run what defines things in a file, and return its names; raise NotLoaded with a sentence."""
    text = _read(path)
    try:
        tree = ast.parse(text, str(path))
    except SyntaxError as error:
        raise NotLoaded(f"line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotLoaded(f"it is no Python: {error}") from None
    module = types.ModuleType(NAME)
    module.__file__ = str(path)
    sys.modules[NAME] = module
    sys.path.insert(0, str(path.parent))
    linecache.cache[str(path)] = (len(text), None, text.splitlines(True), str(path))
    for statement in _defining(tree.body):
        _run(statement, str(path), vars(module))
    return vars(module)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise NotLoaded(
                f"it is larger than {MOST_BYTES // 1_000_000} MB, as no program of a person is"
            )
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise NotLoaded("it is not UTF-8") from None
    except OSError as error:
        raise NotLoaded(error.strerror or str(error)) from None


def _run(statement: ast.stmt, file: str, names: dict[str, Any]) -> None:
    """Run one statement. An import or a constant that fails takes only its own names away."""
    try:
        exec(compile(ast.Module([statement], []), file, "exec", dont_inherit=True), names)
    except ImportError as error:
        _stand_in(statement, names, error)
    except Exception as error:
        if isinstance(statement, ast.ClassDef):
            what = f"{type(error).__name__}: {error}"
            raise NotLoaded(f"line {statement.lineno}: class {statement.name}: {what}") from None


def _stand_in(statement: ast.stmt, names: dict[str, Any], error: ImportError) -> None:
    """What a missing module is imported as: it can be asked for anything, and does nothing."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                names.setdefault(name, _Missing(str(error)))


class _Missing:
    """The place of a module that is not installed."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self


def _defining(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that define: of a `try` or an `if` those inside that do."""
    for statement in body:
        if isinstance(
            statement, ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ):
            yield statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            if statement.value is not None and _is_constant(statement.value):
                yield statement
        elif isinstance(statement, ast.Try):
            if all(isinstance(each, ast.Import | ast.ImportFrom) for each in statement.body):
                yield statement
            else:
                yield from _defining(statement.body)
        elif isinstance(statement, ast.If) and not _is_main(statement.test):
            yield from _defining(statement.body)
            yield from _defining(statement.orelse)


def _is_main(test: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(test))


_CHEAP = (
    "float", "int", "str", "bool", "tuple", "list", "dict", "set", "frozenset", "property", "TypeVar",
    "namedtuple", "count", "partial", "NewType", "staticmethod", "classmethod", "getLogger", "field",
)  # fmt: skip


def _is_constant(value: ast.expr) -> bool:
    """Whether a value is made of constants, names and lambdas: nothing is called but a few makers."""
    if isinstance(value, ast.Lambda):
        return True
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called not in _CHEAP:
                return False
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Await):
            return False
    return True
