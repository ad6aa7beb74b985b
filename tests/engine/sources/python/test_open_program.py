"""Opening a graph of a program: which backward pass, of what, run as `python FILE.py` would run it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import LOST, VALUE

from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.engine.sources.python.named import named
from micrograd_tui.engine.sources.python.open_program import NotOpened, OpenedProgram, open_program

Open = Callable[..., OpenedProgram]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Write a program and open what is named of it."""
    monkeypatch.chdir(tmp_path)

    def write_and_open(text: str, target: str = "p.py", which: int = 1, *arguments: str) -> OpenedProgram:
        Path("p.py").write_text(text)
        what = named(target)
        assert what is not None
        program = open_program(what, which, arguments, 20)
        assert isinstance(program, OpenedProgram)
        return program

    return write_and_open


def root(log: Recording) -> float | None:
    return log.value(log.root, "data", len(log))


def grad(log: Recording, label: str) -> float | None:
    node = next(i for i, text in log.labels.items() if text == label)
    return log.value(node, "grad", len(log))


LOOP = VALUE + (
    "def step(k):\n    a = Value(2.0); b = Value(k)\n    loss = a * b + a\n    loss.backward()\n    return loss\n"
    "for k in range(3):\n    print('step', k)\n    step(float(k))\n"
)


def test_the_first_backward_pass_is_opened_inside_a_function_and_nothing_runs_on(opened: Open) -> None:
    program = opened(LOOP)

    assert root(program.recording) == 2.0
    assert program.printed == "step 0\n"
    assert program.note == "1st backward() call, p.py:54"


def test_the_kth_backward_pass_is_opened(opened: Open) -> None:
    program = opened(LOOP, "p.py", 3)

    assert root(program.recording) == 6.0
    assert program.printed == "step 0\nstep 1\nstep 2\n"


def test_variables_are_the_labels_and_lines_the_sources(opened: Open) -> None:
    log = opened(LOOP).recording
    a = next(i for i, text in log.labels.items() if text == "a")

    assert {"a", "b", "loss"} <= set(log.labels.values())
    assert log.sources[a].endswith("p.py:52")
    assert any(source.endswith("p.py:24") for source in log.write_sources.values())


def test_a_pass_of_another_name_in_a_class_is_found(opened: Open) -> None:
    text = VALUE.replace("def backward", "def backprop") + (
        "class Trainer:\n    def fit(self):\n        out = Value(3.0) * Value(4.0)\n        out.backprop()\n"
        "if __name__ == '__main__':\n    Trainer().fit()\n"
    )

    assert root(opened(text).recording) == 12.0


def test_a_variable_is_what_the_pass_is_called_on_in_any_function(opened: Open) -> None:
    text = VALUE + (
        "other = Value(1.0) * Value(1.0)\nother.backward()\n"
        "def down(x):\n    x.backward()\n"
        "def run():\n    mine = Value(5.0) * Value(2.0)\n    down(mine)\nrun()\n"
    )

    assert root(opened(text, "p.py:mine").recording) == 10.0
    assert root(opened(text, "p.py:other").recording) == 1.0


def test_a_variable_whose_pass_is_never_called_is_taken_at_the_end_and_nothing_cleared(
    opened: Open,
) -> None:
    text = VALUE + "a = Value(2.0)\na.grad = 10.0\nL = a * 3\n"
    program = opened(text, "p.py:L")

    assert grad(program.recording, "a") == 13.0
    assert program.note == "L at the end, backward() called on it"


def test_places_in_lists_and_models_can_be_named(opened: Open) -> None:
    text = VALUE + "class M: pass\nm = M()\nm.losses = [Value(1.0) * 2, Value(2.0) * 4]\n"

    assert root(opened(text, "p.py:m.losses[1]").recording) == 8.0


def test_a_contribution_that_their_rule_loses_is_recorded_as_lost(opened: Open) -> None:
    log = opened(LOST + "a = Value(2.0); b = Value(-3.0)\nc = a * b + a\nc.backward()\n").recording
    writes = [log.write_at(i) for i in range(len(log.write_cell))]
    lost = [w for w in writes if w.amount is not None and w.before and w.before + w.amount != w.after]

    assert [(w.before, w.amount, w.after) for w in lost] == [(1.0, -3.0, -3.0)]
    assert lost[0].source.endswith("p.py:24")


