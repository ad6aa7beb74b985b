"""What a program calls its nodes: by variables, by places in lists and models, not by what `for` sets."""

from types import CodeType, SimpleNamespace
from typing import Any

from micrograd_tui.engine.sources.python.variables import lookup, loop_variables, names_of


class Node:
    """Stands for a node."""


def code(text: str) -> CodeType:
    return compile(text, "p.py", "exec")


def names(held: dict[str, Any], text: str = "") -> dict[str, Any]:
    return names_of([(held, code(text))], lambda thing: isinstance(thing, Node))


def test_variables_go_before_places_and_each_node_has_one_name() -> None:
    a, b, c = Node(), Node(), Node()
    found = names({"xs": [b, a], "a": a, "again": a, "d": {"k": (c,)}})

    assert found == {"a": a, "xs[0]": b, "d.k[0]": c}


def test_a_models_attributes_are_gone_through() -> None:
    w = Node()
    model = type("Model", (), {"__module__": "__main__"})()
    model.layers = [type("Layer", (), {"__module__": "__main__"})()]
    model.layers[0].w = [w]
    model.layers[0].model = model  # a circle

    assert names({"m": model}) == {"m.layers[0].w[0]": w}
    assert names({"space": SimpleNamespace(w=w)}) == {}  # one of the standard library's


def test_what_for_sets_is_no_name() -> None:
    text = "for p in ps: x = p\nfor i, (q, r) in ps:\n    pass\nfor _ in range(3): y = 1\n"

    assert loop_variables(code(text)) == {"p", "i", "q", "r", "_"}
    p = Node()
    assert names({"p": p, "ps": [p]}, "for p in ps: pass") == {"ps[0]": p}


def test_the_innermost_function_goes_first() -> None:
    node = Node()
    scopes = [({"inner": node}, code("")), ({"outer": node}, code(""))]

    assert names_of(scopes, lambda thing: isinstance(thing, Node)) == {"inner": node}


def test_a_place_is_looked_up() -> None:
    held = {"a": SimpleNamespace(b=[1, [2]])}

    assert lookup(held, "a.b[1][0]", None) == 2
    assert lookup(held, "a.b[-2]", None) == 1
    assert lookup(held, "a.c", "none") == lookup(held, "z", "none") == "none"
