"""`trace --set`, `trace --break`, `nudge` and `quiz`: what they print, what they refuse."""

import json
import subprocess
from pathlib import Path

import pytest
from pty_app import COMMAND


def run(*arguments: str, answers: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], input=answers, capture_output=True, text=True)


def test_a_cell_is_set_and_its_five_descendants_follow() -> None:
    lines = run("trace", "neuron", "--set", "x1=3").stdout.splitlines()

    assert lines[1] == "recalculate 1 of 6: set x1 (a typed number): x1.data = 3 (2 -> 3)"
    assert lines[2].endswith("w1x1 = w1*x1 = 0.5*3 = 1.5 (1 -> 1.5)")
    assert sum(line.startswith("recalculate") for line in lines) == 6
    assert lines[-1] == "5 of the 5 cells below the edit computed again"


def test_an_op_is_replaced_by_name_or_sign_and_numbers_are_set_beside() -> None:
    lines = run("trace", "neuron", "--set", "sum=max", "--set", "w1=4").stdout.splitlines()

    assert "sum = max(w1x1, w2x2) = max(8, 1.5) = 8" in "\n".join(lines)
    assert (
        "square = a**3 = 2**3 = 8" in run("trace", "square = a**2", "a=2", "--set", "square=**3").stdout
    )


def test_a_formula_takes_the_graphs_names_and_nodes_have_numbers() -> None:
    plain = json.loads(run("trace", "neuron", "--set", "w1=2*x1", "--set", "mul#5=7", "--json").stdout)
    data = {node["label"]: node["data"] for node in plain["nodes"]}

    assert (data["w1"], data["w1x1"]) == (4.0, 7.0)
    assert [step["phase"] for step in plain["steps"]].count("recalculate") == 6
    assert {step["phase"] for step in plain["steps"]} == {
        "forward", "recalculate", "backward"
    }  # fmt: skip


def test_a_broken_pass_has_the_right_gradients_beside() -> None:
    plain = json.loads(run("trace", "accumulate", "--break", "overwrite", "--json").stdout)

    assert {node["label"]: (node["grad"], node["expected"]) for node in plain["nodes"]} == {
        "a": (3.0, 7.0), "square": (1.0, 1.0), "out": (1.0, 1.0)
    }  # fmt: skip
    text = run("trace", "accumulate", "--break", "overwrite").stdout
    assert "a.grad 1 -> 3 LOST" in text
    assert text.endswith("a.grad is 3, right is 7\n1 of 3 gradients are wrong\n")


def test_a_nudge_is_printed_in_the_documented_form() -> None:
    plain = json.loads(run("nudge", "neuron", "w1", "--by", "0.5", "--json").stdout)

    assert plain == {
        "node": "w1", "value": 0.5, "by": 0.5, "grad": 7.0,
        "predicted": 3.5, "measured": 4.5, "relative_error": pytest.approx(1 / 4.5),
    }  # fmt: skip
    assert "loss moves by grad * h = 7 * 0.001 = 0.007" in run("nudge", "neuron", "w1").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trace", "neuron", "--set", "nope=1"), "no node is called nope"),
        (("trace", "neuron", "--set", "w1=abc"), "w1 needs a number or a formula"),
        (("trace", "neuron", "--set", "w1"), "is not NAME=NUMBER"),
        (("trace", "neuron", "--set", "w1=2*out"), "w1 cannot be computed from out"),
        (("trace", "neuron", "--set", "w1=1", "--set", "w1=2"), "w1 is set twice"),
        (("trace", "neuron", "--set", "out=tanh"), "out is computed from 2, and tanh takes 1"),
        (("trace", "neuron", "--set", "w1=tanh"), "w1 is a leaf"),
        (("trace", "demo", "--set", "w1=1"), "nodes are called w1"),
        (("trace", "neuron", "--break", "nonsense"), "no break is called 'nonsense'"),
        (("trace", "neuron", "--break", "local tanh '1+q'"), "nothing here is called q"),
        (("nudge", "neuron", "w1", "--by", "0"), "finite number that is not 0"),
        (("nudge", "neuron", "w1", "--by", "nan"), "finite number that is not 0"),
        (("nudge", "neuron", "w1", "--by", "1e-30"), "too small to move w1"),
        (("nudge", "neuron", "nope"), "no node is called nope"),
        (("nudge", "neuron", "W1"), "no node is called W1; did you mean w1?"),
        (("quiz", "--level", "6"), "invalid choice"),
        (("quiz", "--count", "0"), "a number from 1"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], said: str
) -> None:
    found = run(*arguments)

    assert found.returncode == 2
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
    assert not found.stdout


