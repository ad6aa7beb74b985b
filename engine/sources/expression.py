"""A typed expression becomes a graph: `d = a*b; tanh(d) + d` with a=2, b=-3.

Parsed by `ast` and walked with an allow list; nothing is evaluated by Python. What is not on the list
is refused with the column marked.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from textwrap import dedent
from typing import Any, TypeVar

from ..ops import OPS
from ..value import Value
from .functions import ARGUMENTS, CONSTANTS, MODULES, computed, counted

MAX_LENGTH, MAX_DEPTH, MAX_NODES = 10_000, 200, 10_000

EXACT = 2**53
"""From here on a float does not hold every whole number."""

T = TypeVar("T")
_OPERATORS: dict[type[ast.AST], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("div", operator.truediv),
    ast.Pow: ("pow", operator.pow),
}


class ExpressionError(ValueError):
    """What is wrong with an expression, and in which column (from 1) of which line."""

    def __init__(self, message: str, text: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"column {column}: {message}")
        self.marked = f"{_lines(text)[line - 1]}\n{' ' * (column - 1)}^"


def parse_expression(text: str, numbers: Mapping[str, float] | None = None) -> Value:
    """Return the root of the graph `text` describes, its nodes labelled with the names used.

    `;` (or a new line) separates assignments; the last one is the root. Names that get no number are
    leaves of value 1. Raise ExpressionError for anything else, also for a number nobody uses.
    """
    text = dedent(text)  # lines copied out of a function
    if len(text) > MAX_LENGTH:
        message = f"the expression has {len(text)} characters; at most {MAX_LENGTH} are read"
        raise ExpressionError(message, text)
    reader = _Reader(text, dict(numbers or {}))
    root = reader.root(_parsed(text))
    if unused := sorted(set(numbers or {}) - reader.used):
        near = [name for name in reader.used if name.lower() == unused[0].lower()]
        asked = f"; did you mean {near[0]}?" if near else ""
        raise ExpressionError(f"{unused[0]} is given a number but does not occur{asked}", text)
    return root


def _parsed(text: str) -> list[ast.stmt]:
    try:
        statements = ast.parse(text).body
    except SyntaxError as error:
        line = min(error.lineno or 1, len(_lines(text)))
        at = min(max(error.offset or 1, 1), len(_lines(text)[line - 1]) + 1)
        message = f"this is not an expression ({error.msg})"
        raise ExpressionError(message, text, line, at) from None
    except (RecursionError, MemoryError):
        raise ExpressionError("this is nested too deeply", text) from None
    except ValueError as error:
        raise ExpressionError(str(error), text) from None
    if not statements:
        raise ExpressionError("there is nothing here to compute", text)
    return statements


def _lines(text: str) -> list[str]:
    # As Python's parser has it; splitlines() would also end a line at a form feed or U+2028.
    return re.split(r"\r\n|\r|\n", text)


class _Reader:
    """Walks the syntax tree of one expression, making nodes; `names` are the ones known so far."""

    def __init__(self, text: str, numbers: dict[str, float]) -> None:
        self.text = text
        self.numbers = numbers
        self.names: dict[str, Value | float] = {}
        self.used: set[str] = set()
        self.bound: dict[str, int] = {}
        """How often each name has been assigned to after its first node."""
        self.made = 0

    def root(self, statements: list[ast.stmt]) -> Value:
        computed = [each for each in statements if not _is_left_out(each)]
        if not computed:
            raise ExpressionError("there is nothing here to compute", self.text)
        for statement in computed:
            value = self.statement(statement)
        return value

    def statement(self, statement: ast.stmt) -> Value:
        if root := self.begun_at(statement):
            return root
        if isinstance(statement, ast.Expr):
            return self.node(self.read(statement.value, 0))
        if isinstance(statement, ast.AugAssign):  # c += x is c = c + x
            left = ast.copy_location(_loaded(statement.target), statement)
            changed = ast.BinOp(left, statement.op, statement.value)
            return self.assign(statement.target, ast.copy_location(changed, statement))
        if not isinstance(statement, ast.Assign):
            raise self.refusal(statement, "only `name = expression` and a last expression can stand here")
        if len(statement.targets) > 1:
            raise self.refusal(statement.targets[0], "only a single name can be assigned to")
        return self.assign(statement.targets[0], statement.value)

    def begun_at(self, statement: ast.stmt) -> Value | None:
        """The node of a line that says where the pass begins, `loss.backward()`."""
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.args:
            return None
        known = self.names.get(self.name_of(call.func.value))
        return self.node(known) if call.func.attr == "backward" and known is not None else None

    def assign(self, target: ast.expr, expression: ast.expr) -> Value:
        name = self.name_of(target)
        if not name:
            raise self.refusal(target, "only a single name can be assigned to")
        value = self.node(self.read(expression, 0))
        if name in self.numbers and name not in self.used:
            given = f"{self.numbers[name]:g}"
            raise self.refusal(target, f"{name} is given {given} beside the expression, which assigns it")
        # A name bound anew is another node: c, then c', so that no line reads c.grad += c.grad.
        self.bound[name] = self.bound.get(name, -1 + (name in self.names)) + 1
        value.label = value.label or name + "'" * self.bound[name]
        self.names[name] = value
        return value

    def name_of(self, tree: ast.expr) -> str:
        """What a name or an index such as w[0] is called; "" for anything else."""
        if isinstance(tree, ast.Name):
            return tree.id
        if isinstance(tree, ast.Subscript) and (of := self.name_of(tree.value)):
            parts = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
            numbers = [part.value for part in parts if isinstance(part, ast.Constant)]
            if len(numbers) == len(parts) and all(type(number) is int for number in numbers):
                return f"{of}[{', '.join(map(str, numbers))}]"
        return ""

    def read(self, tree: ast.expr, depth: int) -> Value | float:
        """Return a node, or a plain number where only numbers met."""
        if depth > MAX_DEPTH:
            raise self.refusal(tree, f"this is nested more than {MAX_DEPTH} deep")
        if isinstance(tree, ast.BinOp):
            return self.binary(tree, depth)
        if isinstance(tree, ast.UnaryOp):
            return self.unary(tree, depth)
        if isinstance(tree, ast.Call):
            return self.call(tree, depth)
        if name := self.name_of(tree):
            return self.name(name, tree)
        if isinstance(tree, ast.Attribute) and self.module(tree.value) and tree.attr in CONSTANTS:
            return CONSTANTS[tree.attr]
        if isinstance(tree, ast.Attribute) and (module := self.module(tree.value)):
            raise self.refusal(tree, f"{module}.{tree.attr} is not known here")
        if isinstance(tree, ast.Constant):
            return self.constant(tree)
        raise self.refusal(tree, "only numbers, names, + - * / ** and functions can stand here")

    def binary(self, tree: ast.BinOp, depth: int) -> Value | float:
        spine: list[ast.BinOp] = []  # a long sum leans left: walk down it instead of recursing
        left: ast.expr = tree
        while isinstance(left, ast.BinOp):
            spine.append(left)
            left = left.left
        value = self.read(left, depth + 1)
        for operation in reversed(spine):
            if type(operation.op) not in _OPERATORS:
                raise self.refusal(operation.right, "the operators are + - * / and **", before=True)
            value = self.apply(operation, value, self.read(operation.right, depth + 1))
        return value

    def apply(self, tree: ast.BinOp, a: Value | float, b: Value | float) -> Value | float:
        name, operation = _OPERATORS[type(tree.op)]
        if isinstance(a, Value) or isinstance(b, Value):
            made: Value = operation(a, b)
            return self.count(tree, made)
        forward = OPS[name].forward
        number = forward(a, b) if forward else 0.0
        return number if abs(number) < EXACT else _as_float(number)

    def unary(self, tree: ast.UnaryOp, depth: int) -> Value | float:
        value = self.read(tree.operand, depth + 1)
        if isinstance(tree.op, ast.USub):
            return self.count(tree, -value)
        if isinstance(tree.op, ast.UAdd):
            return value
        raise self.refusal(tree, "the signs are + and -")

    def call(self, tree: ast.Call, depth: int) -> Value | float:
        name, operands = self.called(tree)
        if name == "Value":
            return self.leaf(tree)
        if name not in ARGUMENTS:
            raise self.refusal(tree.func, f"the functions are {', '.join(ARGUMENTS)}")
        if tree.keywords or any(isinstance(argument, ast.Starred) for argument in tree.args):
            raise self.refusal(tree, f"{name} takes plain arguments only")
        if listed := _listed(name, operands):  # sum([a, b]) is sum(a, b)
            operands = listed
        least, most = ARGUMENTS[name]
        if not least <= len(operands) <= most:
            taken = counted(name, len(operands) - len(tree.args))
            raise self.refusal(tree, f"{name} takes {taken} here, not {len(tree.args)}")
        values = [self.read(operand, depth + 1) for operand in operands]
        return self.count(tree, computed(name, [self.node(values[0]), *values[1:]]))

    def leaf(self, tree: ast.Call) -> Value:
        """What micrograd's own `Value(2.0)` makes, or `Value(2.0, label="a")`."""
        labels = {each.arg: each.value for each in tree.keywords}
        label = labels.pop("label", None)
        text = label.value if isinstance(label, ast.Constant) and isinstance(label.value, str) else ""
        numbers = [self.read(argument, 0) for argument in tree.args]
        if labels or (label and not text) or len(numbers) != 1 or isinstance(numbers[0], Value):
            raise self.refusal(tree, "Value takes a number, and a label if any")
        return self.count(tree, Value(numbers[0], label=text))

    def called(self, tree: ast.Call) -> tuple[str, list[ast.expr]]:
        """Return which function is meant, and its operands: `tanh(x)`, `x.tanh()`, `np.tanh(x)`."""
        if not isinstance(tree.func, ast.Attribute):
            return getattr(tree.func, "id", ""), tree.args
        if module := self.module(tree.func.value):
            known = MODULES.get(module, {})
            if tree.func.attr not in known:
                asked, there = f"{module}.{tree.func.attr}", ", ".join(known)
                there = f"; of {module} there are {there}" if known else ""
                raise self.refusal(tree.func, f"{asked} is not known here{there}")
            return known[tree.func.attr], tree.args
        return tree.func.attr, [tree.func.value, *tree.args]

    def module(self, tree: ast.expr) -> str:
        """Which of the modules that people import is meant, as torch.nn; "" for a name of its own."""
        if isinstance(tree, ast.Attribute):
            outer = self.module(tree.value)
            return f"{outer}.{tree.attr}" if outer else ""
        name = tree.id if isinstance(tree, ast.Name) else ""
        return name if name in MODULES and name not in self.names and name not in self.numbers else ""

    def name(self, name: str, tree: ast.expr) -> Value | float:
        if "·" in name and name not in self.names:  # Python takes it for a letter, people for times
            raise self.refusal(tree, "· is no operator here; write *")
        self.used.add(name)
        if name not in self.names:
            self.names[name] = Value(self.numbers.get(name, CONSTANTS.get(name, 1.0)), label=name)
        return self.names[name]

    def constant(self, tree: ast.Constant) -> float:
        if isinstance(tree.value, bool) or not isinstance(tree.value, int | float):
            raise self.refusal(tree, "only real numbers can stand here")
        near = _as_float(tree.value)
        if math.isinf(near) and isinstance(tree.value, int):
            raise self.refusal(tree, "this number is too large")
        if near != tree.value and near == near:
            raise self.refusal(tree, f"a float cannot hold this number; the nearest is {int(near):,}")
        # An int stays one, so that a**2 is written as it was typed.
        return tree.value

    def node(self, value: Value | float) -> Value:
        return value if isinstance(value, Value) else Value(value)

    def count(self, tree: ast.AST, value: T) -> T:
        self.made += 1
        if self.made > MAX_NODES:
            raise self.refusal(tree, f"this makes more than {MAX_NODES} nodes")
        return value

    def refusal(self, tree: ast.AST, message: str, before: bool = False) -> ExpressionError:
        line = getattr(tree, "lineno", 1)
        # ast counts bytes; people count characters. `before` points left of an operand: its operator.
        encoded = _lines(self.text)[line - 1].encode()[: getattr(tree, "col_offset", 0)]
        column = len(encoded.decode(errors="ignore").rstrip() if before else encoded.decode())
        return ExpressionError(message, self.text, line, max(1, column + (not before)))


def _is_left_out(statement: ast.stmt) -> bool:
    """Whether it is a line around the expression: an import of what is known here anyway, a print."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return all(each.asname is None or each.asname in MODULES for each in statement.names)
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"


def _listed(name: str, operands: list[ast.expr]) -> list[ast.expr]:
    """Return what a function of many arguments is given in a list, as Python's own take it."""
    of_many = ARGUMENTS[name][1] > 2 and len(operands) == 1
    return operands[0].elts if of_many and isinstance(operands[0], ast.List | ast.Tuple) else []


def _as_float(number: float) -> float:
    """Return an int as the nearest float, infinite where there is none."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _loaded(tree: ast.expr) -> ast.expr:
    """Return what is assigned to as what is read."""
    return ast.Name(tree.id, ast.Load()) if isinstance(tree, ast.Name) else tree
