"""Values in several threads and tasks: scopes do not mix, walks do not meet, no contribution is lost."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from micrograd_tui.engine import Value, record, scope, source_lines, toposort


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    errors: list[BaseException] = []

    def run(i: int) -> None:
        try:
            work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_scope_is_of_the_thread_that_set_it() -> None:
    def work(i: int) -> None:
        for _ in range(300):
            with scope(f"thread[{i}]"), scope("inner"):
                assert (Value(1.0) * 2).scope == f"thread[{i}]/inner"
        assert Value(1.0).scope == ""

    with scope("main"):
        in_threads(4, work)
        assert Value(1.0).scope == "main"


async def test_a_scope_is_of_the_task_that_set_it() -> None:
    async def work(i: int) -> None:
        with scope(f"task[{i}]"):
            for _ in range(20):
                await asyncio.sleep(0)
                assert Value(1.0).scope == f"task[{i}]"

    await asyncio.gather(*map(work, range(10)))
    assert Value(1.0).scope == ""


def test_lines_are_recorded_in_the_thread_that_asked_for_it() -> None:
    with source_lines():
        in_threads(1, lambda i: _has_no_line())
        with scope("here"):
            assert Value(1.0).source
            assert Value(1.0).scope == "here"


def _has_no_line() -> None:
    assert Value(1.0).source == ""


def test_walks_over_shared_nodes_list_each_node_once() -> None:
    root = shared = Value(1.0)
    for _ in range(300):
        root = root * shared + shared
    expected = [node.serial for node in toposort(root)]

    def work(i: int) -> None:
        for _ in range(30):
            assert [node.serial for node in toposort(root)] == expected
            assert record(root).node_count == len(expected)

    in_threads(3, work)


def test_no_contribution_to_a_shared_parameter_is_lost() -> None:
    w = Value(1.0)

    def work(i: int) -> None:
        for _ in range(200):
            (w * 2 + w).backward()

    in_threads(4, work)
    assert w.grad == 4 * 200 * 3


def test_scopes_of_generators_that_take_turns_end_with_them() -> None:
    def batches(name: str) -> Iterator[str]:
        with scope(name):
            yield Value(1.0).scope
            yield Value(1.0).scope

    for _ in range(3):
        turns = [*zip(batches("x"), batches("y"), strict=True)]
        assert turns[0] == ("x", "x/y")
        assert Value(1.0).scope == ""
    with scope("outer"):
        first, second, third = batches("a"), batches("b"), batches("c")
        assert [next(each) for each in (first, second, third)][-1] == "outer/a/b/c"
        for each in (second, first, third):
            each.close()  # type: ignore[attr-defined]
        assert Value(1.0).scope == "outer"
    assert Value(1.0).scope == ""
