"""The profile of a gradient: a bar a module, the largest jump and the first non-finite value marked."""

from small_tensors import small_recording

from micrograd_tui.tui.text.glyphs import ASCII, UNICODE
from micrograd_tui.tui.views.tensors.profile import profile, profile_header, profile_row, said


def test_a_bar_a_module_in_the_order_of_the_backward_pass() -> None:
    bars = profile(small_recording()).bars

    assert [(bar.scope, bar.norm) for bar in bars] == [
        ("", 1.0), ("h[0].act", 0.5), ("h[0].fc", 0.25), ("h[0]", 2.0)
    ]  # fmt: skip
    assert bars[2].parameters == (0.7**2 + 0.3**2) ** 0.5
    assert bars[0].parameters is None


def test_the_largest_jump_is_the_module_that_makes_it_and_the_step_in_it() -> None:
    recording = small_recording()
    found = profile(recording)

    assert found.jump == 2
    assert found.jump_step == 2
    assert said(recording, found) == "largest jump: times 8 in h[0].fc"


def test_the_first_value_that_is_not_finite_is_where_it_was_given_on() -> None:
    recording = small_recording(nonfinite=1)
    found = profile(recording)

    assert (found.first_nonfinite, found.nonfinite_step) == (2, 2)
    where = "first value that is not finite: step 3, AddmmBackward0#4 in h[0].fc"
    assert said(recording, found).startswith(where)


def test_rows_fit_and_are_marked() -> None:
    recording = small_recording()
    found = profile(recording)
    for width in (60, 80, 160):
        for glyphs in (UNICODE, ASCII):
            rows = [profile_row(recording, found, place, width, glyphs) for place in range(4)]
            texts = ["".join(text for text, _ in row) for row in [profile_header(width), *rows]]

            assert max(map(len, texts)) <= width
            assert "times 8" in texts[3]
            assert texts[1].split()[0].startswith("loss")
