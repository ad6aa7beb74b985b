"""A recording as columns: the same comes back, and what is no recording is refused."""

import json
import math
import zlib
from array import array
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_tui.engine import Value, record
from micrograd_tui.engine.recording.columns import NUMBERS, BadColumns, from_columns, to_columns
from micrograd_tui.engine.recording.json_file import to_json


def columns() -> dict[str, Any]:
    a, b = Value(2.0, label="a"), Value(math.inf, label="b")
    log = record((a * b).tanh() + a * a)
    log.write_sources[7] = "file.py:3"
    return json.loads(json.dumps(to_columns(log)))


def test_what_comes_back_is_the_same() -> None:
    plain = columns()
    again = from_columns(plain)

    assert json.loads(json.dumps(to_columns(again))) == plain
    assert "".join(to_json(again)).count("file.py:3") == 1


def spoiled(column: str, kind: str, data: st.DataObject) -> str:
    """Another number at some place of a column, or one less."""
    numbers = array(kind)
    numbers.frombytes(zlib.decompress(b64decode(column)))
    at = data.draw(st.integers(0, len(numbers) - 1))
    if data.draw(st.booleans()):
        numbers.pop(at)
    else:
        numbers[at] = data.draw(st.sampled_from([0, 1, 2, 5, 13, 30_000]))
    return b64encode(zlib.compress(numbers)).decode()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_spoiled_is_refused_or_can_be_read(data: st.DataObject) -> None:
    """Whatever stands in a column: a refusal, or a recording that can be written out whole."""
    plain = columns()
    name = data.draw(st.sampled_from(sorted(plain)))
    junk: st.SearchStrategy[Any] = st.sampled_from(
        [None, -1, 10**9, 10**30, "x", [], {}, [1], [[]], 1.5, True]
    )
    if isinstance(plain[name], list) and plain[name] and data.draw(st.booleans()):
        plain[name][data.draw(st.integers(0, len(plain[name]) - 1))] = data.draw(junk)
    elif name in NUMBERS and data.draw(st.booleans()):
        plain[name] = spoiled(plain[name], NUMBERS[name], data)
    else:
        plain[name] = data.draw(junk)
    try:
        log = from_columns(plain)
    except BadColumns:
        return

    "".join(to_json(log))


def test_a_column_that_is_cut_short_or_endless_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = columns()
    plain["write_after"] = plain["write_after"][:-8]
    with pytest.raises(BadColumns):
        from_columns(plain)

    monkeypatch.setattr("micrograd_tui.engine.recording.columns.MOST_BYTES", 16)
    with pytest.raises(BadColumns, match="too long"):
        from_columns(columns())


def test_a_column_that_is_missing_is_refused() -> None:
    for name in columns():
        plain = columns()
        del plain[name]
        with pytest.raises(BadColumns):
            from_columns(plain)
