"""Numbers from another program's output, parsed as JSON lines or as CSV, whichever a line is.

A line of anything else is skipped, for programs print other things too. So the header of a CSV is the
last line before its numbers that has as many cells.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from .run import LAST_STEP, Run

Numbers = dict[str, float]
STEP_NAMES = ("step", "iteration", "iter", "i", "global_step")


def follow(lines: Iterable[str], run: Run) -> Iterator[tuple[int, Numbers]]:
    """Log the numbers of each line to `run`, and yield them with their step."""
    step = 0
    for numbers in numbers_in(lines):
        named = next((name for name in STEP_NAMES if name in numbers), None)
        if named is not None and 0 <= (given := numbers.pop(named)) < LAST_STEP:
            step = int(given)
        if numbers:
            run.log(step, **numbers)
            yield step, numbers
            step += 1


def numbers_in(lines: Iterable[str]) -> Iterator[Numbers]:
    """Yield the numbers of every line that has some, by name."""
    headers: dict[int, list[str]] = {}
    header: list[str] | None = None
    for line in lines:
        line = line.strip().removeprefix("\ufeff")
        if line.startswith("{"):
            if found := _of_json(line):
                yield found
        elif cells := _cells(line):
            values = [_number(cell) for cell in cells]
            if any(value is not None for value in values):
                header = header or headers.get(len(cells)) or _unnamed(len(cells))
                pairs = zip(header, values, strict=False)
                yield {name: value for name, value in pairs if value is not None}
            elif all(cells):
                headers[len(cells)] = cells


def _of_json(line: str) -> Numbers:
    try:
        read: Any = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return {k: value for k, v in read.items() if (value := _number(v)) is not None}


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return []


def _number(value: Any) -> float | None:
    # true is no number here, nor are words like "nan" in a list of names: those come as cells.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _unnamed(count: int) -> list[str]:
    """Name the columns of a CSV without a header: loss, or step and loss and more."""
    return ["loss"] if count == 1 else ["step", "loss", *(f"column{i}" for i in range(3, count + 1))]
