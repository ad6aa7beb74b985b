"""Stepping a graph of tensors: both ways, by module, to places, to what is searched for."""

from small_tensors import small_session


def test_steps_go_both_ways_and_stop_at_the_ends() -> None:
    session = small_session()

    assert session.back_step().startswith("the start")
    session.next_step()
    assert (session.taken, session.node.op) == (1, "MeanBackward0")
    session.back_step()
    assert session.taken == 0
    assert session.go(session.total) == "the end: same bits as PyTorch: 2 of 2 parameters"
    session.next_step()
    assert session.taken == 7


def test_the_rest_of_a_module_and_back_to_its_start() -> None:
    session = small_session()
    session.jump("h[0].fc")
    session.back_step()

    session.finish_module()
    assert session.taken == 6
    session.restart_module()
    assert session.taken == 2


def test_a_jump_goes_to_a_step_a_module_a_parameter_a_node() -> None:
    session = small_session()
    for name, taken in (("3", 3), ("h[0].fc", 3), ("h.0.fc.bias", 4), ("#3", 7), ("h[0]", 2)):
        session.jump(name)
        assert session.taken == taken

    assert session.jump("nowhere") == "no module, parameter or node is called nowhere; / searches"
    assert session.jump("99") == "there are 7 steps, from 1 on"
    assert session.completions("h[0].a") == ["h[0].act"]


def test_a_search_goes_round() -> None:
    session = small_session()

    assert session.next_match() == "nothing was searched for yet: / does"
    assert session.search("h.0.fc").startswith("match 1 of 2")
    assert session.next_match().startswith("match 2 of 2")
    assert session.next_match().startswith("match 1 of 2")
    assert session.previous_match().startswith("match 2 of 2")
    assert session.search("nowhere") == "no step has nowhere"
