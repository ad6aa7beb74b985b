"""`check`: of a file the audit, of anything else every leaf; for people, for CI logs, as JSON."""

import json

import pytest
from gpt_script import gpt_script
from learner_engines import CLOSURES

from micrograd_tui.tui.cli import main

WRONG = CLOSURES.replace("self.grad += other.data * out.grad", "self.grad = other.data * out.grad")


def lines_of(capsys):
    return capsys.readouterr().out.split("\n")


def test_a_fault_is_shown_with_its_line_its_numbers_and_its_reason(tmp_path, capsys):
    file = tmp_path / "engine.py"
    file.write_text(WRONG + "\nwhile True: pass\n")

    code = main(["check", str(file)])

    lines = lines_of(capsys)
    assert code == 1
    assert f"{file}: class Value, line 4" in lines
    assert "1. Value.__mul__, line 33: overwrites" in lines
    assert any("self.grad = other.data * out.grad" in line for line in lines)
    assert any(line.endswith("a.grad is 2, should be 3") for line in lines)
    assert any("accumulate it with `+=`" in line for line in lines)
    assert lines[-2] == "1 fault in Value"


def test_a_right_file_gives_0_and_its_limits(tmp_path, capsys):
    file = tmp_path / "engine.py"
    file.write_text(CLOSURES)

    assert main(["check", str(file)]) == 0
    lines = lines_of(capsys)
    assert "limits, which is no fault:" in lines
    assert lines[-2] == "no fault found in Value"


def test_the_json_has_the_keys_that_were_promised(tmp_path, capsys):
    file = tmp_path / "engine.py"
    file.write_text(WRONG)

    assert main(["check", str(file), "--json"]) == 1
    plain = json.loads(capsys.readouterr().out)
    (one,) = plain["classes"]
    (found,) = one["findings"]
    assert (plain["file"], one["name"], one["line"]) == (str(file), "Value", 4)
    assert {"rule", "line", "code", "kind", "expression", "arrived", "expected", "why"} <= found.keys()
    assert (found["line"], found["kind"]) == (33, "overwrites")
    assert (found["arrived"], found["expected"]) == (2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "line 1"),
        ("x = 1\n", "no class looks like an engine"),
        ("class Value:\n    while True: pass\n", "longer than 1 seconds"),
        ("import os\nclass Value:\n    os._exit(0)\n", "ended itself"),
        ("class Value:\n    x = [0] * 10**10\n", "MemoryError"),
    ],
)
def test_what_cannot_be_audited_is_one_sentence(text, said, tmp_path, capsys):
    file = tmp_path / "engine.py"
    file.write_text(text)

    assert main(["check", str(file), "--limit", "1"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err.split("\n")[-2]
    assert captured.out == ""


def test_a_graph_has_every_leaf_nudged(capsys):
    assert main(["check", "neuron"]) == 0
    assert "neuron: 6 leaves nudged, every gradient is the slope" in lines_of(capsys)
    assert main(["check", "tanh(a*b)", "a=2"]) == 0
    assert main(["check", "relu(a) + abs(b)", "a=0", "b=0"]) == 0


def test_a_program_s_graph_shows_what_its_wrong_rule_did(tmp_path, capsys):
    file = tmp_path / "use.py"
    file.write_text(WRONG + "\na, b = Value(2.0), Value(3.0)\nloss = a*b + a\nloss.backward()\n")

    assert main(["check", f"{file}:loss"]) == 1
    first = next(line for line in lines_of(capsys) if "WRONG" in line)
    assert first.split()[:3] == ["a", "3", "4"]


def test_a_microgpt_is_not_trained(tmp_path, capsys):
    file = tmp_path / "microgpt.py"
    file.write_text(gpt_script(steps=10**9))

    assert main(["check", str(file)]) == 0


OWN_OP = """
    def cube(self):
        out = Value(self.data ** 3, (self,), 'cube')
        def back():
            self.grad += 3 * self.data ** 2 * out.grad
        out._backward = back
        return out
"""


def test_a_graph_of_which_leaves_could_not_be_nudged_is_not_called_right(tmp_path, capsys):
    file = tmp_path / "use.py"
    file.write_text(
        CLOSURES.rstrip()
        + "\n"
        + OWN_OP
        + "\na, b = Value(2.0), Value(3.0)\nloss = a.cube() + b\nloss.backward()\n"
    )

    assert main(["check", f"{file}:loss"]) == 2
    captured = capsys.readouterr()
    assert "1 of 2 leaves nudged, their gradients are the slopes" in captured.out
    assert "every" not in captured.out
    assert "1 leaf could not be nudged: no formula is known of cube" in captured.err
    assert "no fault found, but not all of it is checked" in captured.err
    assert f"`check {file}` audits its rules" in captured.err.replace("\n", "")
