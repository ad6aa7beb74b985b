"""A graph of somebody's nodes, read once: an order with parents first, inputs in argument order, ops."""

import contextlib
from dataclasses import dataclass, field
from typing import Any

from ...ops import Op
from .attributes import as_number, value_at
from .engine import Engine, NotAnEngine
from .op_names import Locals, known_op
from .origins import Origin, Origins, origin


@dataclass(eq=False)
class LearnerGraph:
    """The nodes a root depends on; `index` finds a node's place by its `id`: theirs may not hash."""

    engine: Engine
    order: list[Any]
    index: dict[int, int]
    parents: list[list[int]]
    data: list[float]
    ops: list[Op | None] = field(default_factory=list)
    origins: list[Origin | None] = field(default_factory=list)

    @property
    def root(self) -> int:
        """The place of the root."""
        return len(self.order) - 1


def read_graph(root: Any, engine: Engine, origins: Origins | None = None) -> LearnerGraph:
    """Read the graph below a root; raise NotAnEngine where it is none."""
    order, raw = _walk(root, engine)
    index = {id(node): i for i, node in enumerate(order)}
    graph = LearnerGraph(engine, order, index, [], [_data(engine, node) for node in order])
    graph.origins = _read_origins(order, engine, origins)
    for i, node in enumerate(order):
        given = [index[id(parent)] for parent in raw[id(node)]]
        if not given:
            graph.parents.append(given)
            graph.ops.append(None)
            continue
        op, parents = _op(graph, node, i, given)
        graph.parents.append(parents)
        graph.ops.append(op)
    return graph


def _walk(root: Any, engine: Engine) -> tuple[list[Any], dict[int, list[Any]]]:
    """Depth first with a stack of our own: their chains may be deeper than Python recurses."""
    order: list[Any] = []
    raw: dict[int, list[Any]] = {}
    done: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, entered = stack.pop()
        key = id(node)
        if entered:
            done.add(key)
            order.append(node)
            continue
        if key in raw:
            if key not in done:
                raise NotAnEngine("the graph has a cycle: a node is among what it was made from")
            continue
        raw[key] = parents = _inputs(engine, node)
        stack.append((node, True))
        stack.extend((parent, False) for parent in reversed(parents) if id(parent) not in done)
    return order, raw


def _data(engine: Engine, node: Any) -> float:
    found = as_number(getattr(node, engine.data_name, None))
    if found is None:
        shown = repr(getattr(node, engine.data_name, None))[:40]
        raise NotAnEngine(f"a node's {engine.data_name} is {shown}; only single numbers can be shown")
    return found


def _read_origins(order: list[Any], engine: Engine, origins: Origins | None) -> list[Origin | None]:
    if origins is None:
        return [None] * len(order)
    classes, read = engine_classes(engine, order), dict[int, Origin | None]()
    stacks = list(map(origins.of, order))
    for stack in stacks:
        if id(stack) not in read:
            read[id(stack)] = origin(stack, classes) if stack else None
    return [read[id(stack)] for stack in stacks]


def engine_classes(engine: Engine, order: list[Any]) -> set[str]:
    """The names of the classes whose methods are the engine: the nodes' own, and their contexts'."""
    kinds = {kind for node in order[-99:] for kind in type(node).__mro__}
    if engine.family == "functions":
        contexts = (value_at(node, engine.op_at) for node in order)
        kinds |= {kind for each in contexts for kind in type(each).__mro__}
        kinds |= {kind for each in contexts if isinstance(each, type) for kind in each.__mro__}
    return {kind.__name__ for kind in kinds if kind.__module__ != "builtins"}


def _inputs(engine: Engine, node: Any) -> list[Any]:
    """Inputs in argument order: where a set forgot it, the rule's `self` and `other` still know."""
    given, rule = engine.parents(node), engine.rule(node)
    closure = getattr(rule, "__closure__", None)
    if not closure or not given:
        return given
    cells = {}
    for name, cell in zip(rule.__code__.co_freevars, closure, strict=True):
        with contextlib.suppress(ValueError):  # a cell that nothing was put into yet
            if engine.is_node(cell.cell_contents) and cell.cell_contents is not node:
                cells[name] = cell.cell_contents
    known = [cells.pop("self")] if "self" in cells else []
    known += cells.values()
    return known if set(map(id, known)) == set(map(id, given)) and len(known) >= len(given) else given


def _op(graph: LearnerGraph, node: Any, i: int, parents: list[int]) -> tuple[Op, list[int]]:
    """The op, and its parents as it takes them: a set keeps one of `a*a`, and no order of `a-b`."""
    made_by = graph.origins[i]
    text = graph.engine.op(node) or (made_by.method if made_by else "")
    locals_ = _locals(graph.engine, node)
    likely = [parents]
    if len(parents) == 2 and parents[0] != parents[1]:
        likely.append(parents[::-1])
    elif len(parents) == 1:
        likely.append(parents * 2)
    ops = []
    for inputs in likely:
        values = [graph.data[parent] for parent in inputs]
        op = known_op(text, graph.data[i], values, locals_ if inputs is parents else None)
        if op.vjps is not None:
            return op, inputs
        ops.append(op)
    return ops[0], parents


def _locals(engine: Engine, node: Any) -> Locals:
    if not engine.locals_at or engine.family != "local gradients":
        return None
    numbers = [as_number(x) for x in value_at(node, engine.locals_at) or ()]
    return [x for x in numbers if x is not None] if None not in numbers else None
