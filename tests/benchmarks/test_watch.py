"""What `Run.watch` costs a training step of a PyTorch model of 10 million parameters, at `every=50`.

Both loops log their loss; one is watched as well. They take turns, 50 steps each, so that each turn of the
watched one has one look in it. One thread, and seconds of the processor, which other programs do not change.
"""

import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tables import show

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

from micrograd_tui.engine.runs import Run  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
EVERY, ROUNDS, BATCH, WARM = 50, 3, 32, 5
SHAPES = {
    "4 layers, the widest of 2,048": [784, 2048, 2048, 2048, 10],
    "64 layers of 400": [784, *[400] * 62, 10],
}


def network(sizes: list[int]) -> Any:
    """A perceptron with relus."""
    layers: list[Any] = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def training(sizes: list[int], directory: Path, watched: bool) -> tuple[Callable[[int], None], Run]:
    """Return what does so many training steps, and the run they are logged to."""
    torch.manual_seed(0)
    model = network(sizes)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    x, y = torch.randn(BATCH, sizes[0]), torch.randint(0, sizes[-1], (BATCH,))
    run = Run("watched" if watched else "logged", runs_dir=directory)
    if watched:
        run.watch(model, every=EVERY)

    def steps(count: int) -> None:
        for _ in range(count):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.log(loss=loss.item())

    return steps, run


def test_watching(tmp_path: Path) -> None:
    """Milliseconds a step, medians of turns; the overhead is that of the medians of the pairs."""
    rows: list[tuple[str, ...]] = []
    torch.set_num_threads(1)
    for name, sizes in SHAPES.items():
        pair = [training(sizes, tmp_path / str(len(rows)), watched) for watched in (False, True)]
        times: list[list[float]] = [[], []]
        for steps, _ in pair:
            steps(WARM)
        for _ in range(ROUNDS):
            for which, (steps, _) in enumerate(pair):
                start = time.process_time()
                steps(EVERY)
                times[which].append(time.process_time() - start)
        for _, run in pair:
            run.finish()
        ratios = [watched / plain for plain, watched in zip(*times, strict=True)]
        plain, watched = (statistics.median(each) / EVERY * 1e3 for each in times)
        count = sum(p.numel() for p in network(sizes).parameters())
        rows.append(
            (
                name,
                f"{count:,}",
                f"{plain:.1f}",
                f"{watched:.1f}",
                f"{statistics.median(ratios) - 1:+.1%}",
            )
        )
    columns = ("model", "parameters", "a step, ms", "watched, ms", "overhead")
    note = f"torch {torch.__version__}, one thread, batch {BATCH}, SGD with momentum, every={EVERY}, {ROUNDS} turns each."
    show("watch", columns, rows, note)
