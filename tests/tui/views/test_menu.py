"""The rows of the start screen as text."""

from micrograd_tui.tui.views.menu import column_widths, entry_line, title_line


def text(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(piece for piece, _ in line)


def test_names_and_facts_stand_in_columns() -> None:
    rows = [("neuron", "12 nodes"), ("demo", "65,818 nodes")]
    widths = column_widths(rows)
    lines = [text(entry_line((*row, "what it is"), widths, 60, "~")) for row in rows]

    assert [line.index("what") for line in lines] == [lines[0].index("what")] * 2
    assert [len(line) for line in lines] == [60, 60]


def test_where_it_is_narrow_the_fact_makes_room() -> None:
    line = text(entry_line(("neuron", "12 nodes", "what it is"), (6, 8), 40, "~"))

    assert line.rstrip() == "   neuron  what it is"


def test_a_name_from_outside_never_acts_on_the_terminal_and_a_title_is_cut() -> None:
    for width in (3, 10, 40, 80):
        line = text(entry_line(("\x1b[31m" + "漢" * 30, "\x07", "x" * 200), (24, 4), width, "~"))

        assert "\x1b" not in line
        assert "\x07" not in line
    assert text(title_line("runs: Enter watches one", 12, "~")) == " runs: Ente~"
