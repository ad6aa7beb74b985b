"""What a file of Python imports and defines, read from its text: nothing of it runs."""

import ast
from pathlib import Path

ENGINE = ("__add__", "__mul__")


def is_of_torch(place: str) -> bool:
    """Whether a file works with PyTorch, and defines no engine of its own."""
    try:
        nodes = list(ast.walk(ast.parse(Path(place).read_bytes())))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(map(_imports_torch, nodes)) and not any(map(_is_engine, nodes))


def _imports_torch(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(name.name.partition(".")[0] == "torch" for name in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "torch"


def _is_engine(node: ast.AST) -> bool:
    """Whether it is a class that adds or multiplies."""
    return isinstance(node, ast.ClassDef) and any(
        isinstance(each, ast.FunctionDef) and each.name in ENGINE for each in node.body
    )
