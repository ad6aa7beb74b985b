"""The command line of the app: what a line does, what is said of a wrong one, what Tab makes of it."""

import pytest

from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target


def session(target: str = "neuron", *numbers: str) -> SteppingSession:
    return SteppingSession(Target(target, numbers).open())


def held(of: SteppingSession, name: str) -> float | None:
    log = of.recording
    node = next(node for node in range(log.node_count) if log.name(node) == name)
    return log.value(node, "data", len(log))


@pytest.mark.parametrize("line", ["w1 = 2", "w1=2", "set w1 = 2", " set w1=1 + 1 "])
def test_an_equation_edits_a_cell(line: str) -> None:
    at = session()

    assert at.commands.run(line) == "w1 is set: 5 of 5 cells below it follow; n steps, f all"
    assert held(at, "w1") == 2
    assert at.commands.run("undo").startswith("w1 is set")
    assert held(at, "w1") == 0.5


def test_an_op_is_replaced_by_its_name() -> None:
    at = session("relu(a) + b", "a=2", "b=1")

    assert at.commands.run("relu#1 = tanh").startswith("relu#1 is tanh now")
    assert held(at, "tanh#1") == pytest.approx(0.9640275800758169)


@pytest.mark.parametrize(
    ("line", "status"),
    [("3", "backward 3 of 13"), ("goto 3", "backward 3 of 13"), ("w1", "backward 11 of 13"),
     ("goto w1", "backward 11 of 13"), ("op *", "backward 2 of 13")],
)  # fmt: skip
def test_places_are_gone_to_as_before(line: str, status: str) -> None:
    at = session()
    at.commands.run(line)

    assert at.playback.status == status


def test_a_nudge_says_what_was_predicted_and_measured() -> None:
    at = session()

    assert at.commands.run("nudge w1 0.5") == (
        "w1 by 0.5: loss predicted +3.5, measured +4.5; d draws it"
    )  # fmt: skip
    assert at.nudging.result().nudge.by == 0.5


def test_a_break_is_handed_to_the_screen() -> None:
    at = session()
    at.commands.on_break = lambda: "broken"

    assert at.commands.run("break overwrite, clip 1") == "broken"
    assert at.breaking.texts == ["overwrite", "clip 1"]


def test_an_expression_is_opened_with_the_numbers_of_this_graph() -> None:
    at, opened = session(), list[Target]()

    def keep(target: Target) -> str:
        opened.append(target)
        return ""

    at.commands.on_open = keep
    at.commands.run("tanh(w1*x1) + q q=7")
    at.commands.run("open d = a*b; d + 1 a=2 b=-3")
    at.commands.run("open diamond")

    assert opened[0] == Target("tanh(w1*x1) + q", ("q=7", "x1=2.0", "w1=0.5"))
    assert opened[1] == Target("d = a*b; d + 1", ("a=2", "b=-3"))
    assert opened[2] == Target("diamond", ())
    assert "q" in opened[0].open().recording.labels.values()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "nothing was typed"),
        ("nope = 3", "no node is called nope"),
        ("w1 = abc", "w1 needs a number or a formula: "),
        ("w1 =", "w1 = is not NAME = NUMBER"),
        ("w1 = sum", "w1 cannot be computed from sum, which is computed from it"),
        ("nudge", "nudge needs something after it: nudge NAME [BY]"),
        ("nudge w9", "no node is called w9"),
        ("nudge w1 0", "a nudge is by a finite number that is not 0"),
        ("nudge w1 nan", "a nudge is by a finite number that is not 0"),
        ("nudge w1 1e-300", "1e-300 is too small to move w1"),
        ("break nonsense", "no break is called 'nonsense'"),
        ("break clip", "clip needs one number"),
        ("undo 3", "undo takes nothing after it, not 3"),
        ("undo", "nothing was edited yet"),
        ("nugde w1", "no command is called nugde; did you mean nudge?"),
        ("tanh(w1*", ""),
        ("wibble", "nothing here is called 'wibble'"),
        ("99", "there is no step 99"),
    ],
)
def test_what_is_wrong_gets_one_sentence_and_changes_nothing(line: str, said: str) -> None:
    at = session()
    steps, position = len(at.recording), at.playback.position
    sentence = at.commands.run(line)

    assert sentence.startswith(said)
    assert sentence
    assert "\n" not in sentence
    assert (len(at.recording), at.playback.position) == (steps, position)


@pytest.mark.parametrize(
    ("text", "found"),
    [("nud", ["nudge"]), ("nudge w1", ["nudge w1", "nudge w1x1"]), ("break over", ["break overwrite"]),
     ("break overwrite,no-s", ["break overwrite,no-seed"]), ("w1 = 2*x", ["w1 = 2*x1", "w1 = 2*x2"]),
     ("set lo", ["set loss"]), ("w1", ["w1", "w1x1"])],
)  # fmt: skip
def test_tab_completes_commands_names_and_breaks(text: str, found: list[str]) -> None:
    assert session().commands.completions(text) == found


def test_the_history_has_each_line_once_in_a_row() -> None:
    at = session()
    for line in ("3", "3", "w1 = 2", "nope nope"):
        at.commands.run(line)

    assert at.commands.history == ["3", "w1 = 2", "nope nope"]
