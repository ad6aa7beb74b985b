"""The lines of a learner's file: the text of one, and where a wrong factor was computed."""

import ast
import linecache
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType


@dataclass(frozen=True)
class Place:
    """A line that is blamed, and the rule it belongs to."""

    rule: str
    file: str
    line: int

    @property
    def code(self) -> str:
        """The text of the line."""
        return linecache.getline(self.file, self.line).strip()


def rule_name(code: CodeType) -> str:
    """Return what a function's rule is called: of a closure the method it was made in."""
    return code.co_qualname.partition(".<locals>")[0]


def def_of(code: CodeType) -> Place:
    """Return the `def` line of a function; of a decorated one the line below its decorators."""
    line = code.co_firstlineno
    while linecache.getline(code.co_filename, line).lstrip().startswith("@"):
        line += 1
    return Place(rule_name(code), code.co_filename, line)


@lru_cache(maxsize=16)
def tree_of(file: str) -> ast.Module:
    """Parse a file that was loaded; an empty tree where that cannot be."""
    try:
        return ast.parse("".join(linecache.getlines(file)) or Path(file).read_text("utf-8"))
    except (OSError, ValueError, SyntaxError):
        return ast.Module([], [])


@lru_cache(maxsize=4096)
def function_at(file: str, line: int) -> ast.AST | None:
    """Return the innermost function, or lambda, that a line lies in."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    around = [
        node
        for node in ast.walk(tree_of(file))
        if isinstance(node, kinds) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno, default=None)


@lru_cache(maxsize=4096)
def statement_at(file: str, line: int) -> ast.stmt | None:
    """Return the smallest statement that a line lies in."""
    around = [
        node
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return min(around, key=lambda node: (node.end_lineno or 0) - node.lineno, default=None)


def factor_line(place: Place, value: ast.expr | None) -> int:
    """Return where a factor was computed: `d = 1 - t` for `self.grad += d * out.grad`; else the place.

    Only where nothing else on the line could be wrong: names, gradients and products of them.
    """
    if value is None or not _only_names(value):
        return place.line
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    function: ast.AST | None = function_at(place.file, place.line)
    while function is not None:
        made = [
            node.lineno
            for node in ast.walk(function)
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and node.lineno < place.line
            and any(_is_factor(each, names) for each in _targets(node))
            and not _only_names(node.value)
        ]
        if made:
            return max(made)
        line = getattr(function, "lineno", 1) - 1
        outer = function_at(place.file, line)
        function = outer if outer is not function else None
    return place.line


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _is_factor(target: ast.expr, names: set[str]) -> bool:
    return (
        isinstance(target, ast.Name) and target.id in names and target.id not in ("out", "self", "other")
    )


def _only_names(value: ast.expr | None) -> bool:
    """Whether a factor is made of names, attributes and products alone, with a plain name among them."""
    if value is None:
        return True
    if isinstance(value, ast.BinOp):
        return isinstance(value.op, ast.Mult) and _only_names(value.left) and _only_names(value.right)
    if isinstance(value, ast.Attribute):
        return "grad" in value.attr.lower() or value.attr == "g"
    return isinstance(value, ast.Name)


def wrapping_line(place: Place) -> Place | None:
    """The line of a method that makes nodes of plain numbers, of those it knows."""
    function = function_at(place.file, place.line)
    for each in ast.walk(function) if function else ():
        if not isinstance(each, ast.stmt):
            continue
        wraps = isinstance(each, ast.Assign | ast.If) and "isinstance" in ast.unparse(each)
        if wraps and each.lineno < place.line:
            return Place(place.rule, place.file, each.lineno)
    return None


def assigned_at(file: str, name: str) -> int:
    """Return the line of a class that gives a method another name, `__rsub__ = __sub__`; 0 for none."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Assign) and any(_named(target, name) for target in node.targets):
            return node.lineno
    return 0


def _named(target: ast.expr, name: str) -> bool:
    return getattr(target, "id", getattr(target, "attr", "")) == name
