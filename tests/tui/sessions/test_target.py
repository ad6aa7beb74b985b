"""What a target on the command line names: an example, a file, an expression; each opened or refused."""

from pathlib import Path

import pytest

from micrograd_tui.engine import record
from micrograd_tui.engine.recording.json_file import save
from micrograd_tui.engine.sources.examples import EXAMPLES
from micrograd_tui.tui.sessions.target import BadTarget, Target

# What the issue says of each: about how many nodes.
SIZES = {"neuron": 12, "chain": 2000, "lecture": 450, "moons": 1700}


def test_without_arguments_it_is_the_neuron_of_twelve_labelled_nodes() -> None:
    opened = Target("neuron").open()
    recording = opened.recording

    assert recording.node_count == 12
    assert set(recording.labels) == set(range(12))
    assert opened.parameters


@pytest.mark.parametrize("name", SIZES)
def test_an_example_has_about_the_size_it_should(name: str) -> None:
    opened = Target(name).open()

    assert opened.recording.node_count == pytest.approx(SIZES[name], rel=0.15)
    assert EXAMPLES[name].nodes == pytest.approx(SIZES[name], rel=0.15)


@pytest.mark.parametrize("name", ["neuron", "accumulate", "diamond", "readme", "lecture"])
def test_opening_reports_its_progress_in_order(name: str) -> None:
    fractions: list[float] = []
    Target(name).open(fractions.append)

    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)


def test_an_expression_takes_its_numbers_and_the_rest_are_one() -> None:
    opened = Target("d = a*b; f = d*tanh(c) + d", ("a=2", "b=-3")).open()
    recording = opened.recording
    data = {
        recording.name(node): recording.value(node, "data", len(recording))
        for node in range(recording.node_count)
    }

    assert recording.name(recording.root) == "f"
    assert (data["a"], data["b"], data["c"], data["d"]) == (2, -3, 1, -6)
    assert not opened.parameters


def test_a_file_is_known_by_its_ending_or_by_being_there(tmp_path: Path) -> None:
    path = tmp_path / "a_recording"
    save(Target("diamond").open().recording, path)

    assert Target(str(path)).open().title == "a_recording"
    assert Target("not_there.json").path == Path("not_there.json")
    assert Target("not_there").path is None


def test_an_example_wins_over_a_file_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "neuron").write_text("no recording")

    assert Target("neuron").open().recording.node_count == 12


def test_only_what_takes_long_is_slow(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 1_000_001)

    assert Target("demo").slow
    assert Target(str(large)).slow
    assert not any(
        Target(name).slow for name in ("neuron", "lecture", "a*b", str(tmp_path / "none.json"))
    )


@pytest.mark.parametrize(
    ("text", "numbers", "sentence"),
    [
        ("neuron", ("a=1",), "takes no NAME=NUMBER"),
        ("a*b", ("a",), "'a' is not NAME=NUMBER"),
        ("a*b", ("a=5", "b=1", "a=6"), "a is given two numbers, 5 and 6"),
        ("a*b", ("1a=2",), "'1a=2' is not NAME=NUMBER"),
        ("a*b", ("a b=2",), "is not NAME=NUMBER"),
        ("a*b", ("a=",), "a needs a number, not ''"),
        ("a*b", ("a=0x10",), "a needs a number, not '0x10'"),
        ("a*b", ("c=1",), "c is given a number but does not occur"),
        ("neurn", (), "did you mean neuron?"),
        ("leture", (), "did you mean lecture?"),
        ("", (), "nothing here to compute"),
        ("a +", (), "column 4"),
        ("a @ b", (), "column 3"),
        ("\x1b[31m", (), "\n  ?[31m\n  ^"),
        ("a + \x1b", (), "\n  a + ?\n      ^"),
        ("漢 @ b", (), "column 3"),
        ("\0.json", (), "\\x00.json"),
        ("x" * 400 + ".json", (), "too long"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_a_sentence(
    text: str, numbers: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(BadTarget) as refused:
        Target(text, numbers).open()

    assert sentence.lower() in str(refused.value).lower()
    assert all(line.isprintable() for line in str(refused.value).split("\n"))


def test_the_mark_stands_under_the_column_where_characters_are_escaped() -> None:
    with pytest.raises(BadTarget) as refused:
        Target("\x1b\x1b\x1b").open()
    _, line, mark = str(refused.value).split("\n")

    assert len(line) == len("  ???")
    assert mark.strip() == "^"


def test_a_recording_is_the_same_for_the_same_target() -> None:
    graph = EXAMPLES["lecture"].build(())[0]

    assert list(record(graph).step_node) == list(Target("lecture").open().recording.step_node)


def test_a_recording_of_tensors_is_opened_from_its_file(tmp_path: Path) -> None:
    from small_tensors import small_recording

    from micrograd_tui.engine.recording.tensor_json import to_json
    from micrograd_tui.tui.sessions.target import OpenedTensors

    path = tmp_path / "loss.json"
    path.write_text("".join(to_json(small_recording())), encoding="utf-8")

    opened = Target(str(path)).open_any()

    assert isinstance(opened, OpenedTensors)
    assert len(opened.recording.nodes) == 7
    path.write_text('{"kind": "tensor", "version": 1}', encoding="utf-8")
    with pytest.raises(BadTarget, match="no tensor recording"):
        Target(str(path)).open_any()
