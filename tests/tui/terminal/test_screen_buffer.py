"""What the screen buffer sends: nothing for nothing, little for little, and what it does not know as it comes."""

from typing import Any

import pytest

from micrograd_tui.tui.live.durations import FRAME_LOST
from micrograd_tui.tui.live.pacing import Pace, pace
from micrograd_tui.tui.terminal.encoder import move
from micrograd_tui.tui.terminal.screen_buffer import SYNC_END, SYNC_START, ScreenBuffer
from micrograd_tui.tui.terminal.sgr import Style, change

FRAME = "\x1b[1;1H\x1b[1;38;2;1;2;3;48;2;9;9;9mloss\x1b[0m 0.25\n\x1b[2;1Hnext\x1b[1;1H"


@pytest.fixture
def buffer() -> ScreenBuffer:
    buffer = ScreenBuffer()
    buffer.fit(20, 5)
    buffer.update(FRAME)
    return buffer


def test_nothing_is_sent_for_a_frame_that_is_on_the_screen(buffer: ScreenBuffer) -> None:
    assert [buffer.update(data) for data in (SYNC_START, FRAME, SYNC_END)] == ["", "", ""]


def test_a_frame_that_changes_something_stands_between_its_sync_pair(buffer: ScreenBuffer) -> None:
    changed = FRAME.replace("0.25", "0.26")

    sent = "".join(buffer.update(data) for data in (SYNC_START, changed, SYNC_END))

    assert sent == f"{SYNC_START}\x1b[8C6\r{SYNC_END}"


@pytest.mark.parametrize(
    "data", ["\x1b]2;a title\x07", "\x07", "\x1b[?1003h", "\x1b[6n", "\x1b[>29u", "\x1b]52;c;YQ==\x07"]
)
def test_what_changes_no_cell_passes_untouched_and_nothing_is_forgotten(
    buffer: ScreenBuffer, data: str
) -> None:
    assert buffer.update(data) == data
    assert buffer.update(FRAME) == ""


@pytest.mark.parametrize(
    "data", ["\x1b[2J", "\x1b[K", "hello", "\x1b[?1049l", "\x1b[5;1H\x1b[2Lx", "\x1bc"]
)
def test_what_is_not_understood_passes_untouched_and_all_is_sent_anew(
    buffer: ScreenBuffer, data: str
) -> None:
    assert buffer.update(data) == data

    sent = buffer.update(FRAME)

    assert all(word in sent for word in ("loss", "0.25", "next"))


def test_a_new_size_forgets_all_and_what_lies_beyond_it_is_not_sent(buffer: ScreenBuffer) -> None:
    buffer.fit(6, 1)

    assert buffer.update(FRAME) == "\x1b[1H\x1b[1;38;2;1;2;3;48;2;9;9;9mloss\x1b[m 0\x1b[1H"


def test_emoji_are_sent_as_they_come_each_time(buffer: ScreenBuffer) -> None:
    frame = "\x1b[3;1Ha👍🏽b\x1b[1;1H"

    assert [frame[6:-6] in buffer.update(frame) for _ in range(2)] == [True, True]


def test_the_way_between_styles_is_short() -> None:
    bold = Style("1;38;2;1;2;3;48;2;9;9;9")

    assert change(bold, Style("38;2;1;2;3;48;2;9;9;9")) == "\x1b[22m"
    assert change(bold, Style("1;38;2;7;2;3;48;2;9;9;9")) == "\x1b[38;2;7;2;3m"
    assert change(bold, Style()) == "\x1b[m"
    assert change(Style("1"), Style("2")) == "\x1b[0;2m"
    assert change(Style("1;31"), Style("1;31;31")) == ""
    assert change(Style("4:3"), Style("1")) == "\x1b[0;1m"
    assert change(Style("", "id=1;https://a"), Style()) == "\x1b]8;;\x1b\\"


def test_the_way_between_places_is_short() -> None:
    assert [move((4, 4), to) for to in ((4, 5), (4, 2), (4, 0), (5, 4), (2, 4), (9, 9))] == [
        "\x1b[C", "\x1b[2D", "\r", "\x1b[B", "\x1b[2A", "\x1b[10;10H",
    ]  # fmt: skip
    assert move(None, (0, 0)) == "\x1b[1H"


def test_live_frames_keep_the_rate() -> None:
    now = [0.0]
    paced = Pace(10, clock=lambda: now[0])
    drawn = 0
    for tick in range(1000):
        now[0] = tick / 100
        if paced.ready():
            paced.drawn()
            drawn += 1

    assert drawn in range(98, 104)


def test_a_live_frame_waits_for_the_terminals_answer_but_not_for_ever() -> None:
    now, asked = [0.0], list[Any]()
    paced = Pace(10, ask=asked.append, clock=lambda: now[0])
    paced.drawn()
    now[0] = 1.0

    assert not paced.ready()
    asked[0]()
    assert paced.ready()
    paced.drawn()
    now[0] += FRAME_LOST - 0.1
    assert not paced.ready()
    now[0] += 0.2
    assert paced.ready()


@pytest.mark.parametrize(
    ("environ", "fps", "asks"),
    [
        ({"TERM": "xterm-256color"}, 10, True),
        ({"TERM": "xterm", "SSH_CONNECTION": "a 1 b 2"}, 5, True),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/socket,1,0", "SSH_CONNECTION": "a 1 b 2"}, 5, False),
        ({"TERM": "screen", "STY": "1.pts"}, 5, False),
        ({"TERM": "screen-256color"}, 5, False),
        ({"TERM": "screen-256color", "SSH_CONNECTION": "a 1 b 2"}, 5, True),
    ],
)
def test_the_pace_follows_what_stands_between_app_and_screen(
    environ: dict[str, str], fps: int, asks: bool
) -> None:
    asked: list[object] = []
    paced = pace(environ, ask=asked.append)
    paced.drawn()

    assert (paced.fps, bool(asked)) == (fps, asks)
    assert paced.remote == (fps == 5)
    assert pace(environ, fps=3).fps == 3
