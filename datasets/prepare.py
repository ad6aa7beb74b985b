"""From a data set to what a run trains on: a split, no missing cell, a common scale, and notes of it."""

import math
import random
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .dataset import BadData, Dataset, Row


@dataclass(frozen=True, eq=False)
class Prepared:
    """The rows to train on and those held back. A number v in them stood for mean + scale*v."""

    name: str
    inputs: tuple[str, ...]
    target: str
    classes: tuple[str, ...]
    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    target_mean: float = 0.0
    target_scale: float = 1.0
    notes: tuple[str, ...] = ()


def prepare(
    dataset: Dataset, validation: float = 0.2, seed: int = 1337, standardise: bool | None = None
) -> Prepared:
    """Split a data set and bring its columns to one scale; `notes` has what was done, in sentences.

    `validation` is the part of the rows held out, drawn by the seed, stratified by class. To
    standardise is to subtract the mean of the training rows and divide by their deviation: the
    validation rows have no part in it. None leaves that to the data set (`Dataset.standardise`).
    """
    train, held, split_note = _split(dataset, validation, seed)
    wanted = dataset.standardise if standardise is None else standardise
    fills = _fills(dataset, train)
    if fills:
        train, held = _filled(train, fills), _filled(held, fills)
    columns = list(zip(*(x for x, _ in train), strict=True))
    texts = {i for begin, end in dataset.groups for i in range(begin, end)}
    scalings = [
        _scaling(column) if wanted and i not in texts else (0.0, 1.0) for i, column in enumerate(columns)
    ]
    y_scaling = (0.0, 1.0) if dataset.classes or not wanted else _scaling([y for _, y in train])
    means, scales = tuple(mean for mean, _ in scalings), tuple(scale for _, scale in scalings)
    constant = [
        name
        for i, (name, column) in enumerate(zip(dataset.inputs, columns, strict=True))
        if i not in texts and _is_constant(column)
    ]
    notes = (*dataset.notes, split_note, _scale_note(wanted), *_constant_note(constant, wanted))
    return Prepared(
        dataset.name,
        dataset.inputs,
        dataset.target,
        dataset.classes,
        _scaled(train, scalings, y_scaling),
        _scaled(held, scalings, y_scaling),
        means,
        scales,
        *y_scaling,
        notes=(*notes, *_target_note(dataset.target, *y_scaling)),
    )


def _split(dataset: Dataset, validation: float, seed: int) -> tuple[list[Row], list[Row], str]:
    if not 0 <= validation < 1:
        raise BadData(f"the validation part must be at least 0 and below 1, not {validation:g}")
    if not dataset.rows:
        raise BadData(f"{dataset.name} has no rows to train on")
    held = set(_drawn(dataset, validation, random.Random(seed)))
    train = [row for i, row in enumerate(dataset.rows) if i not in held]
    return (
        train,
        [dataset.rows[i] for i in sorted(held)],
        _split_note(dataset, validation, len(held), seed),
    )


def _drawn(dataset: Dataset, validation: float, rng: random.Random) -> Iterable[int]:
    """Yield the rows held back: of each class its share, and never the whole of a class."""
    groups: dict[float, list[int]] = {}
    for i, (_, y) in enumerate(dataset.rows):
        groups.setdefault(y if dataset.classes else 0.0, []).append(i)
    for _, members in sorted(groups.items()):
        rng.shuffle(members)
        yield from members[: min(round(validation * len(members)), len(members) - 1)]


def _split_note(dataset: Dataset, validation: float, held: int, seed: int) -> str:
    train = len(dataset.rows) - held
    if not held:
        why = "" if validation == 0 else ": there are too few to hold any out"
        return f"All {train:,} rows are trained on, none is held out for validation{why}."
    share = ", stratified by class" if dataset.classes else ""
    split = f"{train:,} rows are for training and {held:,} held out for validation"
    return f"{split}{share}, drawn with seed {seed}."


def of_one_size(columns: Iterable[Sequence[float]]) -> bool:
    """Whether all columns lie around 0 and reach about as far as 1, so that none need be scaled."""
    return all(_near_one([v for v in column if v == v]) for column in columns)


def _near_one(column: Sequence[float]) -> bool:
    if not column or _is_constant(column):
        return True
    mean, scale = _scaling(column)
    return abs(mean) <= 1.5 and 0.2 <= scale <= 2.5


def _fills(dataset: Dataset, train: Sequence[Row]) -> dict[int, float]:
    """Return what takes the place of a missing cell in each column that has one, in any part.

    Of a number the median of the training rows; of a text the most frequent one there.
    """
    grouped = {i: (begin, end) for begin, end in dataset.groups for i in range(begin, end)}
    gaps = {i for x, _ in dataset.rows if math.isnan(sum(x)) for i, v in enumerate(x) if v != v}
    fills: dict[int, float] = {}
    for i in sorted(gaps):
        if i not in grouped:
            known = [x[i] for x, _ in train if x[i] == x[i]]
            fills[i] = statistics.median(known) if known else 0.0
        elif i not in fills:
            begin, end = grouped[i]
            found = Counter(x[begin:end] for x, _ in train if x[i] == x[i])
            usual = max(found.items(), key=lambda item: (item[1], item[0]))[0] if found else ()
            fills |= dict(zip(range(begin, end), usual or (0.0,) * (end - begin), strict=True))
    return fills


def _filled(rows: Sequence[Row], fills: dict[int, float]) -> list[Row]:
    return [
        (tuple([fills[i] if v != v else v for i, v in enumerate(x)]), y) if math.isnan(sum(x)) else (x, y)
        for x, y in rows
    ]


def _scaling(column: Sequence[float]) -> tuple[float, float]:
    """Return the mean and the standard deviation; the number and 1 where all are one number."""
    if _is_constant(column):
        return column[0], 1.0
    n = len(column)
    mean = math.fsum(v / n for v in column)
    peak = max(abs(v - mean) for v in column)
    # In units of the largest deviation, so that no square leaves the range of floats.
    scale = peak * math.sqrt(math.fsum(((v - mean) / peak) ** 2 for v in column) / n) if peak else 0.0
    return mean, scale or 1.0


def _is_constant(column: Sequence[float]) -> bool:
    return min(column) == max(column)


def _scaled(
    rows: Iterable[Row], scalings: Sequence[tuple[float, float]], y_scaling: tuple[float, float]
) -> tuple[Row, ...]:
    y_mean, y_scale = y_scaling
    return tuple(
        (
            tuple((v - mean) / scale for v, (mean, scale) in zip(x, scalings, strict=True)),
            (y - y_mean) / y_scale,
        )
        for x, y in rows
    )


def _scale_note(wanted: bool) -> str:
    if wanted:
        return (
            "Inputs are standardised: minus the mean of the training rows, divided by their "
            "standard deviation."
        )
    return "Inputs are used as they are, not standardised."


def _constant_note(constant: Sequence[str], wanted: bool) -> list[str]:
    if not constant:
        return []
    names = ", ".join(constant[:10]) + (", ..." if len(constant) > 10 else "")
    one = len(constant) == 1
    same = f"{names} {'is' if one else 'are'} the same in every training row"
    return [f"{same}: {'it is' if one else 'they are'} 0 now." if wanted else f"{same}."]


def _target_note(target: str, mean: float, scale: float) -> list[str]:
    if (mean, scale) == (0.0, 1.0):
        return []
    return [
        f"The target {target!r} is standardised too: its mean {mean:.4g} is 0 now, "
        f"its deviation {scale:.4g} is 1."
    ]
