"""When live frames are drawn, how much of them, and what they wait for."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.tui.live.durations import (
    FRAME_BYTES,
    FRAME_LOST,
    FRAMES_NEAR,
    FRAMES_REMOTE,
    LINK_BYTES,
)
from micrograd_tui.tui.live.instalments import Instalments
from micrograd_tui.tui.live.pacing import Answered, Link, Pace, pace

SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def asked() -> list[Answered]:
    return []


@pytest.mark.parametrize(
    ("environ", "fps"),
    [
        ({}, FRAMES_NEAR),
        (SSH, FRAMES_REMOTE),
        ({"TMUX": "/tmp/socket,1,0", "TERM": "tmux-256color"}, FRAMES_REMOTE),
        ({"STY": "1.pts"}, FRAMES_REMOTE),
        (SSH | {"TMUX": "x", "TERM": "screen"}, FRAMES_REMOTE),
    ],
)
def test_the_rate_goes_with_where_the_terminal_is_and_can_be_chosen(
    environ: dict[str, str], fps: int
) -> None:
    assert (pace(environ).fps, pace(environ).remote) == (fps, fps == FRAMES_REMOTE)
    assert pace(environ, 3).fps == 3


def test_a_frame_waits_until_the_terminal_shows_the_last_but_not_for_ever(
    clock: Clock, asked: list[Answered]
) -> None:
    steady = Pace(10, ask=asked.append, clock=clock)
    steady.drawn()
    clock.now += 1
    assert not steady.ready()
    asked.pop()()
    assert steady.ready()

    steady.drawn()
    clock.now += FRAME_LOST
    assert steady.ready()


def test_what_a_key_has_drawn_holds_the_next_frame_too(clock: Clock, asked: list[Answered]) -> None:
    steady = Pace(10, ask=asked.append, clock=clock)
    clock.now += 1
    steady.hold()
    assert not steady.ready()
    asked.pop()()

    assert steady.ready()


def test_frames_are_small_where_answers_are_late(clock: Clock, asked: list[Answered]) -> None:
    def answer_after(steady: Pace, seconds: float) -> int | None:
        steady.drawn()
        clock.now += seconds
        asked.pop()()
        return steady.room

    assert Pace(10, ask=asked.append, clock=clock).room is None
    far = Pace(5, remote=True, ask=asked.append, clock=clock)
    assert far.room == FRAME_BYTES
    assert [answer_after(far, s) for s in (0.3, 0.01, 0.4)] == [FRAME_BYTES, None, FRAME_BYTES]


@pytest.mark.parametrize(("ssh", "room"), [({}, None), ({"SSH_CONNECTION": "x"}, FRAME_BYTES)])
def test_inside_tmux_frames_are_small_if_it_is_far_whatever_is_answered(
    asked: list[Answered], ssh: dict[str, str], room: int | None
) -> None:
    def refuse(answered: Callable[[], None]) -> None:
        raise AssertionError("asked inside tmux")

    inside = pace({"TMUX": "x"} | ssh, ask=refuse, guess=asked.append)
    inside.drawn()
    asked.pop()()

    assert inside.room == room


def test_a_live_screen_is_a_second_behind_an_imagined_link_at_most(
    clock: Clock, asked: list[Answered]
) -> None:
    inside = Pace(5, ask=asked.append, measures=False, clock=clock)
    inside.drawn()  # a large picture, which a poor link would carry for seconds

    clock.now += 0.9
    assert not inside.ready()
    clock.now += 0.1
    assert inside.ready()


def test_a_poor_link_carries_one_thing_after_another(clock: Clock) -> None:
    link = Link(clock)
    assert link.carry(LINK_BYTES) == pytest.approx(1.0)
    clock.now += 0.5
    assert link.carry(LINK_BYTES) == pytest.approx(1.5)
    clock.now += 5

    assert link.carry(0) == 0


@given(costs=st.lists(st.integers(0, 500), min_size=1, max_size=30), room=st.integers(0, 1000))
def test_all_have_their_turn_and_frames_keep_to_the_room(costs: list[int], room: int) -> None:
    instalments: Instalments[int] = Instalments()
    everything = list(range(len(costs)))
    seen: list[int] = []
    for _ in costs:
        taken = instalments.take(everything, room, costs.__getitem__)  # they change all the time
        seen += taken
        assert taken
        assert len([i for i in taken if costs[i]]) == 1 or sum(costs[i] for i in taken) <= room
        assert {i for i in everything if not costs[i]} <= set(taken)

    assert set(seen) == set(everything)


def test_nothing_stale_is_nothing_to_take() -> None:
    assert Instalments[int]().take([], 100, lambda _: 1) == []
