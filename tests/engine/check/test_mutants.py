"""Each mutant is caught, and the line that was changed is the one that is blamed."""

import pytest
from learner_engines import FAMILIES
from mutants import MUTANTS

from micrograd_tui.engine.check.check_file import check_file


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_at_its_line(mutant, tmp_path):
    file = tmp_path / "spoiled.py"
    file.write_text(mutant.text)

    report = check_file(file)

    (one,) = report.classes
    found = [(finding.line, finding.kind) for finding in one.findings]
    assert (report.exit_code, found[:1]) == (1, [(mutant.blamed, found[0][1])] if found else []), found
    assert {line for line, _ in found} == {mutant.blamed}, found
    assert found[0][1] in mutant.kinds, found


@pytest.mark.parametrize("family", FAMILIES)
def test_what_they_are_mutants_of_is_right(family, tmp_path):
    file = tmp_path / "right.py"
    file.write_text(FAMILIES[family])

    report = check_file(file)

    assert report.exit_code == 0
    assert report.classes[0].findings == []
