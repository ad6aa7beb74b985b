"""No false alarm on a right engine, whatever it wears, whatever the hash seed."""

import json
import subprocess
import sys

import pytest
from dressed_engines import DRESSED
from gpt_script import gpt_script

from micrograd_tui.engine.check.check_file import check_file


@pytest.mark.parametrize("name", DRESSED)
def test_a_right_engine_is_not_blamed(name, tmp_path):
    file = tmp_path / "right.py"
    file.write_text(DRESSED[name])

    report = check_file(file)

    assert not report.refusal
    assert [finding for each in report.classes for finding in each.findings] == []
    assert report.exit_code == 0


@pytest.mark.parametrize("slots", [True, False])
@pytest.mark.parametrize("locals_", ["_local_grads", "_local_grad"])
def test_a_microgpt_is_audited_without_training_it(slots, locals_, tmp_path):
    file = tmp_path / "microgpt.py"
    file.write_text(gpt_script(slots=slots, locals_=locals_))
    spoiled = tmp_path / "port.py"
    spoiled.write_text(gpt_script(slots=slots, locals_=locals_, of_mul="(self.data, other.data)"))

    assert check_file(file).exit_code == 0
    (found,) = check_file(spoiled).classes[0].findings
    assert (found.kind, found.rule, found.expression) == ("local derivative", "Value.__mul__", "a * b")
    assert "(self.data, other.data)" in found.code


VERDICT = """
import json, sys
from pathlib import Path
from micrograd_tui.engine.check.check_file import check_file
print(json.dumps([[f.line, f.kind] for c in check_file(Path(sys.argv[1])).classes for f in c.findings]))
"""


@pytest.mark.parametrize(("spoiled", "line"), [(False, None), (True, 17)])
def test_the_verdict_is_the_same_with_every_hash_seed(spoiled, line, tmp_path):
    file = tmp_path / "engine.py"
    text = DRESSED["kahn"]
    right, wrong = "if not waiting[p]: ready.append(p)", "ready.append(p)"
    file.write_text(text.replace(right, wrong) if spoiled else text)

    verdicts = {
        subprocess.run(
            [sys.executable, "-c", VERDICT, str(file)],
            env={"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }

    assert len(verdicts) == 1
    assert bool(json.loads(verdicts.pop())) == spoiled
