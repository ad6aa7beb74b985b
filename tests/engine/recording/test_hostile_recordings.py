"""Files from anywhere: damaged, hostile, or from another program."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Playback, Value, record, scope, source_lines
from micrograd_tui.engine.recording.conditions import parse
from micrograd_tui.engine.recording.json_file import NotARecording, from_plain, load, save, to_json
from micrograd_tui.engine.sources.examples import EXAMPLES

HUGE: list[Any] = [10**30, -1, 2**31, 2**63, 1e308, -0.0, 0.5, True, "", "nan", "\ud800", [], {}, None]
KEYS = ["id", "op", "parents", "node", "slot", "after", "local", "amount", "before", "source", "x"]
OPS = ["", "+", "mul", "**2", "**-0.5", "**1e999", "**", "relu", "nonsense", "**nan", "pow"]
junk = st.recursive(
    st.sampled_from(HUGE) | st.sampled_from(OPS) | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=4,
)


def text_of(root: Value) -> str:
    return "".join(to_json(record(root)))


def small() -> str:
    with scope("layer[0]"), source_lines():
        a = Value(2.0, label="a")
        out = Value(6.0, (a, a * 3, a**2), "mine")
    return text_of(out.tanh() + a.max(3.0))


SMALL = small()


def read_whole(plain: Any) -> None:
    """Read a recording and look at all of it, or be refused in one sentence."""
    try:
        log = from_plain(plain)
    except NotARecording as refusal:
        assert str(refusal)
        assert "\n" not in str(refusal)
        return
    playback = Playback(log)
    assert playback.status
    for position in range(len(log) + 1):
        playback.jump(position)
        assert playback.step is None or playback.step.index == position - 1
    for text in ("nan", "inf", "zero", "|grad| > 1", "op mul"):
        playback.run([parse(text, log)], backwards=True)
    again = "".join(to_json(log))
    assert "".join(to_json(from_plain(json.loads(again)))) == again


def damage(plain: Any, data: st.DataObject) -> None:
    """Change one place, found by walking down: replaced, dropped, doubled, moved."""
    place: Any = plain
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and data.draw(st.integers(0, 4)):
            place = inner
            continue
        how = data.draw(st.sampled_from(["replace", "replace", "drop", "double", "nudge"]))
        if how == "drop":
            del place[key]
        elif how == "double" and isinstance(place, list):
            place.insert(data.draw(st.integers(0, len(place))), inner)
        elif how == "nudge" and isinstance(inner, int):
            place[key] = inner + data.draw(st.integers(-3, 3))
        else:
            place[key] = data.draw(junk)
        return


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_damaged_in_several_places_is_read_or_refused(data: st.DataObject) -> None:
    plain = json.loads(SMALL)
    for _ in range(data.draw(st.integers(1, 3))):
        damage(plain, data)

    read_whole(plain)


@given(plain=junk)
def test_any_json_at_all_is_refused(plain: Any) -> None:
    with pytest.raises(NotARecording):
        from_plain(plain)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(SMALL) - 4), at=st.integers(0, len(SMALL) - 1), byte=st.binary(max_size=3))
def test_a_torn_or_overwritten_file_is_read_or_refused(
    tmp_path: Path, cut: int, at: int, byte: bytes
) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(SMALL.encode()[:cut])
    with pytest.raises(NotARecording):
        load(path)

    raw = SMALL.encode()
    path.write_bytes(raw[:at] + byte + raw[at + 1 :])
    try:
        load(path)
    except NotARecording as refusal:
        assert "\n" not in str(refusal)


@settings(max_examples=60)
@given(program=programs(numbers=st.floats()))
def test_a_round_trip_is_the_identity_with_any_numbers(program: Program) -> None:
    text = text_of(values_of(program)[0])

    assert "".join(to_json(from_plain(json.loads(text)))) == text


def test_a_round_trip_keeps_closures_scopes_lines_and_odd_labels() -> None:
    a = Value(2.0, label='"\\\n\x1b[31m é 梯度 [@click=app.quit]x[/]')
    a.grad = -7.25
    out = Value(6.0, (a, a, a), "my op/**3")
    out._backward = lambda: setattr(a, "grad", a.grad + 0.1)
    text = text_of(out * a)

    assert "".join(to_json(from_plain(json.loads(text)))) == text
    assert json.loads(text)["nodes"][0]["label"] == a.label
    assert json.loads(text)["nodes"][0]["parents"] == []
    assert json.loads(text)["nodes"][1]["parents"] == [0, 0, 0]


def test_a_loaded_recording_plays_as_the_recorded_one() -> None:
    log = record(EXAMPLES["diamond"].build(())[0])
    again = from_plain(json.loads("".join(to_json(log))))

    assert [again.step_at(k) for k in range(len(again))] == [log.step_at(k) for k in range(len(log))]
    assert again.phases == log.phases
    assert again.labels == log.labels
    for position in range(len(log) + 1):
        for node in range(log.node_count):
            assert again.value(node, "grad", position) == log.value(node, "grad", position)
            assert again.value(node, "data", position) == log.value(node, "data", position)


def test_numbers_keep_every_bit() -> None:
    x = 0.1 + 0.2
    log = from_plain(json.loads(text_of(Value(x) * 5e-324 + Value(-0.0))))

    assert log.value(0, "data", len(log)) == x
    assert repr(log.value(3, "data", len(log))) == "-0.0"


def changed(**keys: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(SMALL)
    return plain | keys


@pytest.mark.parametrize("version", [2, 10**30, 0, -1, 1.0, "1", None, True, [1]])
def test_another_version_is_refused(version: Any) -> None:
    with pytest.raises(NotARecording, match="version"):
        from_plain(changed(version=version))


@pytest.mark.parametrize("key", ["version", "root", "nodes", "steps"])
def test_a_missing_part_is_named(key: str) -> None:
    plain = changed()
    del plain[key]

    with pytest.raises(NotARecording, match=key):
        from_plain(plain)


def test_cycles_of_any_length_are_refused_quickly() -> None:
    count = 3000
    plain = changed()
    plain["nodes"] = [
        {"id": i, "op": "neg", "data": 1.0, "parents": [(i + 1) % count]} for i in range(count)
    ]
    plain["root"] = 0

    with pytest.raises(NotARecording, match=r"nodes\[0\]\.parents\[0\]: a cycle"):
        from_plain(plain)
    plain["nodes"][-1] = {"id": count - 1, "data": 1.0}
    with pytest.raises(NotARecording, match=r"nodes\[0\]\.parents\[0\]: nodes\[1\] comes later"):
        from_plain(plain)


def test_a_node_that_is_its_own_parent_is_a_cycle() -> None:
    plain = changed()
    plain["nodes"][2]["parents"] = [2, 0]

    with pytest.raises(NotARecording, match=r"nodes\[2\]\.parents\[0\]: a cycle"):
        from_plain(plain)


def test_absurd_sizes_are_refused_before_they_are_built(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(SMALL)
    with pytest.raises(NotARecording, match="larger than"):
        load(path, max_bytes=100)

    with pytest.raises(NotARecording, match=r"nodes: \d+ of them; 1 to 3"):
        from_plain(changed(), max_nodes=3)
    with pytest.raises(NotARecording, match=r"steps: \d+ of them; 1 to 24"):
        from_plain(changed(nodes=changed()["nodes"][:1], steps=changed()["steps"] * 9), max_nodes=3)


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.json"
    path.write_text("the old file")

    def fail(*args: object) -> None:
        raise OSError("disk full")

    place: Any = Path if step == "replace" else os
    monkeypatch.setattr(place, step, fail)
    with pytest.raises(OSError, match="disk full"):
        save(record(Value(1.0) * 2), path)

    assert path.read_text() == "the old file"
    assert list(tmp_path.iterdir()) == [path]


def test_a_save_replaces_the_old_file_and_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("the old file, which was much longer" * 500)
    log = record(EXAMPLES["neuron"].build(())[0])
    save(log, path)

    assert "".join(to_json(load(path))) == path.read_text() == "".join(to_json(log))
    assert list(tmp_path.iterdir()) == [path]


def test_a_local_derivative_a_file_gives_is_shown_also_where_the_table_differs() -> None:
    plain = json.loads(text_of(Value(2.0) * 5.0))
    writes = plain["steps"][-3]["writes"]
    writes[0]["local"], writes[1]["local"] = 99.0, None
    log = from_plain(plain)

    assert [write.local for write in log.step_at(len(log) - 3).writes] == [99.0, None]
    assert json.loads("".join(to_json(log))) == plain


def update(target: int, before: float, after: float) -> dict[str, Any]:
    write = {"target": target, "field": "data", "slot": None, "local": None, "amount": None}
    write |= {"before": before, "after": after, "source": ""}
    return {"phase": "update", "node": None, "grad": None, "writes": [write]}


def test_an_update_after_a_forward_phase_has_its_before_and_the_start_has_no_data() -> None:
    plain = json.loads(text_of(Value(2.0) * 5.0))
    plain["steps"].append(update(0, 2.0, 1.5))
    plain["nodes"][0]["data"] = 1.5
    log = from_plain(plain)

    assert [log.value(0, "data", k) for k in (0, 1, len(log) - 1, len(log))] == [None, 2.0, 2.0, 1.5]
    assert json.loads("".join(to_json(log))) == plain


def test_an_update_without_a_forward_phase_starts_from_its_before() -> None:
    plain = json.loads(text_of(Value(2.0) * 5.0))
    plain["steps"] = [s for s in plain["steps"] if s["phase"] != "forward"] + [update(0, 2.0, 1.5)]
    plain["nodes"][0]["data"] = 1.5
    log = from_plain(plain)

    assert [log.value(0, "data", k) for k in (0, len(log) - 1, len(log))] == [2.0, 2.0, 1.5]
    assert [log.value(1, "data", k) for k in (0, len(log))] == [5.0, 5.0]
    assert json.loads("".join(to_json(log))) == plain
