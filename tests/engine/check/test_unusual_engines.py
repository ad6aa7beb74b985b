"""Engines built in other ways: right as they stand; of several faults each is blamed, and nothing else."""

import pytest
from unusual_engines import FAULTS, UNUSUAL

from micrograd_tui.engine.check.check_file import check_file


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_right_one_is_not_blamed(name, tmp_path):
    file = tmp_path / "right.py"
    file.write_text(UNUSUAL[name])

    report = check_file(file)

    assert not report.refusal
    assert [finding for each in report.classes for finding in each.findings] == []


@pytest.mark.parametrize(("name", "changes"), FAULTS, ids=lambda x: x if isinstance(x, str) else x[0][1])
def test_each_fault_is_caught_at_its_line(name, changes, tmp_path):
    text, lines = UNUSUAL[name], set()
    for old, new in changes:
        lines.add(text.partition(old)[0].count("\n") + 1)
        text = text.replace(old, new, 1)
    file = tmp_path / "spoiled.py"
    file.write_text(text)

    found = [finding for each in check_file(file).classes for finding in each.findings]

    assert {finding.line for finding in found} == lines, found
