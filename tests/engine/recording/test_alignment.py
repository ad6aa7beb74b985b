"""Two recordings on one timeline: the positions that belong together, and the first step that differs."""

from micrograd_tui.engine.recording.alignment import aligned, first_difference, first_missing
from micrograd_tui.engine.recording.log import Recording


def recording(*visits: tuple[int, float], cleared: bool = False) -> Recording:
    """Of a (0), b = 2a (1), c = b + a (2): backward visits, each with what it writes to a."""
    log = Recording(root=2)
    for parents in ((), (0,), (1, 0)):
        log.add_node(None, parents)
    log.forward([1.0, 2.0, 3.0])
    if cleared:
        log.begin("zero_grad")
        log.step(0)
        log.write(0, "grad", 0.0)
    log.begin("backward")
    for node, after in visits:
        log.step(node)
        log.write(0, "grad", after, 1.0)
    return log.close()


def test_positions_belong_together_by_their_place_in_a_phase() -> None:
    one, other = recording((2, 1.0), (1, 3.0), cleared=True), recording((2, 1.0), (1, 3.0))

    assert [aligned(one, k, other) for k in range(len(one) + 1)] == [0, 1, 2, 3, 3, 4, 5]
    assert aligned(other, 4, one) == 5


def test_the_first_step_that_differs_is_found_and_rounding_is_no_difference() -> None:
    right = recording((2, 1.0), (1, 3.0))

    assert first_difference(recording((2, 1.0), (1, 2.0)), right) == 5
    assert first_difference(recording((1, 1.0), (2, 3.0)), right) == 4
    assert first_difference(recording((2, 1.0), (1, 3.0 + 1e-9)), right) == -1


def test_where_one_ends_early_they_part_at_its_end() -> None:
    assert first_difference(recording((2, 1.0)), recording((2, 1.0), (1, 3.0))) == 4
    assert first_difference(recording((2, 1.0), (1, 3.0)), recording((2, 1.0))) == 5


def test_the_step_that_one_has_not_come_to_is_found() -> None:
    right = recording((2, 1.0), (1, 3.0))

    assert first_missing(recording((2, 1.0)), right) == 5
    assert first_missing(recording(), right) == 4
    assert first_missing(right, right) == -1
