"""The trainer's life: started apart, ordered through the store, and ended in every way."""

import os
import signal
import sys
from pathlib import Path
from threading import Thread

import pytest
from small_runs import ROWS, config, pid_of, stored, trained, uninterrupted, wait_for

from micrograd_tui.engine.compile import CannotCompile
from micrograd_tui.engine.learning.loop import Training
from micrograd_tui.engine.learning.state import Change
from micrograd_tui.engine.runs.store.directory import delete
from micrograd_tui.engine.runs.store.lock import Lock, held
from micrograd_tui.engine.runs.store.orders import watcher_name
from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.engine.runs.trainer import launch as launching
from micrograd_tui.engine.runs.trainer import trainer
from micrograd_tui.engine.runs.trainer.launch import launch
from micrograd_tui.engine.runs.trainer.replay import Replay, moment
from micrograd_tui.engine.runs.trainer.throttle import Throttle

ENDLESS = 10_000_000
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def endless(tmp_path: Path):
    """A run that is being trained, and ends with the test."""
    store = stored(tmp_path, steps=ENDLESS)
    pid = launch(store)
    yield store
    if store.status().live:
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not held(store.path))


def order(store: Store, kind: str, value: float | None = None, watcher: str = "") -> None:
    """Give an order and wait until it is answered."""
    number = store.order(kind, value, watcher)
    wait_for(lambda: store.orders(number - 1)[0].answer)


def test_a_run_ends_with_the_losses_that_one_piece_of_work_gives(tmp_path: Path) -> None:
    store = trained(tmp_path)

    assert store.status().state == "finished"
    assert store.metrics().loss == uninterrupted().loss
    assert list(store.metrics().step) == list(range(200))


def test_launch_returns_once_the_run_is_held_by_its_trainer(tmp_path: Path) -> None:
    store = stored(tmp_path, steps=ENDLESS)

    pid = launch(store)

    assert held(store.path)
    assert (store.status().state, store.status().pid) == ("running", pid)
    store.order("stop")
    wait_for(lambda: not held(store.path))


def test_launch_gives_the_trainers_error(tmp_path: Path) -> None:
    store = stored(tmp_path, backend="native", steps=3)
    # A backend that is not installed: its module is not there, or its compiler.
    config = store.path.read_bytes().replace(b'"backend": "native"', b'"backend": "absent"')
    store.path.write_bytes(config)

    with pytest.raises(BadRun, match="absent"):
        launch(store)


@pytest.mark.requires("llvmlite")
def test_every_watcher_reads_that_another_backend_took_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(job: object) -> None:
        raise CannotCompile("this machine has no compiler")

    for begins in ("native.kernel.planned", "loops.kernel.build"):
        monkeypatch.setattr(f"micrograd_tui.engine.compile.{begins}", refuse)
    store = stored(tmp_path, backend="native", steps=2)
    writer = Writer(store.path, store.facts["keep"])
    trainer.prepare(store, writer)
    writer.close()

    (text,) = [event.text for event in store.events() if event.kind == "backend"]
    assert text == "numpy trains it, not native: this machine has no compiler"


def test_a_trainer_that_does_not_come_so_far_in_time_is_ended_and_the_sentence_says_so(
    tmp_path: Path,
) -> None:
    store = stored(tmp_path)

    with pytest.raises(BadRun, match="did not start within"):
        launch(store, patience=0.0)

    assert not held(store.path)
    delete(store.path)
    assert not list(tmp_path.iterdir())


def test_ctrl_c_while_a_trainer_starts_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(store: Store, *ignored: object) -> int:
        wait_for(lambda: held(store.path))
        raise KeyboardInterrupt

    monkeypatch.setattr(launching, "_begun", interrupted)
    store = stored(tmp_path, steps=ENDLESS)

    with pytest.raises(KeyboardInterrupt):
        launch(store)

    assert not held(store.path)


@linux
def test_the_trainer_has_a_session_of_its_own_and_none_of_our_descriptors(endless: Store) -> None:
    pid = pid_of(endless)

    opened = {fd.name: str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}

    assert os.getsid(pid) == pid
    assert (opened["0"], opened["1"], opened["2"]) == ("/dev/null", str(endless.log), str(endless.log))
    assert set(opened.values()) <= {"/dev/null", *map(str, endless.path.parent.iterdir())}


@linux
def test_how_many_threads_sum_does_not_depend_on_who_started_the_run(endless: Store) -> None:
    environment = Path(f"/proc/{pid_of(endless)}/environ").read_text().split("\0")

    assert {"OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OMP_NUM_THREADS=1"} <= set(environment)


