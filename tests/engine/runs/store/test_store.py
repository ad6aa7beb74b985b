"""The file a run is kept in: exact numbers, refusals that touch nothing, and awkward disks."""

import math
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from csv import DictReader
from pathlib import Path

import pytest
from small_runs import ROWS, VALIDATION, config, stored, trained, uninterrupted, wait_for

from micrograd_tui.engine.learning.state import Metrics, State
from micrograd_tui.engine.runs.store import journal, schema, store
from micrograd_tui.engine.runs.store.csv_export import csv_lines
from micrograd_tui.engine.runs.store.lock import held
from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.engine.runs.trainer import trainer
from micrograd_tui.engine.runs.trainer.fingerprint import differences, fingerprint
from micrograd_tui.engine.runs.trainer.launch import launch
from micrograd_tui.engine.runs.trainer.replay import moment, state_at


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a run that is done."""
    made = trained(tmp_path_factory.mktemp("runs"))
    wait_for(lambda: not held(made.path))
    return made.path


def test_all_that_a_run_needs_is_in_its_file(tmp_path: Path) -> None:
    facts = {"source": "drawn by hand", "means": [0.1, 1e-300]}
    made = stored(tmp_path, facts=facts, hidden=(5, 3), lr=0.1 + 0.2)

    read = Store.open(made.path)

    assert read.config == config(hidden=(5, 3), lr=0.1 + 0.2)
    assert read.rows == ROWS
    assert read.validation == VALIDATION
    assert read.facts["means"] == facts["means"]


def test_numbers_come_back_to_the_bit(tmp_path: Path) -> None:
    made, odd = stored(tmp_path), [0.1, -1e-300, 5e-324, 1.7976931348623157e308, math.inf, math.nan]
    writer = Writer(made.path, 1000)
    metrics = Metrics()
    for step, number in enumerate(odd):
        metrics.append(step, number, number, number)
    writer.metrics(metrics, 0.0, 1.0)
    writer.checkpoint(State(6, schema.unpack(schema.pack(odd)), [odd, [], [1.0]]), None)
    writer.commit("stopped", 6, 6, odd[-1])
    writer.close()

    read = Store.open(made.path)

    assert repr(read.metrics().loss.tolist()) == repr(odd)
    state = read.checkpoint_at_or_before(99)
    assert state is not None
    assert repr(state.parameters.tolist()) == repr(odd)
    assert repr(state.optimizer) == repr([odd, [], [1.0]])


def test_nothing_is_pickled() -> None:
    for path in Path(store.__file__).parents[1].rglob("*.py"):
        assert "pickle" not in path.read_text()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE bookmarks (url)")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (newer, "newer"),
        (foreign, "not a run of micrograd-tui"),
        (lambda path: os.truncate(path, path.stat().st_size // 2), "cut short"),
        (lambda path: os.truncate(path, path.stat().st_size - 1), "cut short"),
        (lambda path: os.truncate(path, 50), "not a run"),
        (lambda path: os.truncate(path, 0), "empty"),
        (lambda path: path.write_text("a letter\n" * 100), "not a run"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:4096] + bytes(path.stat().st_size - 4096)),
            "damaged",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence_and_left_untouched(
    tmp_path: Path, finished: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    path = Path(shutil.copy(finished, tmp_path))
    damage(path)
    before = path.read_bytes()

    with pytest.raises(BadRun, match=sentence):
        Store.open(path)
    with pytest.raises(BadRun, match=sentence):
        trainer.train(path)

    assert path.read_bytes() == before
    assert {found.name for found in tmp_path.iterdir()} <= {"small.sqlite", "small.lock"}


def test_a_run_is_never_written_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "small.sqlite").write_text("mine")

    with pytest.raises(BadRun, match="exists"):
        stored(tmp_path)

    assert (tmp_path / "small.sqlite").read_text() == "mine"


def test_where_nothing_can_be_written_the_sentence_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadRun, match="file/runs"):
        stored(tmp_path / "file" / "runs")


READER = """
import os, sys
from pathlib import Path
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.schema import open_writing
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
store = Store.open(Path(sys.argv[1]))
print(store.status().state, len(store.metrics()))
try:
    open_writing(store.path)
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Unix permissions")
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_finished_run_opens_on_read_only_media(finished: Path, mode: str) -> None:
    # Not below tmp_path: that is closed to others, and as root the reader becomes nobody.
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        path = Path(shutil.copy(finished, place))
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA journal_mode = {mode}")
        path.chmod(0o444)
        Path(place).chmod(0o555)
        done = subprocess.run([sys.executable, "-c", READER, path], capture_output=True, text=True)
        Path(place).chmod(0o755)

    assert done.stdout.splitlines() == ["finished 200", "BadRun"], done.stderr