def test_it_runs_as_python_would_run_it(opened: Open, tmp_path: Path) -> None:
    Path("json.py").write_text("mine = 40.0\n")  # the folder of the program comes first
    Path("beside.py").write_text("two = 2.0\n")
    text = VALUE + (
        "import sys, os, json, beside\n"
        "assert sys.argv == ['p.py', '--fast', 'x=1'], sys.argv\n"
        "assert __name__ == '__main__' and __file__ == os.path.abspath('p.py')\n"
        "assert sys.modules['__main__'].Value is Value\n"
        "assert sys.path[0] == os.getcwd() and sys.getrecursionlimit() == 1000\n"
        "assert 'micrograd_tui' not in dir()\n"
        "loss = Value(json.mine) * 1 + beside.two\nloss.backward()\n"
    )

    assert root(opened(text, "p.py", 1, "--fast", "x=1").recording) == 42.0


def test_a_class_of_another_file_and_a_dataclass_are_noticed(opened: Open) -> None:
    Path("engine.py").write_text(VALUE)
    assert root(opened("from engine import Value\n(Value(2.0) * 4).backward()\n").recording) == 8.0

    text = (
        "from dataclasses import dataclass\n"
        "@dataclass(eq=False)\nclass Num:\n    data: float\n    parents: tuple = ()\n    local: tuple = ()\n    grad: float = 0.0\n"
        "    def __add__(self, o): return Num(self.data + o.data, (self, o), (1.0, 1.0))\n"
        "    def __mul__(self, o): return Num(self.data * o.data, (self, o), (o.data, self.data))\n"
        "    def backward(self, g=1.0):\n        self.grad += g\n"
        "        for p, d in zip(self.parents, self.local): p.backward(g * d)\n"
        "x = Num(3.0)\ny = x * x + x\ny.backward()\n"
    )
    assert grad(opened(text).recording, "x") == 7.0


def test_a_library_that_only_draws_is_not_needed(opened: Open) -> None:
    text = "import matplotlib.pyplot as plt\nfrom graphviz import Digraph\nplt.figure().gca().plot([1])\n"

    assert root(opened(text + VALUE + "(Value(2.0) * 4).backward()\n").recording) == 8.0


def test_cells_of_a_notebook_run_in_order_and_past_one_that_fails(opened: Open) -> None:
    cells = [
        "%matplotlib inline\n!pip install x\n" + VALUE,
        "1 / 0",
        "%%bash\necho no",
        "a = Value(3.0)\nloss = a * a\nloss.backward()",
    ]
    plain = {"cells": [{"cell_type": "code", "source": text.splitlines(True)} for text in cells]}
    Path("n.ipynb").write_text(json.dumps(plain))
    program = opened("", "n.ipynb")
    log = program.recording

    assert root(log) == 9.0
    assert log.sources[log.root].endswith("n.ipynb[4]:2")
    assert "ZeroDivisionError" in program.printed


def test_a_module_of_a_package_runs_with_its_relative_imports(opened: Open) -> None:
    Path("pack").mkdir()
    Path("pack/__init__.py").write_text("")
    Path("pack/engine.py").write_text(VALUE)
    Path("pack/train.py").write_text(
        "from .engine import Value\nloss = Value(2.0) * 8\nloss.backward()\n"
    )

    assert root(opened("", "pack.train").recording) == 16.0
    assert root(opened("", "pack.train:loss").recording) == 16.0


@pytest.mark.parametrize(
    ("text", "target", "which", "said"),
    [
        (VALUE + "a = Value(1.0)\n", "p.py", 1, ("no backward pass was called", "Value looks", "add :a")),
        (VALUE + "n = 3\n", "p.py:n", 1, ("n holds an int, and no graph",)),
        (VALUE, "p.py:nowhere", 1, ("there is no nowhere",)),
        (LOOP, "p.py", 9, ("called 3 times, and not 9",)),
        ("x = 1\n", "p.py", 1, ("no class looks like an engine",)),
        ("import sys; sys.exit(3)\n", "p.py", 1, ("no backward pass was called",)),
        ("x = 1\n", "gone.py", 1, ("cannot be read",)),
        ("x = 1\n", "pack.gone", 1, ("there is no module pack.gone",)),
    ],
)
def test_where_nothing_can_be_opened_the_sentence_says_what_was_found(
    opened: Open, text: str, target: str, which: int, said: tuple[str, ...]
) -> None:
    Path("pack").mkdir()
    with pytest.raises(NotOpened) as caught:
        opened(text, target, which)

    assert all(words in str(caught.value) for words in said), caught.value