def test_two_never_train_one_run(endless: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRun, match="already"):
        launch(endless)
    with pytest.raises(BadRun, match="being trained already"):
        trainer.train(endless.path)

    assert endless.status().state == "running"


def test_a_dead_trainer_is_not_shown_as_running(endless: Store) -> None:
    pid = pid_of(endless)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not held(endless.path))

    status = endless.status()

    assert status.state == "died"
    assert status.message == "the trainer was killed"
    with pytest.raises(BadRun, match="died"):
        endless.order("pause")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_step_with_a_checkpoint(endless: Store, number: int) -> None:
    wait_for(lambda: endless.status().step > 20)
    os.kill(pid_of(endless), number)
    wait_for(lambda: not held(endless.path))

    status = endless.status()

    assert status.state == "stopped"
    assert status.step == endless.checkpoints()[-1] == endless.metrics().step[-1] + 1


def test_a_hangup_does_not_end_it(endless: Store) -> None:
    os.kill(pid_of(endless), signal.SIGHUP)
    step = endless.status().step

    wait_for(lambda: endless.status().step > step)


def test_pausing_one_step_and_going_on(endless: Store) -> None:
    order(endless, "pause")
    assert endless.status().state == "paused"
    before = endless.status().step

    order(endless, "step")
    wait_for(lambda: endless.status().step == before + 1)
    order(endless, "step", 3)
    wait_for(lambda: endless.status().step == before + 4)
    assert endless.status().state == "paused"

    order(endless, "resume")
    wait_for(lambda: endless.status().step > before + 4)
    assert endless.status().state == "running"


def test_a_pace_is_kept_by_the_trainer_with_one_order_and_one_event(endless: Store) -> None:
    order(endless, "pace", 0.001)  # a training step in a quarter of an hour
    step = endless.status().step
    order(endless, "checkpoint")
    assert (endless.status().step, endless.status().state) == (step, "running")

    order(endless, "pace", 50)
    wait_for(lambda: endless.status().step > step + 20)
    texts = [event.text for event in endless.events() if "a second" in event.text]
    assert texts == [f"{n} training steps a second (by {watcher_name()})" for n in ("0.001", "50")]

    order(endless, "pace", 0)
    order(endless, "step", 3)
    assert endless.events()[-1].text.startswith("3 training steps")


def test_a_throttle_counts_by_the_clock_and_skips_what_a_slow_machine_missed() -> None:
    now = 10.0
    throttle = Throttle(lambda: now)
    throttle.rate = 20.0
    throttle.begin(100)

    assert throttle.due(100) == 0
    now = 10.25
    assert throttle.due(100) == 5
    assert throttle.due(105) == 0
    now = 60.0
    assert throttle.due(105) == 1
    assert throttle.due(106) == 0


def test_orders_come_from_any_watcher_at_once_and_all_see_them(endless: Store) -> None:
    def give(watcher: str) -> None:
        for i in range(5):
            Store.open(endless.path).order("lr", 0.01 + i / 100, watcher)

    threads = [Thread(target=give, args=(name,)) for name in ("ada", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: all(one.answer for one in endless.orders()))

    texts = [event.text for event in endless.events() if event.kind == "order"]

    assert [one.answer for one in endless.orders()] == ["done"] * 10
    assert sorted(text.split("by ")[1] for text in texts) == ["ada)"] * 5 + ["bob)"] * 5


def test_a_checkpoint_can_be_ordered(endless: Store) -> None:
    order(endless, "pause")
    order(endless, "step", 2)
    wait_for(lambda: endless.status().state == "paused")
    order(endless, "checkpoint")

    assert endless.status().step in endless.checkpoints()


def test_orders_that_nobody_took_expire_with_the_trainer(tmp_path: Path) -> None:
    store = stored(tmp_path, steps=3)
    lock = Lock(store.path)
    lock.acquire()
    import sqlite3

    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE status SET state = 'running'")
    db.close()
    store.order("pause")
    lock.release()

    launch(store)
    wait_for(lambda: not held(store.path))

    assert store.orders()[0].answer.startswith("expired")
    assert store.status().state == "finished"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("explode", None), ("lr", None), ("lr", float("nan")), ("step", 0), ("pace", -1.0)],
)
def test_orders_that_make_no_sense_are_refused(endless: Store, kind: str, value: float | None) -> None:
    with pytest.raises(BadRun):
        endless.order(kind, value)


