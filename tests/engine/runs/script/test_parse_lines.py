"""What another program prints, as numbers by name."""

from pathlib import Path

import pytest

from micrograd_tui.engine.runs import Run
from micrograd_tui.engine.runs.script.parse_lines import follow, numbers_in


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ('{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}', [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]),
        ("step,loss,lr\n0,0.5,1e-3\n1,0.25,1e-3", [{"step": 0, "loss": 0.5, "lr": 0.001}, {"step": 1, "loss": 0.25, "lr": 0.001}]),
        ("0.5\n0.25", [{"loss": 0.5}, {"loss": 0.25}]),
        ("3,0.5\n4,0.25", [{"step": 3, "loss": 0.5}, {"step": 4, "loss": 0.25}]),
        ('starting up ...\n{"loss": 1}\nwarning: careful\n{"loss": 2}', [{"loss": 1}, {"loss": 2}]),
        ('{"loss": NaN}', [{"loss": pytest.approx(float("nan"), nan_ok=True)}]),
        ("step,loss\n1,1.#INF\n2,-1.#INF00", [{"step": 1, "loss": float("inf")}, {"step": 2, "loss": -float("inf")}]),
        ("step 3 loss 1.#INF acc 0.5", [{"step": 3, "loss": float("inf"), "acc": 0.5}]),
        ("loss=-1.#IND00\nloss: 1.#QNAN", [{"loss": pytest.approx(float("nan"), nan_ok=True)}] * 2),
        ('{"loss": 1, "who": "me", "done": true, "more": [1]}', [{"loss": 1}]),
        ("step,loss,note\n1,0.5,fine\n2,,", [{"step": 1, "loss": 0.5}, {"step": 2}]),
        ('{"loss": ' + "[" * 100_000 + "\n{broken\n\n\x00\n", []),
        ('{"loss": 1e999999}\n{"loss": 1' + "0" * 400 + "}", [{"loss": float("inf")}]),
        ("\ufeffstep,loss\r\n1,2\r\n", [{"step": 1, "loss": 2}]),
        ("Loading data\nstep,loss\n1,0.5\n2,0.4", [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.4}]),
        ("epoch 1, starting up\nstep,loss\nloading\n1,0.5", [{"step": 1, "loss": 0.5}]),
        ("", []),
    ],
)  # fmt: skip
def test_json_lines_and_csv_are_read_and_the_rest_is_skipped(
    text: str, numbers: list[dict[str, float]]
) -> None:
    assert list(numbers_in(text.split("\n"))) == numbers


def test_a_step_that_cannot_be_one_is_counted_instead(tmp_path: Path) -> None:
    lines = ['{"step": 4, "loss": 1}', '{"step": 1e300, "loss": 2}', '{"step": -2, "loss": 3}']
    with Run("mine", runs_dir=tmp_path) as run:
        followed = [step for step, _ in follow(lines, run)]

    assert followed == [4, 5, 6]
    assert run.store.metrics().loss.tolist() == [1.0, 2.0, 3.0]
