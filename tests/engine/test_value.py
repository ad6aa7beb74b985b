"""Value: operators, edges, memory, and standing in for micrograd's class."""

import gc
import math
import types
import warnings
import weakref
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

import pytest

from micrograd_tui.engine import Value, consumers, record, scope, source_lines, toposort

T = TypeVar("T")


def test_reflected_operators_take_plain_numbers_on_the_left() -> None:
    a = Value(4.0)

    assert sum([a, a], Value(0)).data == 8
    total: Any = sum([a, a])
    assert total.data == 8
    assert (1 - a).data == -3
    assert (1.5 / a).data == 0.375
    assert (2**a).data == 16
    assert (3 + a).data == 7
    assert (3 * a).data == 12


@pytest.mark.requires("numpy")
def test_numpy_numbers_work_on_both_sides() -> None:
    import numpy as np

    a = Value(3.0)

    for made in (np.float64(2) * a, a * np.float64(2)):
        assert isinstance(made, Value)
        assert made.data == 6
        assert type(made.data) is float


def test_a_times_a_has_two_edges() -> None:
    a = Value(3.0)
    square = a * a

    assert square.parents == (a, a)
    assert [slot for _, slot in consumers(square)[a]] == [0, 1]


def test_a_value_has_slots_and_no_dictionary() -> None:
    assert not hasattr(Value(1.0), "__dict__")
    with pytest.raises(AttributeError):
        Value(1.0).__setattr__("typo", 1)


def test_a_graph_is_freed_by_reference_counts_alone() -> None:
    gc.collect()
    gc.disable()
    try:
        a = Value(2.0)
        root = ((a * a).tanh() + a.exp()) ** 2
        root.backward()
        before = len(gc.get_objects())
        del root, a
        assert len(gc.get_objects()) < before
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_subclasses_survive_operators_on_either_side() -> None:
    class Mine(Value, spreads=True):
        __slots__ = ()

    for made in (
        Mine(1) + Value(2),
        Value(2) + Mine(1),
        1 - Mine(2),
        Mine(2) ** 2,
        Mine(2).tanh(),
        -Mine(1),
    ):
        assert type(made) is Mine


def test_a_value_of_a_value_is_refused_with_a_sentence() -> None:
    with pytest.raises(TypeError, match="not another Value"):
        Value(Value(2.0))
    with pytest.raises(TypeError, match="str"):
        Value(2.0) + "2"


def test_comparisons_look_at_the_numbers_and_equality_at_the_node() -> None:
    a, b = Value(1.0), Value(1.0)

    assert a <= b
    assert a > 0
    assert a < 2
    assert a != b
    assert len({a, b}) == 2


def test_labels_scopes_and_source_lines_are_kept() -> None:
    with scope("layer[0]"), scope("neuron[3]"), source_lines():
        a = Value(1.0, label="a")
        b = a + 1
    after = a + 1

    assert a.label == "a"
    assert b.scope == "layer[0]/neuron[3]"
    assert "test_value.py:" in b.source
    assert after.scope == after.source == ""


def test_the_order_of_nodes_is_the_order_of_the_users_code() -> None:
    a = Value(1.0)
    b = Value(2.0)
    c = a * b
    d = a + 3
    root = d * c

    order = toposort(root)
    assert order[0] is a
    assert order[1] is b
    assert order[2] is c
    assert order[-2:] == [d, root]


# micrograd's class: karpathy/micrograd, engine.py and nn.py


def test_the_constructor_and_attributes_are_micrograds() -> None:
    a, b = Value(2.0), Value(3.0)
    out = Value(6.0, (a, b), "*")

    assert out._prev == {a, b}
    assert out._op == "*"
    assert (a * b)._op == "*"
    assert (a**2)._op == "**2"
    assert Value(6.0, children=(a,)).parents == (a,)
    assert Value(6.0, _children=(a, b), _op="*").parents == (a, b)
    assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"


def test_an_op_added_by_hand_takes_part_in_backward() -> None:
    a, b, c = Value(2.0), Value(3.0), Value(4.0)
    out = Value(a.data * b.data * c.data, {a, b, c}, "mul3")

    def backward() -> None:
        a.grad += b.data * c.data * out.grad
        b.grad += a.data * c.data * out.grad
        c.grad += a.data * b.data * out.grad

    out._backward = backward
    (out * 2).backward()

    assert (a.grad, b.grad, c.grad) == (24, 16, 12)
    assert out.parents == (a, b, c)


def test_a_closure_replaces_the_rule_of_a_table_op() -> None:
    a = Value(2.0)
    out = a * 3

    def backward() -> None:
        a.grad += 100.0

    out._backward = backward
    out.backward()

    assert a.grad == 100


def test_a_hand_written_traversal_can_call_backward_of_each_node() -> None:
    a, b = Value(2.0), Value(3.0)
    out = a * b + a
    out.grad = 1

    for node in reversed(toposort(out)):
        node._backward()

    assert (a.grad, b.grad) == (4, 2)


