"""Values that travel: copied, pickled, sent to another process; their gradients are right on arrival."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from hypothesis import given
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value, leaves, record, scope, toposort
from micrograd_tui.engine.nn import MLP
from micrograd_tui.engine.recording.json_file import from_plain, load, save


def travelled(root: Value) -> list[Value]:
    return [copy.deepcopy(root), pickle.loads(pickle.dumps(root)), pickle.loads(pickle.dumps(root, 2))]


@given(program=programs())
def test_a_copy_has_the_gradients_of_the_original(program: Program) -> None:
    root, _ = values_of(program)
    copies = travelled(root)
    root.backward()
    for other in copies:
        other.backward()

        assert repr([leaf.grad for leaf in leaves(other)]) == repr([leaf.grad for leaf in leaves(root)])
        assert len(toposort(other)) == len(toposort(root))


def test_what_a_node_is_called_and_where_it_was_made_travels() -> None:
    with scope("layer[0]"):
        a = Value(2.0, label="a")
        out = (a**3).tanh()
    out.label = "out"
    for other in travelled(out):
        (leaf,) = leaves(other)

        assert (other.label, other.scope, other.op) == ("out", "layer[0]", out.op)
        assert (leaf.label, leaf.scope, leaf.data) == ("a", "layer[0]", 2.0)


def test_a_parameter_that_came_from_elsewhere_stands_before_what_is_made_of_it() -> None:
    code = "import pickle, sys; from micrograd_tui.engine import Value; [Value(0) for _ in range(5000)];"
    code += "w = Value(3.0, label='w'); sys.stdout.buffer.write(pickle.dumps([w, w * 2]))"
    sent = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    w, double = pickle.loads(sent)
    assert double.first is w
    loss = (double * Value(5.0)).exp() * w
    loss.backward()
    expected = [w.grad]
    w.grad = 0.0
    log = record(loss)

    assert log.value(0, "grad", len(log)) == expected[0]
    assert all(parent < node for node in range(log.node_count) for parent in log.parents(node))


def test_a_recording_of_a_travelled_graph_is_saved_and_opens(tmp_path: Path) -> None:
    a = pickle.loads(pickle.dumps(Value(2.0, label="a")))
    save(record(pickle.loads(pickle.dumps(a * a + a))), tmp_path / "run.json")

    assert load(tmp_path / "run.json").node_count == 3


def test_a_chain_of_a_hundred_thousand_nodes_travels_without_recursion() -> None:
    x = root = Value(1.0)
    for _ in range(100_000):
        root = root.sin()
    other = pickle.loads(pickle.dumps(root))
    assert len(toposort(other)) == 100_001
    assert other.data == root.data

    inner = toposort(root)[50_000]  # after a first trip
    assert len(toposort(copy.deepcopy(inner))) == 50_001
    assert x.data == 1.0


def test_nodes_of_one_pickle_stay_the_same_nodes() -> None:
    a = Value(2.0)
    h = a * 3
    h2, loss, a2 = pickle.loads(pickle.dumps([h, h + a, a]))

    assert loss.first is h2
    assert h2.first is a2 is loss.second


def test_a_network_goes_to_another_process_and_its_gradients_come_back() -> None:
    model = MLP(2, [4, 1])
    code = "import pickle, sys; from micrograd_tui.engine import Value; model = pickle.load(sys.stdin.buffer);"
    code += "loss = model([Value(1.0), Value(-2.0)]) ** 2; loss.backward();"
    code += "pickle.dump([p.grad for p in model.parameters()], sys.stdout.buffer)"
    sent = pickle.dumps(model)
    theirs = subprocess.run(
        [sys.executable, "-c", code], input=sent, capture_output=True, check=True
    ).stdout

    loss = model([Value(1.0), Value(-2.0)]) ** 2
    loss.backward()
    assert pickle.loads(theirs) == [p.grad for p in model.parameters()]


def test_a_subclass_keeps_what_it_has_added() -> None:
    class Named(Value):
        def __init__(self, data: float, why: str) -> None:
            super().__init__(data)
            self.why = why

    other = copy.deepcopy(Named(2.0, "weight"))

    assert (type(other), other.why, other.data) == (Named, "weight", 2.0)


class Locked(Value):
    """It keeps what cannot be pickled out of its state, and makes it anew."""

    def __init__(self, data: float, why: str = "") -> None:
        super().__init__(data)
        self.why, self.lock = why, Lock()

    def __getstate__(self) -> dict[str, object]:
        state = self.__dict__.copy()
        del state["lock"]
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.lock = Lock()


class LeavesOut(Value):
    """It asks its class for the state, and takes something out of it."""

    cache: str
    kept: list[int]

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        return {name: it for name, it in state.items() if name != "cache"}


class Counts(Value):
    """Its state is no dict."""

    seen: object

    def __getstate__(self) -> object:
        return ["seen", self.seen]

    def __setstate__(self, state: list[object]) -> None:
        self.seen = state[1]


def test_the_state_that_a_subclass_gives_and_takes_travels() -> None:
    w, left, counts = Locked(2.0, "weight"), LeavesOut(3.0), Counts(4.0)
    left.cache, left.kept, counts.seen = "large", [1, 2], 7
    loss = (w * left + counts) ** 2
    for other in travelled(loss):
        found: Any = leaves(other)
        a, b, c = found
        other.backward()

        assert (type(a), a.why, a.data, a.grad) == (Locked, "weight", 2.0, 60.0)
        assert a.lock.acquire(blocking=False)
        assert (type(b), vars(b), b.grad) == (LeavesOut, {"kept": [1, 2]}, 40.0)
        assert (type(c), c.seen, c.grad) == (Counts, 7, 20.0)


def test_hooks_for_pickling_alone_do_not_make_a_class_spread() -> None:
    assert type(Counts(1.0) * 2) is Value


def test_a_shallow_copy_has_the_same_parents_and_is_another_node() -> None:
    a = Value(2.0, label="a")
    product = a * 3
    other = copy.copy(product)
    (other + product).backward()

    assert other is not product
    assert other.parents == product.parents
    assert a.grad == 6.0
    assert pickle.loads(pickle.dumps(a)).label == "a"


def test_a_node_with_a_rule_of_its_own_is_not_copied_with_a_rule_that_writes_elsewhere() -> None:
    a = Value(2.0)
    out = a * 3
    out._backward = lambda: None

    for attempt in (copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="_backward of its own"):
            attempt(out)


@pytest.mark.parametrize(
    ("op", "parents", "name"),
    [
        ("+", 2, "add"),
        ("*", 2, "mul"),
        ("-", 2, "sub"),
        ("/", 2, "div"),
        ("ReLU", 1, "relu"),
        ("-", 1, "neg"),
        ("**", 2, "pow"),
        ("**2", 1, "**2"),
        ("**-1", 1, "**-1"),
        ("Tanh", 1, "tanh"),
        ("EXP", 1, "exp"),
    ],
)
def test_a_recording_with_micrograds_names_opens_with_ops_of_the_table(
    op: str, parents: int, name: str
) -> None:
    nodes = [{"id": i, "op": "", "data": 1.0, "parents": []} for i in range(parents)]
    nodes.append({"id": 9, "op": op, "data": 1.0, "parents": list(range(parents))})
    write = {"target": 9, "field": "grad", "slot": None, "amount": 1.0, "after": 1.0}
    plain = {"version": 1, "root": 9, "nodes": nodes, "steps": [{"phase": "backward", "writes": [write]}]}
    row = from_plain(plain).ops[-1]

    assert row is not None
    assert row.name == name
