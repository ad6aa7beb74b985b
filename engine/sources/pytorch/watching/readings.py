"""Readings of tensors on whatever device: worked out there, and brought over in one transfer each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ....learning.module_look import BINS, FULLEST, Spread

SAMPLE = 1024
"""Numbers of a module that its histogram is of, evenly spaced over all of them."""

Place = tuple[Any, int, int]
"""Where a reading stands: of which device, from where, to where."""


class Readings:
    """Small tensors that are wanted as numbers, gathered until `fetch` brings all of them over."""

    def __init__(self) -> None:
        self._parts: dict[Any, list[Any]] = {}
        self._sizes: dict[Any, int] = {}
        self._fetched: dict[Any, Any] = {}

    def add(self, tensor: Any) -> Place:
        """Take a tensor; return where it will stand."""
        key = tensor.device
        start = self._sizes.get(key, 0)
        self._parts.setdefault(key, []).append(tensor.reshape(-1))
        self._sizes[key] = end = start + tensor.numel()
        return key, start, end

    def fetch(self) -> None:
        """Bring all over: as the widest dtype among them, counts too."""
        self._fetched = {key: torch.cat(parts).cpu() for key, parts in self._parts.items()}
        self._parts = {}

    def vector(self, place: Place) -> Any:
        """Return a reading, as a tensor of floats on the CPU."""
        key, start, end = place
        return self._fetched[key][start:end].float()

    def number(self, place: Place) -> float:
        """Return a reading of one number."""
        key, start, _ = place
        return float(self._fetched[key][start])


@dataclass(frozen=True, slots=True)
class Read:
    """What is read of one tensor."""

    count: int
    norm: Place
    reach: Place
    nonfinite: Place | None
    sample: Place
    scale: Place | None = None
    """What the numbers are to be divided by."""


def strided(elements: Any, most: int, of: int) -> Any:
    """Return so many elements of a flat tensor, evenly spaced: its part of `of` elements in all.

    The step is prime to the usual sizes of layers, or it would meet the same columns in every row.
    """
    step = max(1, -(-of // most))
    while step > 1 and math.gcd(step, 2 * 3 * 5 * 7 * 11 * 13) > 1:
        step += 1
    return elements[::step]


def flat(tensor: Any) -> Any:
    """Return the elements of a tensor as real numbers in a row; of a sparse one, those it holds."""
    tensor = tensor.detach()
    if tensor.layout == torch.sparse_coo:
        tensor = tensor.coalesce().values()  # not in place: a sum of what came twice is wanted
    elif tensor.layout != torch.strided:
        tensor = tensor.values()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    if not tensor.is_floating_point():
        tensor = tensor.float()
    return tensor.reshape(-1)


def read(readings: Readings, tensor: Any, of: int, scale: Any = None) -> Read:
    """Have a tensor read, its sample as its part of `of` elements."""
    elements = flat(tensor)
    wide = torch.float64 if elements.dtype == torch.float64 else torch.float32
    if not elements.numel():
        elements = elements.new_zeros(1)
    # Several times as fast as vector_norm, on the CPU.
    own = elements if elements.dtype == wide else elements.to(wide)
    norm = torch.dot(own, own).sqrt()
    low, high = torch.aminmax(own)
    reach = torch.maximum(-low, high)
    nonfinite = None
    # To ask costs a pass over the numbers; on the CPU the norm says for nothing whether it is needed.
    if elements.device.type != "cpu" or not math.isfinite(float(norm)):
        nonfinite = torch.count_nonzero(elements - elements)
        if elements.device.type == "cpu" and not int(nonfinite):
            norm = torch.linalg.vector_norm(elements, dtype=torch.float64)
    return Read(
        tensor.numel(),
        readings.add(norm),
        readings.add(reach),
        None if nonfinite is None else readings.add(nonfinite),
        readings.add(strided(elements, SAMPLE, of).to(wide, copy=True)),
        None if scale is None else readings.add(scale),
    )


def spreads(readings: Readings, groups: Sequence[Sequence[Read]]) -> list[Spread]:
    """Return the spread of each group of tensors that were read."""
    if not groups:
        return []
    samples = torch.full((len(groups), SAMPLE + 64), math.nan)
    for row, group in enumerate(groups):
        found = [_unscaled(readings, each, readings.vector(each.sample)) for each in group]
        joined = torch.cat(found)[: samples.shape[1]] if found else samples[row, :0]
        samples[row, : len(joined)] = joined
    reaches = [_reach(readings, group) for group in groups]
    bars, deviations, reaches = _histograms(samples, reaches)
    return [
        Spread(
            sum(each.count for each in group),
            math.hypot(*(_number(readings, each, each.norm) for each in group)),
            deviations[i],
            reaches[i],
            sum(int(readings.number(each.nonfinite)) for each in group if each.nonfinite),
            bars[i],
        )
        if group
        else Spread()
        for i, group in enumerate(groups)
    ]


def _number(readings: Readings, of: Read, place: Place) -> float:
    number = readings.number(place)
    return number / readings.number(of.scale) if of.scale else number


def _unscaled(readings: Readings, of: Read, sample: Any) -> Any:
    return sample / readings.number(of.scale) if of.scale else sample


def _reach(readings: Readings, group: Sequence[Read]) -> float:
    """How far a group reaches; nan where that has to be found among the finite ones."""
    found = [_number(readings, each, each.reach) for each in group]
    return max(found, default=0.0) if all(map(math.isfinite, found)) else math.nan


def _histograms(samples: Any, reaches: Sequence[float]) -> tuple[list[bytes], list[float], list[float]]:
    """Return the histogram of each row, its standard deviation, and how far its bars reach."""
    finite = torch.isfinite(samples)
    clean = torch.where(finite, samples, 0.0)
    count = finite.sum(1)
    reach = torch.tensor(reaches, dtype=torch.float32)
    reach = torch.where(torch.isfinite(reach), reach, clean.abs().amax(1))
    shares = clean / torch.where(reach > 0, reach, 1.0)[:, None]
    mean = shares.sum(1) / count.clamp(min=1)
    squares = torch.where(finite, shares - mean[:, None], 0.0).square().sum(1) / count.clamp(min=1)
    # Each row has bars of its own in one long count, and one more for what is not finite.
    bar = ((shares + 1) * (BINS / 2)).long().clamp(0, BINS - 1)
    bar = torch.where(finite, bar, BINS) + torch.arange(len(samples))[:, None] * (BINS + 1)
    counts = torch.bincount(bar.reshape(-1), minlength=len(samples) * (BINS + 1))
    counts = counts.reshape(len(samples), BINS + 1)[:, :BINS]
    most = counts.amax(1, keepdim=True).clamp(min=1)
    heights = (counts * FULLEST + most - 1) // most
    deviation = (squares.sqrt() * reach).tolist()
    return [bytes(row) for row in heights.tolist()], deviation, reach.tolist()
