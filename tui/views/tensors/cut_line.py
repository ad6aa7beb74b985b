"""Which line of a program cut a tensor off from its gradient; read, never executed."""

import ast
from collections.abc import Iterator
from functools import lru_cache

from ..steps.source_line import place_of, shown_source, source_lines

CUTTERS = ("detach", "detach_", "item", "numpy", "tolist", "data", "argmax", "argmin")
"""Methods and attributes whose result has no gradient."""
NO_GRAD = ("no_grad", "inference_mode")
Found = tuple[int, str]
"""A line, and what on it cuts."""


@lru_cache(maxsize=512)
def cut_said(source: str, name: str = "") -> str:
    """Say what on a line, or on one that made what it uses, cut a tensor off; "" for nothing."""
    file, line = place_of(source)
    try:
        found = _cut_on(_body(file, line), line, name)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    if found is None:
        return ""
    at, what = found
    where = "" if at == line else f" at {shown_source(f'{file}:{at}')}"
    return f"{what}{where} cuts off what it is given"


@lru_cache(maxsize=8)
def _tree(file: str) -> ast.Module:
    return ast.parse("\n".join(source_lines(file)))


def _body(file: str, line: int) -> ast.AST:
    """The innermost function around a line, or the module."""
    tree: ast.AST = _tree(file)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            tree = node
    return tree


def _cut_on(body: ast.AST, line: int, name: str) -> Found | None:
    """What cuts on the statement of a line, else on those that bound its names, or one of them."""
    statement = next((each for each in _statements(body) if _holds(each, line)), None)
    if statement is None:
        return None
    if not name and (what := _cutter(statement)):
        return statement.lineno, what
    for used in [name] if name else _names(statement):
        before = (each for each in _statements(body) if each.lineno < statement.lineno)
        made = [each for each in before if _binds(each, used)]
        if made and (what := _no_grad_around(body, made[-1]) or _cutter(made[-1])):
            return made[-1].lineno, what
    return None


def _statements(body: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.walk(body):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node


def _holds(statement: ast.stmt, line: int) -> bool:
    return statement.lineno <= line <= (statement.end_lineno or statement.lineno)


def _cutter(statement: ast.stmt) -> str:
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and node.attr in CUTTERS:
            return f".{node.attr}{'' if node.attr == 'data' else '()'}"
    return ""


def _names(statement: ast.stmt) -> list[str]:
    nodes = ast.walk(statement)
    return [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]


def _binds(statement: ast.stmt, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(statement)
    )


def _no_grad_around(body: ast.AST, statement: ast.stmt) -> str:
    """The `with torch.no_grad()` that a statement stands in."""
    for node in ast.walk(body):
        if isinstance(node, ast.With) and _holds(node, statement.lineno):
            for part in (part for item in node.items for part in ast.walk(item.context_expr)):
                name = getattr(part, "attr", getattr(part, "id", ""))
                if name in NO_GRAD:
                    return f"{name}()"
    return ""
