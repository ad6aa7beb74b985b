"""Recordings as JSON: the schema of the README, and refusals that name the place."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value, record
from micrograd_tui.engine.recording.json_file import NotARecording, from_plain, load, save, to_json
from micrograd_tui.engine.sources.examples import EXAMPLES


def neuron() -> dict[str, Any]:
    return json.loads("".join(to_json(record(EXAMPLES["neuron"].build(())[0]))))


def test_the_schema_is_the_one_written_down() -> None:
    plain = neuron()

    assert set(plain) == {"version", "root", "nodes", "steps"}
    assert plain["version"] == 1
    assert set(plain["nodes"][0]) == {"id", "op", "label", "data", "grad", "parents", "scope", "source"}
    assert set(plain["steps"][0]) == {"phase", "node", "grad", "writes"}
    write = {"target", "field", "slot", "local", "amount", "before", "after", "source"}
    assert set(plain["steps"][0]["writes"][0]) == write
    assert [node["id"] for node in plain["nodes"]] == list(range(12))
    assert all(parent < node["id"] for node in plain["nodes"] for parent in node["parents"])


def test_the_seed_is_a_step_without_a_node() -> None:
    seed = next(step for step in neuron()["steps"] if step["phase"] == "backward")

    assert seed["node"] is None
    assert seed["grad"] is None
    assert [(w["target"], w["slot"], w["after"]) for w in seed["writes"]] == [(11, None, 1.0)]


def test_numbers_that_are_not_finite_are_strings() -> None:
    x = Value(-1.0)
    text = "".join(to_json(record(x.log() + Value(1000.0).exp() - Value(-2000.0).exp().log())))

    assert '"nan"' in text
    assert '"inf"' in text
    assert '"-inf"' in text
    assert from_plain(json.loads(text)).node_count == 9


@settings(max_examples=60)
@given(program=programs())
def test_saving_and_loading_is_the_identity(program: Program) -> None:
    text = "".join(to_json(record(values_of(program)[0])))

    assert "".join(to_json(from_plain(json.loads(text)))) == text


def test_unknown_keys_are_ignored_and_ids_may_be_any_integers() -> None:
    plain = neuron()
    plain["made by"] = "somebody"
    for node in plain["nodes"]:
        node["id"], node["colour"] = node["id"] * 7 - 30, "red"
        node["parents"] = [p * 7 - 30 for p in node["parents"]]
    plain["root"] = plain["root"] * 7 - 30
    for step in plain["steps"]:
        step["node"] = None if step["node"] is None else step["node"] * 7 - 30
        for write in step["writes"]:
            write["target"] = write["target"] * 7 - 30

    assert "".join(to_json(from_plain(plain))) == "".join(to_json(from_plain(neuron())))


def change(path: str, to: Any) -> dict[str, Any]:
    plain = neuron()
    *way, last = [int(key) if key.isdecimal() else key for key in path.split(".")]
    place: Any = plain
    for key in way:
        place = place[key]
    place[last] = to
    return plain


@pytest.mark.parametrize(
    ("path", "to", "sentence"),
    [
        ("version", 2, "version 2"),
        ("nodes", [], "nodes: 0"),
        ("nodes.11.parents", [99, 10], r"nodes\[11\]\.parents\[0\]"),
        ("nodes.9.parents", [11, 10], r"nodes\[9\]\.parents\[0\]: a cycle"),
        ("nodes.3.id", 2, r"nodes\[3\]\.id"),
        ("nodes.3.id", "3", r"nodes\[3\]\.id"),
        ("nodes.3.label", 5, r"nodes\[3\]\.label"),
        ("nodes.3.label", "x" * 20_000, r"nodes\[3\]\.label"),
        ("nodes.3", None, r"nodes\[3\]"),
        ("root", 50, "root"),
        ("steps.4.phase", "sideways", r"steps\[4\]\.phase"),
        ("steps.4.node", 50, r"steps\[4\]\.node"),
        ("steps.4.writes.0.target", -1, r"steps\[4\]\.writes\[0\]\.target"),
        ("steps.4.writes.0.field", "colour", r"steps\[4\]\.writes\[0\]\.field"),
        ("steps.4.writes.0.after", None, r"steps\[4\]\.writes\[0\]\.after"),
        ("steps.4.writes.0.after", "many", r"steps\[4\]\.writes\[0\]\.after"),
        ("steps.4.writes.0.slot", 10**9, r"steps\[4\]\.writes\[0\]\.slot"),
        ("steps.4.writes.0.after", 10**400, r"steps\[4\]\.writes\[0\]\.after"),
        ("steps", {}, "steps"),
        ("nodes.8.parents", list(range(8)) * 3000, r"nodes\[8\]\.parents"),
    ],
)
def test_what_is_wrong_is_refused_by_its_place(path: str, to: Any, sentence: str) -> None:
    with pytest.raises(NotARecording, match=sentence):
        from_plain(change(path, to))


@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_but_never_crashes(data: st.DataObject) -> None:
    plain = copy.deepcopy(NEURON)
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=4,
    )
    place: Any = plain
    while data.draw(st.booleans()) and isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(junk)
            break
        place = place[key]

    try:
        recording = from_plain(plain)
    except NotARecording as refusal:
        assert "\n" not in str(refusal)
    else:
        assert "".join(to_json(recording))


NEURON = neuron()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "nul", "NaN", '{"version": NaN}', "[" * 100_000, "1" * 5000, "\x00"]
)
def test_a_file_that_is_no_recording_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)

    with pytest.raises(NotARecording) as refusal:
        load(path)
    assert "\n" not in str(refusal.value)


def test_saving_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    path.write_text("the old file")

    def torn(recording: object) -> Any:
        yield "{"
        raise OSError("disk full")

    monkeypatch.setattr("micrograd_tui.engine.recording.json_file.to_json", torn)
    with pytest.raises(OSError, match="disk full"):
        save(record(Value(1.0) * 2), path)

    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lost_contribution_survives_the_file() -> None:
    plain = neuron()
    step = next(s for s in plain["steps"] if s["phase"] == "backward" and len(s["writes"]) == 2)
    step["writes"][1]["after"] = 0.5
    recording = from_plain(plain)
    write = recording.step_at(plain["steps"].index(step)).writes[1]

    assert write.before is not None
    assert write.amount is not None
    assert write.before + write.amount != write.after == 0.5


def test_a_path_may_be_a_text(tmp_path: Path) -> None:
    name = str(tmp_path / "run.json")
    save(record(Value(2.0) * 3), name)

    assert load(name).node_count == 3


def test_what_is_no_recording_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"save takes a recording, as record\(loss\) makes one"):
        save(Value(2.0), tmp_path / "loss.json")  # type: ignore[arg-type]  # a slip that scripts make

    assert not list(tmp_path.iterdir())
