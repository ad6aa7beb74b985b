"""Three small sets of real measurements. data/README.md has their origins and licences."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .dataset import Dataset

FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Origin:
    """Where a bundled file comes from, and on what terms."""

    description: str
    target: str
    source: str
    licence: str
    citation: str


ORIGINS = {
    "penguins": Origin(
        "three species of penguins by their bills, flippers and weight",
        "species",
        "Palmer Station LTER, by way of palmerpenguins 0.1.6; two birds not measured are left out, and"
        " the columns island, sex and year",
        "CC0 1.0 (public domain)",
        "Gorman KB, Williams TD, Fraser WR (2014) Ecological Sexual Dimorphism and Environmental"
        " Variability within a Community of Antarctic Penguins (Genus Pygoscelis). PLoS ONE 9(3): e90081."
        " https://doi.org/10.1371/journal.pone.0090081",
    ),
    "iris": Origin(
        "three species of iris by their sepals and petals",
        "species",
        "R. A. Fisher's table of 1936 (UCI Machine Learning Repository, https://doi.org/10.24432/C56C76),"
        " in the corrected copy of scikit-learn 1.9.1",
        "CC BY 4.0; the copy BSD 3-Clause",
        "Fisher RA (1936) The use of multiple measurements in taxonomic problems. Annals of Eugenics"
        " 7(2): 179-188. https://doi.org/10.1111/j.1469-1809.1936.tb02137.x",
    ),
    "digits": Origin(
        "handwritten digits, 8x8 counts of ink from 0 to 16",
        "digit",
        "the test part of Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,"
        " in the copy of scikit-learn 1.9.1",
        "CC BY 4.0; the copy BSD 3-Clause",
        "Alpaydin E, Kaynak C (1998) Optical Recognition of Handwritten Digits. UCI Machine Learning"
        " Repository. https://doi.org/10.24432/C50P49",
    ),
}


def bundled(name: str) -> Callable[[int, float, int], Dataset]:
    """Return the function that reads a bundled set; fewer rows than all are drawn by the seed."""
    return lambda n, noise, seed: _drawn(_read(name), n, seed)


def _read(name: str) -> Dataset:
    from .csv_file import read_csv  # not for those who only make points

    origin = ORIGINS[name]
    return replace(
        read_csv(FOLDER / f"{name}.csv", origin.target),
        name=name,
        description=origin.description,
        source=origin.source,
        licence=origin.licence,
        citation=origin.citation,
        notes=(),
    )


def _drawn(dataset: Dataset, n: int, seed: int) -> Dataset:
    if n == len(dataset.rows):
        return dataset
    chosen = sorted(random.Random(seed).sample(range(len(dataset.rows)), n))
    return replace(dataset, rows=tuple(dataset.rows[i] for i in chosen))
