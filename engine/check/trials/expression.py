"""A small expression in somebody's nodes: its text is what is run, and what a finding shows."""

import ast
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Any

FILE = "<expression>"


@dataclass(frozen=True)
class Expression:
    """Text such as `d = a + b; d*d` in leaves of one letter; `functions` are the file's own."""

    text: str
    functions: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The names that are given and not computed, in order."""
        used = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name)]
        made = {node.id for node in used if isinstance(node.ctx, ast.Store)}
        return tuple(sorted({node.id for node in used} - made - self.functions.keys()))

    @property
    def _tree(self) -> ast.Module:
        return ast.parse("\n".join(part.strip() for part in self.text.split(";")), FILE)

    @cached_property
    def compiled(self) -> tuple[CodeType, CodeType]:
        """Return the code of the assignments and the code of the result."""
        *before, last = self._tree.body
        assert isinstance(last, ast.Expr)
        first = compile(ast.Module(before, []), FILE, "exec")
        return first, compile(ast.Expression(last.value), FILE, "eval")

    def tidied(self) -> "Expression":
        """Return it without needless brackets."""
        return Expression("; ".join(map(ast.unparse, self._tree.body)), self.functions)

    def flipped(self, seed: int) -> "Expression":
        """Return the same sum with operands of + and * exchanged here and there."""
        tree = _Flip(random.Random(seed)).visit(self._tree)
        return Expression("; ".join(map(ast.unparse, tree.body)), self.functions)


def evaluate(expression: Expression, values: Sequence[Any]) -> Any:
    """Run an expression on its leaves: nodes or plain numbers."""
    first, last = expression.compiled
    names = dict(expression.functions) | dict(zip(expression.leaves, values, strict=True))
    names["__name__"] = FILE
    exec(first, names)
    return eval(last, names)


class _Flip(ast.NodeTransformer):
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Exchange the operands of a sum or product of nodes, or not."""
        self.generic_visit(node)
        commutes = isinstance(node.op, ast.Add | ast.Mult)
        constant = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
        if commutes and not constant and self.chance.random() < 0.5:
            node.left, node.right = node.right, node.left
        return node
