"""Passes that go along each path by themselves: `parent.backward(g * local)`, and where they go wrong.

Such a pass visits a node once for each way to it, with a part of its gradient. It is right, if slow; but
what was in a node when its rule ran says nothing there.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from ...sources.learner.engine import Engine
from .source import Place, tree_of


def goes_by_path(backward: CodeType, call: Callable[[], Any]) -> bool:
    """Whether a pass that takes a gradient calls itself again for the inputs."""
    if backward.co_argcount < 2:
        return False
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code is backward

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        call()
    except Exception:
        return False
    finally:
        sys.setprofile(before)
    return calls > 1


def forgetful_call(engine: Engine, backward: CodeType) -> Place | None:
    """The line that calls the pass for an input and leaves the gradient that arrived out of it."""
    for owner, function in _functions(tree_of(backward.co_filename)):
        given = {each.arg for each in function.args.args} - {"self"}
        for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
            named = getattr(call.func, "attr", "") in (engine.backward, engine.rule_name)
            used = {
                name.id for each in call.args for name in ast.walk(each) if isinstance(name, ast.Name)
            }
            if named and given and call.args and not used & given:
                return Place(owner, backward.co_filename, call.lineno)
    return None


def _functions(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield each function that holds no other, with the name of the method it is in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, node.name)
        elif isinstance(node, ast.FunctionDef):
            name = owner if "." in owner else f"{owner}.{node.name}"
            inner = list(_functions(node, name))
            yield from inner or [(name, node)]