@pytest.mark.requires("micrograd")
def test_micrograds_own_network_code_runs_unchanged() -> None:
    import inspect
    import random

    import micrograd.engine
    import micrograd.nn

    source = inspect.getsource(micrograd.nn).replace(
        "from micrograd.engine import Value", "from micrograd_tui.engine import Value"
    )
    ours: Any = types.ModuleType("ours")
    exec(source, ours.__dict__)

    results = []
    for nn, kind in ((ours, Value), (micrograd.nn, micrograd.engine.Value)):
        random.seed(7)
        model = nn.MLP(2, [4, 4, 1])
        out = model([kind(1.0), kind(-2.0)])
        loss = (1 + -out).relu() + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        results.append([loss.data, *(p.grad for p in model.parameters())])

    assert results[0] == pytest.approx(results[1], rel=1e-12)


def test_the_readme_expression_of_micrograd() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()

    assert math.isclose(g.data, 24.70408163265306)
    assert math.isclose(a.grad, 138.83381924198252)
    assert math.isclose(b.grad, 645.5772594752186)


def test_a_subclass_that_only_marks_does_not_spread_to_results() -> None:
    class Param(Value):
        m: float
        name: str

    p = Param(2.0)
    p.m = 0.0  # an optimizer's memory
    p.name = "w"

    assert weakref.ref(p)() is p
    assert {type(made) for made in (p * 2, 2 * p, p.tanh(), Value(1.0) + p, p**2, -p)} == {Value}


def test_a_subclass_with_an_op_of_its_own_spreads_and_wins_over_a_marker() -> None:
    class Param(Value):
        pass

    class Mine(Value):
        def twice(self) -> Value:
            return self + self

    product = Param(1.0) * Mine(2.0)
    assert isinstance(product, Mine)
    assert isinstance(product.twice().tanh(), Mine)
    assert isinstance(Mine(1.0) + 1, Mine)


def test_a_value_is_formatted_rounded_and_read_as_its_number() -> None:
    loss = Value(2.34567)

    assert f"{loss:.3f}" == "2.346"
    assert f"{loss}" == repr(loss)
    assert (round(loss, 1), round(loss), float(loss)) == (2.3, 2, 2.34567)


@pytest.mark.requires("numpy")
def test_arrays_of_values_broadcast_and_have_gradients() -> None:
    np: Any = pytest.importorskip("numpy")

    v = Value(2.0)
    e = np.array([Value(1.0), Value(2.0), Value(5.0)])
    weights = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    bias = np.array([Value(0.5), Value(0.25)])

    assert [p.data for p in e / e.sum()] == [0.125, 0.25, 0.625]
    assert [y.data for y in weights @ np.array([1.0, 2.0]) + bias] == [5.5, 11.25]
    for made in (np.array([1.0, 3.0]) * v, v * np.array([1.0, 3.0])):
        assert [x.data for x in made] == [2.0, 6.0]
    loss = ((weights @ np.array([1.0, 2.0]) + bias) ** 2).sum()
    loss.backward()
    assert [w.grad for w in weights.ravel()] == [11.0, 22.0, 22.5, 45.0]


@pytest.mark.requires("numpy")
@pytest.mark.parametrize(
    "name", ["exp", "log", "sqrt", "sin", "cos", "tanh", "square", "negative", "abs"]
)
def test_numpys_functions_of_a_value_are_its_own(name: str) -> None:
    np: Any = pytest.importorskip("numpy")

    a = Value(0.7)
    made = getattr(np, name)(a)
    made.backward()
    step = 1e-6
    slope = (getattr(np, name)(0.7 + step) - getattr(np, name)(0.7 - step)) / (2 * step)

    assert isinstance(made, Value)
    assert made.data == pytest.approx(getattr(np, name)(0.7))
    assert a.grad == pytest.approx(slope, rel=1e-8)


@pytest.mark.requires("numpy")
def test_what_numpy_cannot_do_with_a_value_is_a_type_error() -> None:
    np: Any = pytest.importorskip("numpy")

    for attempt in (lambda: np.arctan2(Value(1.0), 2.0), lambda: np.arcsin(Value(0.5))):
        with pytest.raises(TypeError, match=r"np\.arc\w+ of a Value is not known here"):
            attempt()


@pytest.mark.requires("numpy")
def test_what_has_no_derivative_numpy_computes_of_the_number() -> None:
    np: Any = pytest.importorskip("numpy")
    x = Value(1.5)

    assert (np.floor(x), np.sign(-x), np.rint(x)) == (1.0, -1.0, 2.0)
    assert (bool(np.isnan(x)), bool(np.isfinite(x))) == (False, True)


@pytest.mark.requires("numpy")
def test_numpys_mean_var_and_std_are_values() -> None:
    np: Any = pytest.importorskip("numpy")
    a, b = Value(1.0), Value(3.0)
    np.std([a, b]).backward()

    assert (np.mean([a, b]).data, np.var([a, b]).data) == (2.0, 1.0)
    assert (a.grad, b.grad) == (-0.5, 0.5)


