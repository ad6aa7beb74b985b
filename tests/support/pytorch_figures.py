"""PyTorch's answers as stored figures: read where PyTorch is missing, computed and compared where it is there.

A test asks by its fixture `pytorch` (tests/conftest.py). The figures of a file of tests lie beside it, in
`figures/`; `make figures` writes them anew, where PyTorch is installed.
"""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

Compute = Callable[[Any], Sequence[float]]
"""What computes an answer, given the module torch."""


class Figures:
    """All figures of a session of tests, by file of tests, test and case."""

    def __init__(self, torch: Any, writing: bool) -> None:
        self._torch = torch
        self._writing = writing
        self._stored: dict[Path, dict[str, dict[str, list[float]]]] = {}
        self._made: dict[Path, dict[str, dict[str, list[float]]]] = {}

    def answer(self, path: Path, test: str, case: str, compute: Compute) -> list[float]:
        """PyTorch's answer for one case of a test; a stored figure that is not it fails the test."""
        if self._writing:
            made = [float(x) for x in compute(self._torch)]
            self._made.setdefault(path, {}).setdefault(test, {})[case] = made
            return made
        stored = self._read(path).get(test, {}).get(case)
        if stored is None:
            pytest.fail(
                f"{path.name} has no figure for {test}[{case}]: make figures, with PyTorch", pytrace=False
            )
        if self._torch is None:
            return stored
        fresh = [float(x) for x in compute(self._torch)]
        assert len(fresh) == len(stored), "stale: make figures"
        assert all(map(close, fresh, stored)), f"stale: PyTorch says {fresh}, stored is {stored}"
        return fresh

    def _read(self, path: Path) -> dict[str, dict[str, list[float]]]:
        if path not in self._stored:
            text = path.read_text(encoding="utf-8") if path.exists() else "{}"
            self._stored[path] = json.loads(text)
        return self._stored[path]

    def save(self) -> None:
        """Write what was computed, a line a case."""
        for path, tests in self._made.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(_text(tests), encoding="utf-8")


def close(a: float, b: float) -> bool:
    """Whether two answers are one but for the last digits, in which versions of PyTorch differ."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-14)


def _text(tests: dict[str, dict[str, list[float]]]) -> str:
    blocks = []
    for test, cases in sorted(tests.items()):
        lines = ",\n".join(f"  {json.dumps(case)}: {json.dumps(cases[case])}" for case in sorted(cases))
        blocks.append(f"{json.dumps(test)}: {{\n{lines}\n}}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"
