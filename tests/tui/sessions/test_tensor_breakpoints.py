"""Breakpoints on nodes and modules of a graph of tensors: every way of going on stops at them."""

from small_tensors import small_session


def test_a_breakpoint_is_set_on_a_node_and_stops_there_both_ways() -> None:
    session = small_session()
    session.open_all()
    session.select(session.tree.row_of(2))

    assert session.breakpoints.toggle_breakpoint() == "stops at: node TBackward0#2"
    assert session.breakpoints.on(session.tree.row_of(2))
    assert session.moving.continue_on() == "stopped: node TBackward0#2"
    assert session.taken == 5
    session.go(7)
    assert session.moving.continue_back() == "stopped: node TBackward0#2"
    session.select(session.tree.row_of(2))
    assert session.breakpoints.toggle_breakpoint() == "cleared: node TBackward0#2"
    assert session.moving.continue_on().startswith("the end")


def test_a_breakpoint_on_a_module_stops_where_the_pass_comes_into_it() -> None:
    session = small_session()
    session.select(session.tree.row_of(4))

    assert session.selected.node is None
    assert session.breakpoints.toggle_breakpoint() == "stops at: module h[0].fc"
    session.moving.continue_on()
    assert session.taken == 3
    session.moving.continue_on()
    assert session.taken == 7


def test_a_breakpoint_is_set_on_the_row_that_is_seen() -> None:
    session = small_session()
    session.open_all()
    session.select(session.tree.row_of(2))
    session.fold_to(2)

    assert session.breakpoints.toggle_breakpoint() == "stops at: module h[0].fc"
    session.open_all()
    assert session.selected.node == 2


def test_a_breakpoint_inside_a_folded_module_stops_a_step_over_it() -> None:
    session = small_session()
    session.breakpoints.toggle_condition("h.0.fc.bias")
    session.go(2)

    assert session.moving.next_step() == "stopped: node h.0.fc.bias"
    assert session.taken == 4
    session.go(7)
    session.moving.back_step()
    session.moving.back_step()
    assert session.taken == 4


def test_conditions_are_listed_and_cleared_by_their_numbers() -> None:
    session = small_session()
    stops = session.breakpoints
    for text in ("nan", "|grad| > 3", "op = addmm", "shape = [4, 2]", "module h[0]"):
        assert stops.toggle_condition(text).startswith("stops at: ")

    assert stops.listing == [
        "1 nan",
        "2 |grad| > 3",
        "3 op = AddmmBackward0",
        "4 shape = 4x2",
        "5 module h[0]",
    ]
    assert stops.toggle_condition("3") == "cleared: op = AddmmBackward0"
    assert stops.toggle_condition("9") == "there is no breakpoint 9; there are 4"
    assert stops.toggle_condition("") == "no breakpoints, no conditions"


def test_a_broken_condition_is_one_sentence() -> None:
    stops = small_session().breakpoints

    assert stops.toggle_condition("|grad| > much") == "|grad| > needs a number, not 'much'"
    assert stops.toggle_condition("op = admm") == "no op here is called 'admm'; did you mean Addmm?"
    assert "as in 4x8 or [4, *]" in stops.toggle_condition("shape = big")
    assert stops.stops == []
