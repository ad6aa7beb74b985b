"""Lines that hold an object: JSON, or a Python dict as it is printed, behind what a logger put before.

A dict is parsed and never evaluated.
"""

import ast
import json
import math
import re
from collections.abc import Iterator
from typing import Any

from ..flatten import DEEPEST, MOST
from .found import Found, Numbers

MOST_TRIES = 20
"""Braces at which an object may begin."""
LONGEST_DICT = 1_000_000
_DECODER = json.JSONDecoder()
_GRADIENTS = re.compile(r"grad_fn=<[^<>]*>")
_NAMES = ("key", "metric", "tag", "name")
_WRITTEN = re.compile(r"[-+]?(?:[\d.]+(?:e[-+]?\d+)?|nan|inf)", re.IGNORECASE)
_BROKEN = (ValueError, RecursionError, MemoryError, SyntaxError, TypeError, OverflowError)


def read_object(line: str) -> Found | None:
    """Return the numbers of the object in a line, those of inner ones as `train/loss`."""
    for start in _starts(line):
        read = _json(line, start)
        if read is None:
            read = _dict(line[start:])
        if isinstance(read, dict) and read:
            return Found(_named(read, _flat(read)))
    return None


def _starts(line: str) -> Iterator[int]:
    at = line.find("{")
    for _ in range(MOST_TRIES):
        if at < 0:
            return
        yield at
        at = line.find("{", at + 1)


def _json(line: str, start: int) -> Any:
    try:
        return _DECODER.raw_decode(line, start)[0]
    except _BROKEN:
        return None


def _dict(text: str) -> Any:
    text = _GRADIENTS.sub("grad_fn=None", text[: text.rfind("}") + 1])
    if not re.match(r"\{\s*['\"\w]", text) or len(text) > LONGEST_DICT:
        return None
    try:
        return _value(ast.parse(text, mode="eval").body)
    except _BROKEN:
        return None


def _value(node: ast.expr) -> Any:
    """Return what a literal stands for, and of a call, such as `tensor(0.5)`, what it is called with."""
    match node:
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return {_key(key): _value(value) for key, value in pairs if key is not None}
        case ast.Constant():
            return node.value
        case ast.UnaryOp(op=ast.USub()):
            value = _value(node.operand)
            return -value if isinstance(value, int | float) else None
        case ast.Name(id="nan" | "NaN" | "inf" | "Infinity"):
            return float(node.id)
        case ast.Call(args=[first, *_]):
            return _value(first)
        case ast.List(elts=[only]) | ast.Tuple(elts=[only]):
            return _value(only)
    return None


def _key(node: ast.expr) -> Any:
    return node.id if isinstance(node, ast.Name) else _value(node)


def _named(given: dict[Any, Any], numbers: Numbers) -> Numbers:
    """Call a `value` by the name that stands beside it."""
    name = next((given[key] for key in _NAMES if isinstance(given.get(key), str)), None)
    if name is None or "value" not in numbers:
        return numbers
    return {name if key == "value" else key: x for key, x in numbers.items()}


def _flat(given: dict[Any, Any]) -> Numbers:
    """Return the numbers of nested dicts; words that are numbers are some, true is none."""
    found: Numbers = {}
    waiting = [("", given, DEEPEST)]
    while waiting and len(found) < MOST:
        before, each, deepest = waiting.pop(0)
        for key, value in each.items():
            if isinstance(value, dict):
                waiting += [(f"{before}{key}/", value, deepest - 1)] * bool(deepest)
            elif (x := _number(value)) is not None:
                found[f"{before}{key}"] = x
    return found


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _WRITTEN.fullmatch(value.strip()):
        return None
    try:
        x = float(value)
    except (ValueError, OverflowError):
        return None
    return x if not isinstance(value, int) or math.isfinite(x) else None