def test_where_wal_does_not_work_the_rollback_journal_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "wal_works", lambda directory: False)
    made = stored(tmp_path)

    trainer.train(made.path)

    assert made.metrics().loss == uninterrupted().loss


def test_wal_is_probed_in_the_directory_itself(tmp_path: Path) -> None:
    assert journal.wal_works(tmp_path)
    assert not journal.wal_works(tmp_path / "missing")
    assert not list(tmp_path.iterdir())


def test_a_locked_file_is_reported_as_locked(finished: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(finished, tmp_path))
    Store.open(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BadRun, match="locked"):
            Store.open(path, busy=0.05)


def test_on_a_full_disk_what_was_stored_stays_readable(tmp_path: Path) -> None:
    made = stored(tmp_path)
    writer = Writer(made.path, 10**6)
    writer.commit("running", 0, 9, None)
    writer._db.execute("PRAGMA max_page_count = 1")  # no page may be added any more
    metrics = Metrics()
    for step in range(100_000):
        metrics.append(step, 1.0, 1.0, 1.0)
    writer.metrics(metrics, 0, 1)

    with pytest.raises(BadRun, match="disk is full"):
        writer.commit("running", 100_000, 9, None)
    writer.close()

    assert Store.open(made.path).status().step == 0
    assert Store.open(made.path).rows == ROWS


def test_readers_keep_no_transaction_open(finished: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(finished, tmp_path))
    read = Store.open(path)
    read.metrics()

    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as db:
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")


def test_every_step_is_replayed_from_the_nearest_checkpoint(finished: Path) -> None:
    read = Store.open(finished)

    for step in range(0, 200, 7):
        assert moment(read, step).training.loss_of(step).data == moment(read, step).loss
    assert math.isnan(moment(read, 200).loss)
    assert state_at(read, 200).parameters == state_at(read, 200).parameters
    with pytest.raises(BadRun):
        moment(read, 201)


def test_a_curve_has_at_most_the_points_asked_for(finished: Path) -> None:
    read = Store.open(finished)
    losses = read.metrics().loss

    curve = read.curve("loss", points=10)

    assert len(curve) == 10
    assert curve[0].min == min(losses[:20])
    assert curve[0].max == max(losses[:20])
    assert curve[-1].mean == pytest.approx(sum(losses[-20:]) / 20)
    assert [bucket.step for bucket in curve] == list(range(0, 200, 20))
    assert read.curve("accuracy")
    assert read.curve("no such score") == []


def test_beyond_the_stated_number_old_steps_thin_to_buckets(tmp_path: Path) -> None:
    made = stored(tmp_path, facts={"keep": 300}, steps=1000)
    launch(made)
    wait_for(lambda: not made.status().live)
    losses = uninterrupted(steps=1000).loss

    kept, end = made.metrics(), made.thinned_before
    buckets = made.thinned("loss")

    assert 300 <= len(kept) <= 330
    assert kept.loss == losses[end:]
    assert sum(bucket.steps for bucket in buckets) == end == 1000 - len(kept)
    for bucket in buckets:
        part = losses[bucket.step : bucket.step + bucket.steps]
        assert (bucket.min, bucket.max) == (min(part), max(part))
        assert bucket.mean == pytest.approx(sum(part) / len(part))
    assert made.curve("loss", points=5)[0].min == min(losses[:200])
    assert len(made.curve("loss", points=5)) <= 6
    # Still any step opens: the checkpoints are all there.
    assert moment(made, 17).training.loss_of(17).data == losses[17]


