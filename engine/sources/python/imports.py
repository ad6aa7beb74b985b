"""What a file of Python imports and defines, read from its text: nothing of it runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

ARITHMETIC = ("__add__", "__mul__")


def is_of_torch(place: str) -> bool:
    """Whether a file works with PyTorch, and has no engine of its own, nor one beside it."""
    path = Path(place)
    nodes = _nodes(path)
    if not any("torch" in _imported(node) for node in nodes):
        return False
    beside = (node for name in _beside(path, nodes) for node in _nodes(name))
    return not any(_is_engine(node) for node in (*nodes, *beside))


def _nodes(path: Path) -> list[ast.AST]:
    try:
        return list(ast.walk(ast.parse(path.read_bytes())))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _imported(node: ast.AST) -> list[str]:
    """The packages that a statement imports from."""
    if isinstance(node, ast.Import):
        return [name.name.partition(".")[0] for name in node.names]
    return [(node.module or "").partition(".")[0]] if isinstance(node, ast.ImportFrom) else []


def _beside(path: Path, nodes: list[ast.AST]) -> Iterator[Path]:
    """Yield the files in the same folder that are imported."""
    names = [name for node in nodes for name in _modules(node)]
    for name in dict.fromkeys(names):
        for file in (path.parent / f"{name}.py", path.parent / name / "__init__.py"):
            if file.is_file():
                yield file


def _modules(node: ast.AST) -> list[str]:
    """The modules that a statement imports, as paths."""
    if isinstance(node, ast.Import):
        return [name.name.replace(".", "/") for name in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    module = (node.module or "").replace(".", "/")
    return [module, *(f"{module}/{name.name}".lstrip("/") for name in node.names)]


def _is_engine(node: ast.AST) -> bool:
    """Whether it is a class that adds or multiplies, and has a way back."""
    if not isinstance(node, ast.ClassDef):
        return False
    methods = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
    return any("back" in name for name in methods) and any(name in ARITHMETIC for name in methods)
