"""Where a loss without a grad_fn was cut off from what asks for gradients: found in the program's text.

The line that made the loss is looked up, then those that made what it was computed from, until one turns
tensors that have a gradient into one that has none.
"""

import ast
import inspect
import linecache
from collections.abc import Iterator
from types import FrameType, FunctionType
from typing import Any

import torch

from .lines import is_theirs

CUTTERS = (
    *(
        "detach",
        "detach_",
        "item",
        "numpy",
        "tolist",
        "requires_grad_",
        "tensor",
        "as_tensor",
        "from_numpy",
    ),
    *("argmax", "argmin", "long", "int", "bool", "sign", "round"),
)
"""Methods, attributes and functions whose result, or whose argument's numbers, have no gradient."""
NO_GRAD = ("no_grad", "inference_mode", "set_grad_enabled")
STEPS = 20
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Statement = tuple[ast.stmt, tuple[ast.AST, ...]]
"""A statement and what stands around it."""


def where_cut(root: Any, frame: FrameType | None) -> str:
    """Return the end of a sentence that names the line; "" where it was not found."""
    if frame is None:
        return ""
    try:
        line = _Search(frame).line_of(root)
    except (SyntaxError, OSError, RecursionError):
        return ""
    if isinstance(line, str):
        return f"; {line}"
    file = frame.f_code.co_filename
    return f"; it was cut off at {file}:{line}: {linecache.getline(file, line).strip()}" if line else ""


class _Search:
    def __init__(self, frame: FrameType) -> None:
        self._frame = frame
        tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
        self._statements = list(_statements(_body_of(tree, frame.f_code.co_firstlineno)))
        self._seen: set[int] = set()

    def line_of(self, root: Any) -> int | str:
        """Return the line at which a tensor was cut off, a sentence, or 0."""
        name = next((name for name, value in self._frame.f_locals.items() if value is root), "")
        if name:
            return self._made(name, self._frame.f_lineno)
        return next(
            (self._cut(made) for made in self._statements if _holds(made, self._frame.f_lineno)), 0
        )

    def _made(self, name: str, before: int) -> int | str:
        """Look at the last statement before a line that binds a name."""
        found = [made for made in self._statements if _binds(made[0], name) and made[0].lineno <= before]
        return self._cut(found[-1]) if found and found[-1][0].lineno not in self._seen else 0

    def _cut(self, made: Statement) -> int | str:
        statement, around = made
        self._seen.add(statement.lineno)
        if len(self._seen) > STEPS:
            return 0
        if any(_is_no_grad(outer) for outer in around) or any(map(_cuts, ast.walk(statement))):
            return statement.lineno
        values = [(name, self._value(name)) for name in _names(statement)]
        for name, value in values:
            if (
                said := _of_module(name, value)
                if isinstance(value, torch.nn.Module)
                else _of_function(value)
            ):
                return said
        tensors = [(name, value) for name, value in values if isinstance(value, torch.Tensor)]
        deeper = (
            self._made(name, statement.lineno) for name, value in tensors if not value.requires_grad
        )
        return next((found for found in deeper if found), 0)

    def _value(self, name: str) -> Any:
        return self._frame.f_locals.get(name, self._frame.f_globals.get(name))


def _of_module(name: str, module: Any) -> str:
    """Say why a module's output has no gradient, if that is seen from outside or in its forward."""
    parameters = list(module.parameters())
    if parameters and not any(each.requires_grad for each in parameters):
        return f"no parameter of {name} asks for one (requires_grad=False)"
    for part in module.modules():
        function = type(part).forward
        if not type(part).__module__.startswith("torch."):
            line = _line_in(function)
            if line:
                return f"it was cut off in {type(part).__name__}.forward at {line}"
    return ""


def _of_function(value: Any) -> str:
    """Say where a function of the program's cuts off what it is given, or one that decorates it."""
    value = inspect.unwrap(value) if isinstance(value, FunctionType) else value
    if not isinstance(value, FunctionType) or not is_theirs(value.__code__.co_filename):
        return ""
    line = _line_in(value)
    return f"it was cut off in {value.__name__} at {line}" if line else ""


def _line_in(function: Any) -> str:
    """Return the first line of a function that cuts off what it is given."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(_dedented(lines))
    except (OSError, TypeError, SyntaxError):
        return ""
    for statement, around in _statements(tree.body[0]):
        if any(map(_is_no_grad, around)) or any(map(_cuts, ast.walk(statement))):
            line = first + statement.lineno - 1
            file = inspect.getsourcefile(function) or ""
            return f"{file}:{line}: {lines[statement.lineno - 1].strip()}"
    return ""


def _dedented(lines: list[str]) -> str:
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "".join(line[indent:] or "\n" for line in lines)


def _body_of(tree: ast.AST, first_line: int) -> ast.AST:
    """The function whose code begins at a line; the module, where none does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [each.lineno for each in node.decorator_list]
            if first_line in (node.lineno, *decorators):
                return node
    return tree


def _statements(tree: ast.AST, around: tuple[ast.AST, ...] = ()) -> Iterator[Statement]:
    """Yield the simple statements of a body in order, without those of functions defined in it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node, (*around, tree)
        elif isinstance(node, ast.stmt | ast.ExceptHandler) and not isinstance(node, _DEFINITIONS):
            yield from _statements(node, (*around, tree))


def _holds(made: Statement, line: int) -> bool:
    return made[0].lineno <= line <= (made[0].end_lineno or made[0].lineno)


def _binds(statement: ast.stmt, name: str) -> bool:
    """Whether a statement gives a name a value."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(statement)
    )


def _cuts(node: ast.AST) -> bool:
    """Whether an expression takes numbers out of the graph."""
    if isinstance(node, ast.Compare):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Attribute):
        return called.attr in CUTTERS and not (called.attr == "requires_grad_" and not _says_false(node))
    if isinstance(called, ast.Name):
        return called.id in ("float", "int", "bool")
    return isinstance(node, ast.Attribute) and node.attr == "data"


def _says_false(call: ast.AST) -> bool:
    return any(isinstance(node, ast.Constant) and node.value is False for node in ast.walk(call))


def _is_no_grad(node: ast.AST) -> bool:
    if isinstance(node, ast.With | ast.AsyncWith):
        marks: list[ast.expr] = [item.context_expr for item in node.items]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        marks = node.decorator_list
    else:
        return False
    named = (part for mark in marks for part in ast.walk(mark))
    return any(getattr(part, "attr", getattr(part, "id", "")) in NO_GRAD for part in named)


def _names(statement: ast.stmt) -> list[str]:
    nodes = ast.walk(statement)
    loaded = (node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return list(dict.fromkeys(loaded))