def test_the_quiz_asks_the_same_for_the_same_seed_and_counts_what_is_right() -> None:
    first, second = (run("quiz", "--plain", "--seed", "7", "--level", "5").stdout for _ in range(2))
    assert first == second
    assert run("quiz", "--plain", "--seed", "8", "--level", "5").stdout != first
    assert run("quiz", "--plain").returncode == 1  # the end of input too


def test_all_right_answers_exit_with_0() -> None:
    wrong = run("quiz", "--plain", "--count", "2", answers="99999\n99999\n")
    answers = [line.split("it is ")[1] for line in wrong.stdout.splitlines() if "no, it is" in line]
    right = run("quiz", "--plain", "--count", "2", answers="\n".join(answers) + "\n")

    assert wrong.returncode == 1
    assert right.returncode == 0
    assert "2 of 2 right" in right.stdout


def test_without_zero_grad_the_usual_run_shows_what_comes_of_it(tmp_path: Path) -> None:
    command = ("train", "xor", "--break", "no-zero-grad", "--steps", "5", "--headless", "--runs-dir")
    usual = run(*command, str(tmp_path))
    given = run(*command, str(tmp_path), "--optimizer", "adam", "--hidden", "3")

    assert "both runs with --optimizer sgd and --hidden 8: adam hides it" in usual.stderr
    assert "a network of 2, 8, 1 (relu), hinge loss, sgd" in usual.stdout
    assert "both runs" not in given.stderr
    assert "a network of 2, 3, 1 (relu), hinge loss, adam" in given.stdout


ENGINE = """
class Value:
    def __init__(self, data, prev=(), op=""):
        self.data, self.grad, self._prev, self._op, self._backward = data, 0, prev, op, lambda: None
    def __add__(self, other):
        out = Value(self.data + other.data, (self, other), "+")
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other), "*")
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def backward(self):
        order, seen = [], set()
        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node._prev:
                    visit(parent)
                order.append(node)
        visit(self)
        self.grad = 1
        for node in reversed(order):
            node._backward()

a = Value(3.0)
for _ in range(2):
    out = a * a
    out.backward()
"""


def test_experiments_take_programs_too(tmp_path: Path) -> None:
    file = tmp_path / "engine.py"
    file.write_text(ENGINE, encoding="utf-8")
    at_once = json.loads(run("nudge", str(file), "a", "--by", "0.5", "--json").stdout)

    assert (at_once["grad"], at_once["measured"]) == (6.0, 3.25)
    assert run("nudge", str(file), "a", "--backward", "2").stdout.startswith("a nudged by 0.001")
    assert "out = a*a = 5*5 = 25 (9 -> 25)" in run("trace", str(file), "--set", "a=5").stdout
    assert "a.grad = 3, right is 6" in run("trace", str(file), "--break", "overwrite").stdout


def test_what_was_there_before_and_is_overwritten_does_not_stay() -> None:
    text = run("trace", "forgotten", "--break", "overwrite").stdout

    assert "LOST: the 16 in w.grad was replaced (=), not added to; += makes 14.4" in text
    assert "from before stays" not in text
    assert "was there before" not in text
    assert "w.grad is -1.6; right is 12.8" in text


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("no-chain", "incoming 7 * local 3 is 21; handed on (d(a*b)/da = b) = 3"),
        ("local relu 2", "local 2 (right is 1: d(relu(d))/dd = 1 if d>0 else 0"),
        ("detach d", "nothing is handed on to d"),
        ("recursive", "visited 2 times in this pass: what was handed on before is handed on again"),
        ("no-seed", "the root was not seeded with 1"),
        ("scale 2", "is 1; seeded with = 2"),
        ("clip 1", "clip a: a.grad = 1 (37 -> 1)"),
        ("overwrite", "2 contributions come, which should add up (+=)"),
        ("twice", "b.grad is 108, and 24 of it was there before: no zero_grad came first; right is 24"),
        ("not-reversed", "a.grad is 0, which is wrong: d(add#5)/da = 37"),
    ],
)
def test_a_broken_pass_is_told_as_what_it_is(broken: str, said: str) -> None:
    lines = run("trace", "d = a*b; relu(d)*d + a", "a=2", "b=3", "--break", broken).stdout

    assert said in lines
    if broken != "clip 1":  # whose gradients were right until then
        last = next(line for line in lines.splitlines()[::-1] if "visit a, a leaf" in line)
        assert "its gradient is final" not in last


@pytest.mark.parametrize(
    "breaks", ["overwrite,scale 1.7e308", "no-chain,scale 1e308", "twice,scale 1e308"]
)
def test_a_pass_whose_sums_overflow_is_printed_to_the_end(breaks: str) -> None:
    found = run("trace", "a*a + a*a", "a=0.9", "--break", breaks)

    assert (found.returncode, found.stderr) == (0, "")
    assert "gradients are wrong" in found.stdout.splitlines()[-1]
