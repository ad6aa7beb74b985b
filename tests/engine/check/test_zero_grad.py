"""A `zero_grad` that does not clear, or does more, is blamed at its line; any that works is not."""

import pytest
from zero_grads import RIGHT, SPOILED

from micrograd_tui.engine.check.check_file import check_file


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda spoiled: spoiled.name)
def test_a_wrong_one_is_caught_at_its_line(spoiled, tmp_path):
    file = tmp_path / "spoiled.py"
    file.write_text(spoiled.text)

    (one,) = check_file(file).classes

    found = [(finding.line, finding.kind) for finding in one.findings]
    assert found == [(spoiled.blamed, spoiled.kind)], one.findings


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_one_is_not_blamed(name, tmp_path):
    file = tmp_path / "right.py"
    file.write_text(RIGHT[name])

    report = check_file(file)

    assert not report.refusal
    assert [finding for each in report.classes for finding in each.findings] == []
