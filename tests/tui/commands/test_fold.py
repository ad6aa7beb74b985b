"""`micrograd-tui fold`: the stages, then the lines of numpy with what they do, as text and as data."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from micrograd_tui.tui.cli import main
from micrograd_tui.tui.sessions.target import Target

pytestmark = pytest.mark.requires("numpy")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["fold", *words]) == 0
    return capsys.readouterr().out


def test_it_begins_with_the_whole_way_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "demo")

    assert text.startswith("demo: 65,818 nodes -> 1")
    assert "left when each chain a+b+c+... is one sum" in text
    assert "PyTorch   x @ W.T, with the bias below nn.Linear(2, 16)" in text
    assert "matmul(" in text


@pytest.mark.parametrize("name", ["neuron", "lecture", "moons"])
def test_every_line_of_numpy_stands_below_its_words_and_fits(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text = printed(capsys, name)
    data = json.loads(printed(capsys, name, "--json"))

    assert max(map(len, text.splitlines())) <= 110
    assert [line["number"] for line in data["lines"]] == list(range(1, len(data["lines"]) + 1))
    for line in data["lines"]:
        assert f"{line['number']:>4}  {line['source']}" in text
        assert " ".join(line["sentence"].split()[:4]) in " ".join(text.split())


def test_the_data_name_the_nodes_of_the_recording(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(printed(capsys, "lecture", "--json"))
    recording = Target("lecture").open().recording
    behind = sorted(node for group in data["groups"] for node in group["nodes"])

    assert data["stages"][0]["count"] == recording.node_count
    assert behind == [node for node, op in enumerate(recording.ops) if op is not None]
    assert all(set(group["absorbed"]) <= set(group["nodes"]) for group in data["groups"])


def test_an_expression_folds_with_its_names_as_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "tanh(a*b + c)", "a=2")

    assert "every named leaf is treated as one" in text
    assert "3 parameters" in text


def test_a_saved_recording_folds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["trace", "--json", "neuron"]) == 0
    saved = tmp_path / "saved.json"
    saved.write_text(capsys.readouterr().out)

    assert printed(capsys, str(saved)).startswith("saved.json: 12 nodes -> ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("a",), "a is a single number: there is nothing to fold"),
        (("nowhere.json",), "nowhere.json: No such file"),
        (("neuron", "a=1"), "takes no NAME=NUMBER"),
        (("tanh(",), "tanh("),
        (("demmo",), "did you mean demo?"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert main(["fold", *words]) == 2

    out = capsys.readouterr()
    assert not out.out
    assert sentence in out.err
    assert "Traceback" not in out.err


def test_a_graph_with_an_op_of_its_own_says_why_it_cannot(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["trace", "--json", "neuron"]) == 0
    saved = tmp_path / "own.json"
    saved.write_text(capsys.readouterr().out.replace('"sub"', '"mystery"'))

    assert main(["fold", str(saved)]) == 2
    assert "own.json cannot be folded" in capsys.readouterr().err


def test_a_hostile_label_stays_inert(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07__import__('os')"
    assert main(["trace", "--json", "neuron"]) == 0
    saved = tmp_path / "evil.json"
    saved.write_text(capsys.readouterr().out.replace('"w1x1"', json.dumps(evil)))

    text = printed(capsys, str(saved))
    sources = [line["source"] for line in json.loads(printed(capsys, str(saved), "--json"))["lines"]]
    assert "\x1b" not in text
    assert r"\x1b]0;owned\x07__import__" in text
    assert not any("import" in source for source in sources)


def test_the_command_needs_no_textual_and_the_others_no_numpy() -> None:
    code = (
        "import sys; from micrograd_tui.tui.cli import main; main(['{}', 'neuron']);"
        "print([m for m in ('textual', 'numpy', 'llvmlite', 'torch') if m in sys.modules])"
    )
    last = {
        command: subprocess.run(
            [sys.executable, "-c", code.format(command)], capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for command in ("fold", "trace")
    }

    assert last == {"fold": "['numpy']", "trace": "[]"}
