"""The network at many points: what `predict.py` gives at each, and boundaries, fits and matrices of it."""

import math
import random
import subprocess
import sys
from typing import Any

import pytest

from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.losses import predicted_class
from micrograd_tui.engine.learning.predict import predict
from micrograd_tui.engine.learning.predict_batch import Box, confusion, field, fit, outputs, predictions

pytestmark = pytest.mark.requires("numpy")
LOSSES = {"hinge": ("a", "b"), "bce": ("a", "b"), "mse": ("a", "b"), "cross_entropy": ("a", "b", "c")}


def network(inputs: int = 2, **settings: Any) -> tuple[Config, list[float]]:
    config = Config("n", "d", tuple(f"x{i}" for i in range(inputs)), hidden=(5, 3), **settings)
    rng = random.Random(1)
    return config, [rng.uniform(-1, 1) for _ in range(config.parameters)]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
def test_the_outputs_are_those_of_the_plain_floats(activation: str) -> None:
    config, parameters = network(3, activation=activation, loss="cross_entropy", classes=("a", "b", "c"))
    points = [(0.1, -2.0, 3.0), (1.0, 0.0, -0.5)]

    for found, x in zip(outputs(config, parameters, points), points, strict=True):
        assert list(found) == pytest.approx(predict(config, parameters, x), abs=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_predicted_class_is_that_of_the_loss(loss: str) -> None:
    config, parameters = network(loss=loss, classes=LOSSES[loss])
    rng = random.Random(2)
    points = [(rng.uniform(-3, 3), rng.uniform(-3, 3)) for _ in range(50)]
    values = outputs(config, parameters, points)
    classes, certainty = predictions(config, values)

    assert list(classes) == [predicted_class(loss, predict(config, parameters, x)) for x in points]
    assert all(0 <= c <= 1 for c in certainty)


def test_a_field_goes_line_by_line_from_the_top_left() -> None:
    config = Config("n", "d", ("x", "y"), classes=("left", "right"), hidden=(), loss="hinge")
    ground = field(config, [1.0, 0.0, 0.0], Box(-1, 1, -1, 1), 4, 2)  # the output is x

    assert ground.classes == [0, 0, 1, 1] * 2
    assert ground.certainty == pytest.approx([0.75, 0.25, 0.25, 0.75] * 2)


def test_a_regression_is_measured_from_its_middle() -> None:
    config = Config("n", "d", ("x", "y"), hidden=(), loss="mse")
    ground = field(config, [0.0, 10.0, 100.0], Box(-1, 1, -1, 1), 1, 2, middle=100.0, reach=10.0)

    assert ground.classes == [1, 0]
    assert ground.certainty == pytest.approx([0.5, 0.5])


def test_a_fit_is_the_first_output_at_every_x() -> None:
    config, parameters = network(1)

    assert fit(config, parameters, [0.5, -1.0]) == pytest.approx(
        [predict(config, parameters, (x,))[0] for x in (0.5, -1.0)]
    )


def test_a_matrix_counts_every_row_once() -> None:
    config = Config("n", "d", ("x", "y"), classes=("left", "right"), hidden=(), loss="hinge")
    rows = [((-1.0, 0.0), 0.0), ((2.0, 0.0), 0.0), ((2.0, 0.0), 1.0)]

    assert confusion(config, [1.0, 0.0, 0.0], rows) == [[1, 1], [0, 1]]
    assert confusion(config, [1.0, 0.0, 0.0], []) == [[0, 0], [0, 0]]


def test_parameters_that_are_no_numbers_any_more_still_give_a_picture() -> None:
    config, parameters = network(loss="hinge", classes=("a", "b"))
    for bad in (math.nan, math.inf, 1e300):
        ground = field(config, [bad] * len(parameters), Box(-1, 1, -1, 1), 3, 2)

        assert all(kind in (0, 1) for kind in ground.classes)
        assert all(0 <= certainty <= 1 for certainty in ground.certainty)


def test_a_box_around_one_point_has_room() -> None:
    box = Box.around([(1.0, 2.0)])

    assert box.left < 1 < box.right
    assert box.bottom < 2 < box.top


def test_numpy_is_imported_by_the_first_look_only() -> None:
    code = "import sys, micrograd_tui.engine.learning.predict_batch; sys.exit('numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
