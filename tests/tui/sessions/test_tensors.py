"""Stepping a graph of tensors: both ways, over folded modules and into them, to places, to a search."""

from small_tensors import small_session

from micrograd_tui.tui.sessions.tensors import TensorSession


def open_session() -> TensorSession:
    """A session with every module open: each node is a step."""
    session = small_session()
    session.open_all()
    return session


def test_steps_go_both_ways_and_stop_at_the_ends() -> None:
    session = open_session()

    assert session.moving.back_step() == "this is the start"
    session.moving.next_step()
    assert (session.taken, session.node.op) == (1, "MeanBackward0")
    assert session.moving.back_step() == "the start: no step is taken"
    assert session.taken == 0
    assert session.go(session.total) == "the end: same bits as PyTorch: 2 of 2 parameters"
    assert session.moving.next_step() == "this is the end"
    assert session.taken == 7


def test_a_folded_module_is_one_step_both_ways() -> None:
    session = small_session()
    session.go(2)

    assert session.moving.next_step() == "passed over h[0].fc, 4 nodes: norm 0.25 in, norm 2 out"
    assert session.taken == 6
    assert session.passed is not None
    assert session.moving.back_step() == "back over h[0].fc, 4 nodes"
    assert (session.taken, session.passed) == (2, None)


def test_a_step_goes_into_what_is_folded_and_opens_it() -> None:
    session = small_session()
    session.go(2)

    assert session.moving.step_into() == "into h[0].fc; r goes on to its end"
    assert (session.taken, session.selected.node) == (3, 4)
    assert "h[0].fc" in session.tree.opened
    session.fold_all()
    session.go(7)
    assert session.moving.step_back_into().startswith("back into h[0]")
    assert session.taken == 6


def test_the_rest_of_a_module_then_of_the_one_around_it() -> None:
    session = open_session()
    assert session.moving.finish_module().startswith("no module goes on from here")
    session.go(3)

    assert session.moving.finish_module().startswith("finished h[0].fc, 3 nodes")
    assert session.taken == 6
    assert session.moving.finish_module() == "the end: same bits as PyTorch: 2 of 2 parameters"


def test_back_to_the_start_of_a_module_then_of_the_one_around_it() -> None:
    session = open_session()
    session.go(5)

    assert session.moving.restart_module() == "back at the start of h[0].fc, 3 nodes"
    assert session.taken == 2
    assert session.moving.restart_module() == "back at the start of h[0], 1 node"
    assert session.taken == 1
    assert session.moving.restart_module().startswith("no module begins before this")


def test_a_jump_goes_to_a_step_or_runs_to_a_module_a_parameter_a_node_an_op_a_condition() -> None:
    session = small_session()
    places = [("3", 3), ("h.0.fc.bias", 4), ("#3", 7), ("h[0]", 2), ("h[0].fc", 3), ("mean", 1), ("op = t", 5),
              ("|grad| > 1.9", 7), ("shape = 4x2", 3)]  # fmt: skip
    for name, taken in places:
        session.moving.jump(name)
        assert (name, session.taken) == (name, taken)

    assert session.moving.jump("h[0].fk") == "nothing here is called 'h[0].fk'; did you mean h[0].fc?"
    assert session.moving.jump("99") == "there are 7 steps, from 1 on"
    assert session.moving.jump(" ") == "no step was named"
    assert session.breakpoints.completions("h[0].a") == ["h[0].act"]
    assert session.breakpoints.completions("op = R") == ["op = Relu"]
    assert session.breakpoints.completions("na") == ["nan"]


def test_a_search_goes_round() -> None:
    session = small_session()

    assert session.next_match() == "nothing was searched for yet: / does"
    assert session.search("h.0.fc").startswith("match 1 of 2")
    assert session.next_match().startswith("match 2 of 2")
    assert session.next_match().startswith("match 1 of 2")
    assert session.previous_match().startswith("match 2 of 2")
    assert session.search("nowhere") == "no step has nowhere"


def test_inputs_and_consumers_are_selected_and_brought_into_sight() -> None:
    session = small_session()

    assert session.select_input() == ""
    assert session.selected.node == 5
    session.select_input()
    assert session.selected.node == 4
    assert session.moving.run_to_selected() == "came to node AddmmBackward0#4: step 3"
    session.select_consumer()
    session.select_consumer()
    assert session.selected.node == 6
    assert session.select_consumer() == "nothing used it: it is the root"
