"""What is no fault and good to know: a second backward pass, and how deep a graph may be."""

from ..trials.expression import Expression
from ..trials.trial import Workbench

TWICE = Expression("(a * b) * a")
DEEP = 3000


def limits(bench: Workbench, faulty: bool) -> list[str]:
    """Return what limits an engine, a sentence each; of a faulty one the depth alone."""
    return [*([] if faulty else _second_pass(bench)), *_depth(bench)]


def _second_pass(bench: Workbench) -> list[str]:
    engine = bench.engine
    try:
        (a, *_), root = bench.forward(TWICE, (2.0, 3.0))
        getattr(root, engine.backward)()
        once = engine.grad(a)
    except Exception:
        return []
    try:
        getattr(root, engine.backward)()
    except Exception as error:
        return [f"a graph is freed by {engine.backward}(): a second call is a {type(error).__name__}"]
    twice = engine.grad(a)
    if not engine.parents(root):
        return [f"a graph is freed by {engine.backward}(): a second call does nothing to its leaves"]
    if twice == 2 * once:
        return []
    if twice == once:
        return [f"{engine.backward}() starts anew each time: gradients do not add up over two calls"]
    return [
        f"inner gradients are kept over a second {engine.backward}(): `{TWICE.text}` gives"
        f" {once:g} and then {twice:g}, where PyTorch has {2 * once:g}"
    ]


def _depth(bench: Workbench) -> list[str]:
    try:
        node = first = bench.leaf(1.0)
        for _ in range(DEEP):
            node = node + first
        getattr(node, bench.engine.backward)()
    except RecursionError:
        return [
            f"a chain of {DEEP:,} additions is too deep: RecursionError, Python's limit is about 1,000"
        ]
    except Exception:
        return []
    return []
