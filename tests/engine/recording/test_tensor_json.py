"""Tensor recordings as JSON: the schema of docs/pytorch.md, and reading it back."""

import json
import math
from typing import Any

import pytest

from micrograd_tui.engine.recording.json_file import NotARecording
from micrograd_tui.engine.recording.json_file import from_plain as from_scalar
from micrograd_tui.engine.recording.tensor import (
    ParameterGrad,
    Saved,
    Summary,
    TensorNode,
    TensorRecording,
    TensorStep,
    TensorWrite,
)
from micrograd_tui.engine.recording.tensor_json import from_plain, to_json, to_plain

ONE = Summary((), "float32", 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0)
BAD = Summary((2,), "float32", math.nan, math.inf, -math.inf, math.nan, math.nan, 0.5, 2)
COMPLEX = Summary((1,), "complex64", 5.0, 3 + 4j, None, None, 3 + 4j, 0.0, 0)
LOG = TensorRecording(
    "2.13.0",
    "dry",
    (2,),
    (
        TensorNode(0, "AccumulateGrad", "w", "h[0]", "t.py:3", (2,), "float32", ()),
        TensorNode(
            1,
            "AccumulateGrad",
            "z",
            "",
            "",
            (1,),
            "complex64",
            (),
            saved=(Saved("self", (2,), "float32", 8, 0),),
        ),
        TensorNode(2, "MulBackward0", "", "h[0]", "t.py:3", (), "float32", (0, None, 1), slots=(0, 0, 0)),
    ),
    (
        TensorStep(
            2,
            (ONE, None),
            (TensorWrite(0, 0, BAD, (3, 2), "bfloat16"), TensorWrite(1, 2, COMPLEX)),
            (("self", ONE),),
        ),
        TensorStep(0, (BAD,), ()),
        TensorStep(1, (COMPLEX,), ()),
    ),
    (
        ParameterGrad("h.0.w", (2,), "float32", BAD, True, 0, ONE, ONE),
        ParameterGrad("z", (1,), "complex64", COMPLEX, False, 1),
        ParameterGrad("u", (1,), "float32", None, None, frozen=True),
    ),
    "there are hooks",
    ("a note",),
    (ONE,),
    ("loss",),
)


def test_the_json_has_the_keys_of_the_schema_and_no_other() -> None:
    plain = json.loads("".join(to_json(LOG)))

    assert list(plain) == [
        "version",
        "kind",
        "torch",
        "mode",
        "root",
        "nodes",
        "steps",
        "parameters",
        "verdict",
    ]
    assert (plain["version"], plain["kind"], plain["mode"], plain["root"]) == (1, "tensor", "dry", [2])
    for node in plain["nodes"]:
        assert set(node) == {"id", "op", "label", "scope", "source", "shape", "dtype", "parents"}
    assert plain["nodes"][2]["parents"] == [0, None, 1]
    for step in plain["steps"]:
        assert set(step) == {"phase", "node", "grad", "writes"}
        assert step["phase"] == "backward"
        assert all(set(write) == {"target", "slot", "amount"} for write in step["writes"])
    for parameter in plain["parameters"]:
        assert set(parameter) == {"name", "shape", "dtype", "grad", "same_bits"}
    assert plain["verdict"] == {"parameters": 2, "same": 1}


def test_numbers_that_are_not_finite_are_texts_and_complex_ones_pairs() -> None:
    step = json.loads("".join(to_json(LOG)))["steps"][0]
    amounts = [write["amount"] for write in step["writes"]]

    assert step["grad"][1] is None
    assert amounts[0] == {
        "shape": [2], "dtype": "float32", "norm": "nan", "sum": "inf", "min": "-inf", "max": "nan", "mean": "nan",
        "zeros": 0.5, "nonfinite": 2,
    }  # fmt: skip
    assert (amounts[1]["sum"], amounts[1]["min"], amounts[1]["mean"]) == ([3.0, 4.0], None, [3.0, 4.0])


def test_what_crosses_to_the_app_is_read_back_whole() -> None:
    plain = json.loads(json.dumps(to_plain(LOG, beyond=True)))

    assert repr(from_plain(plain)) == repr(LOG)
    assert from_plain(json.loads("".join(to_json(LOG)))).steps[0].writes[0].summed_from is None


def test_a_recording_is_read_by_what_is_asked_of_it() -> None:
    assert LOG.step_of == {2: 0, 0: 1, 1: 2}
    assert LOG.arrivals[0] == [(0, LOG.steps[0].writes[0])]
    assert LOG.consumers == {0: (2,), 1: (2,)}
    assert LOG.scopes == {"h[0]": (0, 2), "": (1,)}
    assert LOG.saved_bytes == 8
    assert list(LOG.inputs(2)) == [((2,), "float32"), None, ((1,), "complex64")]


@pytest.mark.parametrize(
    "change",
    [
        {"nodes": 5}, {"root": [9]}, {"root": []}, {"steps": [{"node": 0}]}, {"kind": "sound"}, {"version": 2},
        {"nodes": [{"id": 0, "op": "x", "label": "", "scope": "", "source": "", "shape": [], "dtype": "", "parents": [0]}]},
        {"steps": [{"node": 7, "grad": [], "writes": []}]},
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NotARecording):
        from_plain(to_plain(LOG) | change)


@pytest.mark.parametrize("kind", ["tensor", "sound", 3])
def test_the_scalar_reader_refuses_other_kinds_by_name(kind: Any) -> None:
    with pytest.raises(NotARecording, match=str(kind)):
        from_scalar({"version": 1, "kind": kind, "root": 0, "nodes": [], "steps": []})