def test_the_csv_of_a_thinned_run_says_which_lines_stand_for_many(tmp_path: Path) -> None:
    made = stored(tmp_path, facts={"keep": 100}, steps=200)
    launch(made)
    wait_for(lambda: not made.status().live)

    head, *lines = csv_lines(made)

    assert head.startswith("step,loss,lr,grad_norm,time,steps,loss_min,loss_max")
    steps = [int(line.split(",")[5]) for line in lines]
    assert sum(steps) == 200
    assert max(steps) > 1
    assert {line.count(",") for line in lines} == {head.count(",")}


def test_the_csv_has_the_scores_of_the_end_which_the_screen_shows_as_the_last(tmp_path: Path) -> None:
    made = trained(tmp_path, steps=10)
    wait_for(lambda: not made.status().live)

    lines = list(DictReader(csv_lines(made)))

    last = made.last_numbers()["validation_loss"]
    assert last[0] == 10
    assert (int(lines[-1]["step"]), float(lines[-1]["validation_loss"])) == last
    assert lines[-1]["loss"] == ""
    assert [line["step"] for line in lines if line["loss"]] == [str(step) for step in range(10)]


@pytest.mark.requires("numpy")
def test_what_decides_the_last_bit_of_each_backend_is_noted() -> None:
    plain, numpy = fingerprint("python"), fingerprint("numpy")

    assert set(plain) == {"python", "machine", "libc", "backend", "micrograd-tui"}
    assert set(numpy) - set(plain) == {"numpy", "cpu"}
    assert differences(numpy, numpy | {"cpu": "another"}) == [f"cpu: {numpy['cpu']} then, another now"]


def test_a_machine_that_differs_is_named(tmp_path: Path) -> None:
    made = trained(tmp_path, steps=10)
    wait_for(lambda: not held(made.path))
    with closing(sqlite3.connect(made.path)) as db:
        db.execute(
            "UPDATE facts SET value = replace(value, 'Python', 'Jython') WHERE key = 'fingerprint'"
        )
        db.commit()

    launch(made, steps=20)
    wait_for(lambda: not made.status().live)

    (event,) = [event for event in made.events() if event.kind == "difference"]
    assert event.text.startswith("python: CJython")


def test_a_silent_log_on_a_full_disk_says_that_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "small.log"
    log.write_text("it begins\n\n")

    assert schema.last_words(log) == "it begins"
    assert schema.last_words(log, log.stat().st_size) == "the trainer was killed"
    monkeypatch.setattr(schema, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 0))
    assert "is full" in schema.last_words(log, log.stat().st_size)


def test_a_run_that_cannot_be_written_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*ignored: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "_fill", full)
    with pytest.raises(BadRun, match="disk is full"):
        stored(tmp_path)
    monkeypatch.setattr(schema, "_connect", full)
    with pytest.raises(BadRun, match="disk is full"):
        stored(tmp_path)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", range(40))
def test_bytes_that_changed_on_the_disk_are_refused_or_read_and_never_crash(
    tmp_path: Path, finished: Path, seed: int
) -> None:
    rng, damaged = random.Random(seed), bytearray(finished.read_bytes())
    for _ in range(rng.choice([1, 3, 30])):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    path = tmp_path / "small.sqlite"
    path.write_bytes(damaged)

    with suppress(BadRun):
        read = Store.open(path)
        read.status(), read.rows, read.metrics(), read.events(), read.orders(), list(csv_lines(read))
        moment(read, 30)

    assert path.read_bytes() == damaged
