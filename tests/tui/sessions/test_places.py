"""`:` and `B` take what people type: a bare name, `#7`, an op, a scope; they ask which, and complete."""

import pytest

from micrograd_tui.tui.panes.prompt import Completer, packed
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target


def opened(target: str = "lecture") -> SteppingSession:
    return SteppingSession(Target(target).open())


@pytest.mark.parametrize(
    ("typed", "name", "scope"),
    [
        ("loss", "loss", ""),
        ("#7", "b", "layer[0]/neuron[1]"),
        ("layer[0]/neuron[2]/w1", "w1", "layer[0]/neuron[2]"),
        ("node layer[0]/neuron[2]/w1", "w1", "layer[0]/neuron[2]"),
    ],
)
def test_a_jump_goes_to_the_node_that_a_bare_word_names(typed: str, name: str, scope: str) -> None:
    session = opened()
    session.note = session.moving.jump(typed)

    assert session.current == session.selected
    assert session.recording.name(session.selected) == name
    assert session.recording.scopes[session.selected] == scope


@pytest.mark.parametrize("typed", ["tanh", "sample[3]", "neuron[3]", "layer[1]"])
def test_a_jump_goes_to_the_next_step_of_an_op_or_a_scope(typed: str) -> None:
    session = opened()
    session.note = session.moving.jump(typed)
    recording, node = session.recording, session.selected
    op = recording.ops[node]

    assert session.playback.position > 0
    assert op.name == typed if op and typed == "tanh" else typed in recording.scopes[node].split("/")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("99", "there is no step 99: backward has 0 to 13"),
        ("-4", "there is no step -4: backward has 0 to 13"),
        ("#12", "there is no node #12: the last is #11"),
        ("add#0", "node #0 is x1"),
        ("lossy", "nothing here is called 'lossy'; did you mean loss?"),
        ("qqq", "nothing here is called 'qqq'; Tab completes names, ops and scopes"),
        ("pow", "nothing here is called 'pow'; Tab completes names, ops and scopes"),
        ("7", ""),
        ("13", "backward done: every gradient is final"),
    ],
)
def test_what_is_not_there_is_told(typed: str, sentence: str) -> None:
    session = opened("neuron")
    session.note = session.moving.jump(typed)

    assert session.note == sentence


def test_where_many_have_a_name_it_asks_which_and_lists_them() -> None:
    session = opened()
    which = session.places.which("w2")

    assert which is not None
    assert which.question.startswith("which of the 9 called w2?")
    assert which.choices[:2] == ["1 layer[0]/neuron[0]/w2", "2 layer[0]/neuron[1]/w2"]
    assert which.choices[-1] == "and 3 more: Tab"
    session.note = session.moving.jump(which.chosen("2"))
    assert session.recording.scopes[session.selected] == "layer[0]/neuron[1]"
    assert which.completions("layer[1]") == [f"layer[1]/neuron[{i}]/w2" for i in range(4)]


@pytest.mark.parametrize("typed", ["loss", "#3", "7", "tanh", "layer[0]/neuron[0]/w2", "nan", "", "qqq"])
def test_what_is_clear_is_not_asked(typed: str) -> None:
    assert opened().places.which(typed) is None


def test_names_that_repeat_within_a_scope_are_told_apart_by_their_numbers() -> None:
    session = opened("readme")
    for label in range(2):
        session.recording.labels[label] = "twin"
    which = session.places.which("twin")

    assert which is not None
    assert which.choices == ["1 twin#0", "2 twin#1"]
    session.note = session.moving.jump(which.chosen("2"))
    assert session.selected == 1


def test_completion_goes_from_slash_to_slash_in_the_order_of_numbers() -> None:
    session = opened("moons")

    assert session.places.completions("layer[1]/neuron[1")[:3] == [
        f"layer[1]/neuron[{i}]" for i in (1, 10, 11)
    ]
    assert session.places.completions("layer[0]/neuron[2]/") == [
        f"layer[0]/neuron[2]/{name}" for name in ("b", "w0", "w1")
    ]
    assert session.places.completions("op re") == ["op relu"]
    assert session.places.completions("zz") == []


def test_the_index_is_made_once_and_no_sooner_than_asked_for() -> None:
    session = opened()

    assert session.places._made is None
    session.places.completions("w")
    made = session.places.index
    session.moving.next_step()
    session.places.completions("w1")
    assert session.places.index is made


def test_tab_completes_as_far_as_is_clear_then_goes_through_what_there_is() -> None:
    words = ["w1", "w1x1", "w2", "w2x2"]
    completer = Completer(lambda text: [word for word in words if word.startswith(text)])

    assert [completer.next(text) for text in ("", "w", "w1")] == ["w", "w1", "w1x1"]
    assert completer.hint.startswith("2 of 4: w1x1 w2")
    assert completer.next("z") is None


def test_choices_are_packed_into_lines_and_none_is_broken() -> None:
    assert packed(["1 aaaa", "2 bbbb", "3 cccc"], 16, "~") == ["1 aaaa   2 bbbb", "3 cccc"]
    assert packed(["1 " + "a" * 30], 10, "~") == ["1 aaaaaaa~"]


def test_a_search_says_which_of_how_many() -> None:
    session = opened("neuron")
    notes = [session.selection.search("x")]
    notes += [session.selection.next_match() for _ in range(2)]
    notes.append(session.selection.previous_match())

    assert [note.rpartition(", ")[2] for note in notes] == ["1 of 4", "2 of 4", "3 of 4", "2 of 4"]


def test_breakpoints_have_a_list_and_one_is_cleared_by_its_number() -> None:
    session = opened("neuron")
    for text in ("out", "nan", "mul"):
        session.note = session.breakpoints.toggle_condition(text)

    assert session.breakpoints.listing == ["1 node out #8", "2 nan", "3 op mul"]
    assert session.breakpoints.toggle_condition("2") == "cleared: nan"
    assert session.breakpoints.toggle_condition("3") == "there is no breakpoint 3; there are 2"
    assert session.breakpoints.listing == ["1 node out #8", "2 op mul"]


def test_tab_on_a_name_that_many_nodes_have_goes_through_them() -> None:
    completer = Completer(opened().places.completions)

    assert completer.next("w3") == "w3"
    assert completer.hint.startswith("1 of ")
    assert completer.next("w3") == "layer[1]/neuron[0]/w3"


def test_coming_to_the_selected_node_is_told() -> None:
    session = opened("neuron")
    session.note = session.selection.search("loss")
    session.note = session.moving.run_to_selected()

    assert session.note == "came to loss: backward 2 of 13"