def test_a_variable_of_a_function_whose_pass_is_never_called_is_taken_at_its_return(
    opened: Open,
) -> None:
    text = VALUE + "def build(k):\n    inner = Value(2.0) * k\n    return 1\nbuild(3)\nbuild(4)\n"

    assert root(opened(text, "p.py:inner").recording) == 8.0


TERSE = (
    "class V:\n"
    "    def __init__(self, q, kids=(), loc=()): self.q = q; self.dq = 0.0; self.kids = kids; self.loc = loc\n"
    "    def __add__(self, o): return V(self.q + o.q, (self, o), (1, 1))\n"
    "    def __mul__(self, o): return V(self.q * o.q, (self, o), (o.q, self.q))\n"
    "    def double(self): return V(2 * self.q, (self,), (2,))\n"
    "    def unroll(self, g=1.0):\n        self.dq += g\n"
    "        for kid, slope in zip(self.kids, self.loc): kid.unroll(g * slope)\n"
    "a = V(3.0)\n(a * a).double().unroll()\n"
)


@pytest.mark.parametrize("name", ["unroll", "propagate", "compute_gradients", "backprop", "go"])
def test_whatever_the_pass_is_called_it_is_found_by_what_it_does(opened: Open, name: str) -> None:
    assert grad(opened(TERSE.replace("unroll", name)).recording, "a") == 12.0


def test_a_class_that_only_adds_and_multiplies_is_no_engine(opened: Open) -> None:
    text = (
        "class Vector:\n    def __init__(self, x): self.x = x\n"
        "    def __add__(self, o): return Vector(self.x + o.x)\n"
        "    def __mul__(self, o): return Vector(self.x * o.x)\n"
        "    def norm(self): return abs(self.x)\n"
        "v = Vector(2.0)\nfor _ in range(1000): v.norm()\n"
    )
    with pytest.raises(NotOpened, match="no class looks like an engine"):
        opened(text)


def test_a_class_says_itself_what_its_parts_are_called(opened: Open) -> None:
    said = '    __micrograd_tui__ = dict(data="q", grad="dq", parents="kids", backward="unroll")\n'

    assert grad(opened(TERSE.replace("class V:\n", "class V:\n" + said)).recording, "a") == 12.0


def test_a_pass_that_ends_by_an_error_is_shown_as_far_as_it_came(opened: Open) -> None:
    called = VALUE.replace("out._backward = _backward\n", "out._backward = _backward()\n")
    program = opened(called + "x = Value(2.0)\ny = x * x\ny.backward()\n")

    assert "TypeError: 'NoneType' object is not callable" in program.note
    assert program.recording.phases[-1].name == "backward"


def test_a_pass_in_a_thread_and_under_a_bare_except_is_opened(opened: Open) -> None:
    text = VALUE + (
        "import threading\n"
        "def work():\n    x = Value(2.0)\n    while True:\n        try: (x * x).backward()\n        except: pass\n"
        "threading.Thread(target=work).start()\n"
    )

    assert root(opened(text).recording) == 4.0


def test_a_pass_of_a_subclass_that_calls_the_one_above_is_one_pass(opened: Open) -> None:
    text = VALUE + (
        "class Loud(Value):\n    def backward(self):\n        print('mine')\n        super().backward()\n"
        "    def __mul__(self, o): return Loud((Value(self.data) * o).data, (self, o), '*')\n"
        "(Loud(2.0) * Value(3.0)).backward()\n(Loud(4.0) * Value(3.0)).backward()\n"
    )

    assert root(opened(text, "p.py", 2).recording) == 12.0


def test_a_program_of_our_own_value_is_opened_too(opened: Open) -> None:
    text = "from micrograd_tui.engine import Value\na = Value(2.0)\nloss = a * a\nloss.backward()\n"
    log = opened(text).recording

    assert grad(log, "a") == 4.0
    assert log.sources[log.root].endswith("p.py:3")


def test_their_calls_are_the_scopes_and_calls_of_one_line_are_numbered(opened: Open) -> None:
    text = VALUE + (
        "def square(x): return x * x\n"
        "def both(x): return square(x) + square(x + 1)\n"
        "a = Value(2.0)\nouts = [both(a) for _ in range(2)]\nloss = sum(outs)\nloss.backward()\n"
    )
    scopes = set(opened(text).recording.scopes)

    assert {"both[0]/square[0]", "both[0]/square[1]", "both[1]/square[0]"} <= scopes