def test_an_int_that_a_float_cannot_hold_is_told() -> None:
    with pytest.warns(UserWarning, match="9007199254740993 is kept as 9007199254740992: a float holds"):
        assert Value(2**53 + 1).data == 2.0**53
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (Value(2**53).data, Value(10**18).data) == (2.0**53, 1e18)
    with pytest.raises(OverflowError, match=r"larger than a float can be, 1\.8e308"):
        Value(2.0) * 10**400
    with pytest.raises(OverflowError, match="larger than a float can be"):
        Value(0.5) ** 10**400


def test_a_value_is_compared_with_an_int_exactly() -> None:
    big = Value(2.0**53)

    assert big < 2**53 + 1
    assert not big > 2**53 + 1
    assert (big < 10**400, int(Value(3.7))) == (True, 3)


def test_what_is_no_number_is_refused_by_its_type() -> None:
    for wrong in (None, [1.0], {}, object()):
        with pytest.raises(TypeError, match=f"data must be a number, not a {type(wrong).__name__}"):
            Value(wrong)
    assert Value(1.0, label=None).label == ""


def test_a_gradient_that_was_set_to_none_is_0() -> None:
    w = Value(3.0)
    w.grad = None  # type: ignore[assignment]  # as PyTorch's users reset it
    record(w * 2)
    (w * 2).backward()

    assert w.grad == 2.0


@pytest.mark.requires("numpy")
def test_powers_and_comparisons_with_an_array_are_arrays() -> None:
    np: Any = pytest.importorskip("numpy")
    v, numbers = Value(2.0), np.array([1.0, 3.0])

    assert [x.data for x in v**numbers] == [2.0, 8.0]
    assert [x.data for x in numbers**v] == [1.0, 9.0]
    assert (list(v < numbers), list(numbers <= v)) == ([False, True], [True, False])


def test_a_subclass_with_a_property_spreads_to_results() -> None:
    class Named(Value):
        @property
        def number(self) -> float:
            return self.data

    doubled: Any = Named(2.0) * 2
    assert doubled.number == 4.0


class Vector:
    """A class of a user's own that takes numbers on its left."""

    def __rmul__(self, other: Any) -> str:
        return "theirs"

    def __rpow__(self, other: Any) -> str:
        return "theirs"

    def __gt__(self, other: Any) -> bool:
        return True


def test_a_class_with_operators_of_its_own_is_left_to_them() -> None:
    a: Any = Value(2.0)
    vector: Any = Vector()

    assert (a * vector, a**vector, a < vector) == ("theirs", "theirs", True)
    for wrong in ("1", None):
        with pytest.raises(TypeError):
            _ = a < wrong
        with pytest.raises(TypeError, match="cannot compute with a Value and a"):
            _ = a + wrong


@pytest.mark.requires("numpy")
def test_a_node_in_an_array_of_no_dimension_is_that_node() -> None:
    np: Any = pytest.importorskip("numpy")
    a, b = Value(2.0), Value(3.0)
    x, y = np.array([a, b]), np.array([1.0, 5.0])
    (a + np.tensordot(x, y, 1) + np.polyval([1, 2, 3], b) + 1 * a ** np.array(b)).backward()

    assert (a.grad, b.grad) == pytest.approx((1 + 1 + 3 * 2.0**2, 5 + 8 + 8 * math.log(2)))
    with pytest.raises(TypeError, match="not another Value"):
        Value(np.array(a))


@pytest.mark.requires("numpy")
@pytest.mark.parametrize(
    "name",
    ["tan", "sinh", "cosh", "exp2", "expm1", "log2", "log10", "log1p", "degrees", "deg2rad", "fabs"],
)
def test_numpys_functions_of_an_array_reach_its_nodes(name: str) -> None:
    np: Any = pytest.importorskip("numpy")
    function, v = getattr(np, name), Value(0.7)
    (out,) = function(np.array([v]))
    out.backward()
    slope = (function(0.7 + 1e-6) - function(0.7 - 1e-6)) / 2e-6

    assert (out.data, v.grad) == pytest.approx((float(function(0.7)), float(slope)))
    assert list(np.round(np.array([v, Value(math.inf)]))) == [1.0, math.inf]
    assert list(np.trunc(np.array([v]))) == [0]


class Gelu:
    """A mixin that is no Value."""

    def gelu(self: Any) -> Value:
        return cast("Value", self * (self * 1.702).sigmoid())


def test_a_subclass_with_methods_of_a_mixin_spreads_to_results() -> None:
    class Mixed(Gelu, Value):
        pass

    class Cached(Value):
        @cached_property
        def halved(self) -> float:
            return self.data / 2

    class Marked(Value, Generic[T]):
        name: str

    assert type((Mixed(1.0) + 1).gelu()) is Mixed  # type: ignore[attr-defined]
    assert (Cached(1.0) + 1).halved == 1.0  # type: ignore[attr-defined]
    assert type(Marked[int](1.0) + 1) is Value
