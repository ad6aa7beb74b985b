"""Discovery finds the parts of a class by trying it, and leaves it as it was."""

import textwrap

import pytest

from micrograd_tui.engine.sources.learner.discover import (
    backward_methods,
    discover,
    looks_like_engine,
)
from micrograd_tui.engine.sources.learner.engine import NotAnEngine

CLOSURES = """
class Scalar:
    made = 0
    tape = []
    def __init__(self, {data}, kids=(), how=""):
        Scalar.made += 1
        self.{data}, self.{grad}, self.{parents}, self.how = {data}, 0.0, set(kids), how
        self.push = lambda: None
        Scalar.tape.append(self)
    def __add__(self, other):
        out = Scalar(self.{data} + other.{data}, (self, other), "+")
        def push():
            self.{grad} += out.{grad}
            other.{grad} += out.{grad}
        out.push = push
        return out
    def __mul__(self, other):
        out = Scalar(self.{data} * other.{data}, (self, other), "*")
        def push():
            self.{grad} += out.{grad} * other.{data}
            other.{grad} += out.{grad} * self.{data}
        out.push = push
        return out
    def go_back(self):
        self.{grad} = 1.0
        for node in reversed(Scalar.tape):
            node.push()
"""


def defined(text, name="Scalar", **names):
    space = {"__name__": "somebodys"}
    exec(textwrap.dedent(text.format(**names) if names else text), space)
    return space[name]


@pytest.mark.parametrize(
    ("data", "grad", "parents"),
    [("data", "grad", "_prev"), ("v", "slope", "made_of"), ("zahl", "ableitung", "eltern")],
)
def test_names_do_not_matter(data, grad, parents):
    engine = discover(defined(CLOSURES, data=data, grad=grad, parents=parents))

    assert (engine.data_name, engine.grad_name) == (data, grad)
    assert engine.parents_at == ((parents,),)
    assert (engine.rule_name, engine.backward, engine.family) == ("push", "go_back", "closures")
    assert engine.op_at == ("how",)


def test_no_trace_is_left_on_the_class():
    cls = defined(CLOSURES, data="data", grad="grad", parents="parents")
    names = set(vars(cls))

    discover(cls)

    assert (cls.made, cls.tape, set(vars(cls))) == (0, [], names)


def test_it_looks_like_an_engine_before_anything_is_tried():
    cls = defined(CLOSURES, data="data", grad="grad", parents="parents")

    assert looks_like_engine(cls)
    assert backward_methods(cls) == ["go_back"]
    assert cls.made == 0
    assert not looks_like_engine(complex)
    assert not looks_like_engine(3)


def test_what_was_not_found_is_named_with_the_line_to_add():
    cls = defined("""
    class Scalar:
        def __init__(self, q): self.q = q
        def __add__(self, other): return Scalar(self.q + other.q)
        def __mul__(self, other): return Scalar(self.q * other.q)
        def backward(self): pass
    """)

    with pytest.raises(NotAnEngine, match=r'data \(q\).*not its parents.*dict\(parents="NAME"\)'):
        discover(cls)


def test_a_class_may_say_what_its_parts_are_called():
    cls = defined(CLOSURES, data="data", grad="grad", parents="parents")
    cls.__micrograd_tui__ = {"data": "data", "grad": "grad", "parents": "parents", "backward": "go_back"}

    assert discover(cls).backward == "go_back"
    assert backward_methods(cls)[0] == "go_back"
