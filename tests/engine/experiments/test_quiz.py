"""The questions of the quiz: the same for the same seed, never dull, with one right answer."""

import pytest

from micrograd_tui.engine.experiments.quiz import KINKS, LEVELS, questions


@pytest.mark.parametrize("level", LEVELS)
def test_no_answer_is_0_by_chance_and_no_kink_is_met(level: int) -> None:
    zeros = 0
    for seed in range(8):
        for question in questions(level, seed, 12):
            log = question.recording
            kinks = [node for node, op in enumerate(log.ops) if op and op.name in KINKS]
            for node in kinks:
                values = [log.value(parent, "data", len(log)) for parent in log.parents(node)]
                assert len(set(values)) == len(values)
                assert values != [0.0]
            zeros += question.answer == 0
            assert question.answer or kinks

    assert zeros < 25  # of 96


def test_the_same_seed_asks_the_same() -> None:
    first, second = ([q.text for q in questions(5, 3, 6)] for _ in range(2))

    assert first == second