def test_a_changed_learning_rate_is_replayed_where_it_was_changed(endless: Store) -> None:
    wait_for(lambda: endless.status().step > 10)
    order(endless, "lr", 0.5)
    (change,) = endless.changes()
    wait_for(lambda: endless.status().step > change.step + 10)
    order(endless, "stop")
    wait_for(lambda: not held(endless.path))

    again = Training(config(steps=ENDLESS), ROWS)
    losses = again.run(change.step).loss
    again.set_lr(0.5)
    losses += again.run(endless.status().step - change.step).loss

    assert endless.metrics().loss == losses
    assert endless.metrics().lr[change.step - 1 : change.step + 1].tolist() == [0.02, 0.5]


def test_a_finished_run_is_one_plain_file(tmp_path: Path) -> None:
    store = trained(tmp_path)
    wait_for(lambda: not held(store.path))

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["small.lock", "small.log", "small.sqlite"]
    assert store.path.read_bytes()[18:20] == b"\x01\x01"  # the rollback journal; WAL would be 2


def test_a_finished_run_is_one_plain_file_although_watchers_read_all_the_time(tmp_path: Path) -> None:
    store = stored(tmp_path, steps=400)
    launch(store)
    wait_for(lambda: bool(store.metrics()) and not store.status().live)
    wait_for(lambda: (store.metrics(), not held(store.path))[1])

    assert store.path.read_bytes()[18:20] == b"\x01\x01"


def test_more_steps_go_on_where_it_ended(tmp_path: Path) -> None:
    store = trained(tmp_path, steps=60)
    wait_for(lambda: not held(store.path))

    launch(store, steps=200)
    wait_for(lambda: not held(store.path))

    assert (store.status().state, store.status().steps) == ("finished", 200)
    assert store.metrics().loss == uninterrupted().loss


def test_validation_and_accuracy_are_looked_at_on_a_schedule(tmp_path: Path) -> None:
    store = trained(tmp_path, check_every=10)

    assert store.score_names == ["accuracy", "validation_accuracy", "validation_loss"]
    steps = [step for step, _ in store.scores("accuracy")]
    assert steps[0] == 0
    assert steps[-1] == 200
    assert all(step % 10 == 0 for step in steps)


def test_the_first_number_that_is_not_finite_is_traced_to_its_node(tmp_path: Path) -> None:
    store = trained(tmp_path, optimizer="sgd", lr=1e200, loss="mse", activation="relu")

    status = store.status()
    (event,) = [event for event in store.events() if event.kind == "nonfinite"]

    assert status.state == "stopped"
    assert f"of training step {event.step} is not finite" in status.message
    assert event.place.startswith(("sample[", "mean", "L2"))
    assert event.place in event.text
    kept = store.checkpoint_at_or_before(event.step)
    assert kept is not None
    assert kept.step == event.step
    assert all(abs(p) < float("inf") for p in kept.parameters)


def test_a_run_that_is_not_finite_goes_on_from_an_earlier_step_at_another_learning_rate(
    tmp_path: Path,
) -> None:
    store = trained(tmp_path, optimizer="sgd", loss="mse", activation="linear", lr=1e30, steps=60)
    assert "--from 0 --lr 1e+29" in store.events()[-1].text
    old = Replay(store)
    old.state_at(1)

    launch(store, start=0, lr=0.01)
    wait_for(lambda: not held(store.path))

    assert store.status().state == "finished"
    assert store.metrics().lr.tolist() == [0.01] * 60
    assert store.metrics().step.tolist() == list(range(60))
    assert store.changes() == [Change(0, "lr", 0.01)]
    for step in (0, 1, 30, 59):
        then = moment(store, step, old)
        assert then.training.loss_of(step).data == then.loss


def test_going_back_without_a_change_gives_the_same_losses_again(tmp_path: Path) -> None:
    store = trained(tmp_path)
    launch(store, steps=260)
    wait_for(lambda: not held(store.path))
    before = store.metrics().loss

    launch(store, start=77)
    wait_for(lambda: not held(store.path))

    assert store.metrics().loss == before
    assert store.status().step == 260
    with pytest.raises(BadRun, match="0 to 260, not 300"):
        launch(store, start=300)


def test_a_trainer_that_fails_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Training, count: int) -> None:
        raise ZeroDivisionError("by hand")

    store = stored(tmp_path)
    monkeypatch.setattr(Training, "run", fail)
    with pytest.raises(ZeroDivisionError):
        trainer.train(store.path)

    assert store.status().state == "died"
    assert store.status().message == "ZeroDivisionError: by hand"


@pytest.fixture(autouse=True)
def own_signals():
    """Some tests run the trainer in this process, which takes the signals over."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)
