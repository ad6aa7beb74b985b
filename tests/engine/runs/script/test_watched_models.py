"""`Run.watch` and `Run.keep`: what of them is in the run, which events name the module, what harms nothing."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")

from torch import nn  # noqa: E402

from micrograd_tui.engine import Value, load  # noqa: E402
from micrograd_tui.engine.recording import tensor_json  # noqa: E402
from micrograd_tui.engine.runs import Run  # noqa: E402
from micrograd_tui.engine.runs.store import thinning  # noqa: E402
from micrograd_tui.engine.runs.store.csv_export import csv_lines  # noqa: E402
from micrograd_tui.engine.runs.store.directory import delete, rename  # noqa: E402
from micrograd_tui.engine.runs.store.looks import all_looks, kept_folder, kept_of, looks_at  # noqa: E402
from micrograd_tui.engine.runs.store.records import Event  # noqa: E402
from micrograd_tui.engine.runs.store.store import Store  # noqa: E402
from micrograd_tui.engine.runs.store.writer import Writer  # noqa: E402

pytestmark = [pytest.mark.requires("torch"), pytest.mark.filterwarnings("ignore")]


def net(*sizes: int, between: Any = nn.ReLU) -> Any:
    torch.manual_seed(0)
    layers: list[Any] = []
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):  # noqa: RUF007  # a list of any length
        layers += [nn.Linear(inputs, outputs), between()]
    return nn.Sequential(*layers[:-1])


def train(run: Run, model: Any, steps: int, lr: float = 0.01, first: int = 0) -> None:
    torch.manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for i in range(first, first + steps):
        x = torch.randn(32, 4)
        loss = ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.log(step=i, loss=loss.item())


def stored(directory: Path, name: str = "mine") -> Store:
    return Store.open(directory / f"{name}.sqlite")


def events(directory: Path, kind: str) -> list[Event]:
    return [event for event in stored(directory).events() if event.kind == kind]


def test_looks_are_stored_at_their_steps_and_a_run_resumed_goes_on_with_them(tmp_path: Path) -> None:
    model = net(4, 8, 1)
    for first in (0, 25):
        with Run("mine", runs_dir=tmp_path, resume=True) as run:
            run.watch(model, every=10)
            train(run, model, 25, first=first)

    store = stored(tmp_path)
    assert [step for step, _ in all_looks(store)] == [0, 10, 20, 25, 30, 40]
    ((step, look),) = looks_at(store, 29)
    assert (step, look.model, [each.name for each in look.modules]) == (25, "model", ["[0]", "[2]"])


def test_the_csv_has_what_was_measured_and_thinning_leaves_it(tmp_path: Path) -> None:
    model = net(4, 8, 1)
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(model, every=10)
        train(run, model, 40)
    before = list(csv.DictReader(csv_lines(stored(tmp_path))))

    writer = Writer(tmp_path / "mine.sqlite", 10)
    with writer._db:
        thinning.thin(writer._db, 10, writer.counts)
    writer.close()
    after = list(csv.DictReader(csv_lines(stored(tmp_path))))

    column = "model[0]/grad_norm"
    found = {row["step"]: row[column] for row in before if row[column]}
    assert list(found) == ["0", "10", "20", "30"]
    assert len(after) < len(before)
    assert {row["step"]: row[column] for row in after if row[column]} == found


def test_dead_units_are_an_event_that_names_the_module(tmp_path: Path) -> None:
    model = net(4, 8, 8, 1)
    with torch.no_grad():
        model[2].bias[:] = -100
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(model, every=5)
        train(run, model, 12)

    (dead,) = [each for each in events(tmp_path, "health") if "dead" in each.text]
    assert (dead.step, dead.place) == (5, "model[2]")
    assert dead.text.startswith("8 of 8 units of model[2] are dead")


def test_vanishing_gradients_of_a_deep_sigmoid_net_name_its_first_layers(tmp_path: Path) -> None:
    model = net(4, *[16] * 8, 1, between=nn.Sigmoid)
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(model, every=5)
        train(run, model, 12)

    found = [each.place for each in events(tmp_path, "health") if "vanish" in each.text]
    assert found[:2] == ["model[0]", "model[2]"]
    assert "model[16]" not in found


def test_exploding_gradients_name_the_module(tmp_path: Path) -> None:
    model = net(4, 8, 1)
    with torch.no_grad():
        model[2].weight *= 1e4
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(model, every=5)
        train(run, model, 1)

    assert "model[0]" in [each.place for each in events(tmp_path, "health") if "explode" in each.text]


def test_a_step_that_is_nan_is_looked_at_though_it_is_not_due_and_its_module_named(
    tmp_path: Path,
) -> None:
    model = net(4, 8, 8, 1)
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(model, every=1000)
        train(run, model, 7)
        with torch.no_grad():
            model[2].weight[0, 0] = math.nan
        train(run, model, 3, first=7)

    (found,) = [each for each in events(tmp_path, "nonfinite") if each.place]
    assert (found.step, found.place) == (7, "model[2]")
    assert "first in the output of model[2]" in found.text
    assert [step for step, _ in all_looks(stored(tmp_path))] == [0, 7]


def test_a_loss_that_stands_still_is_an_event(tmp_path: Path) -> None:
    model = net(4, 8, 1)
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(model, every=50)
        for i in range(260):
            run.log(step=i, loss=2.0)

    assert any("stands still at 2" in each.text for each in events(tmp_path, "health"))


def test_several_models_are_told_apart_by_their_variables(tmp_path: Path) -> None:
    gen, disc = net(4, 8, 1), net(4, 6, 1)
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(gen, every=5)
        run.watch(disc, every=5)
        run.watch(net(4, 1), name="third")
        train(run, gen, 6)

    assert {look.model for _, look in all_looks(stored(tmp_path))} == {"gen", "disc"}


@pytest.mark.parametrize("after", [False, True])
def test_a_loss_is_kept_and_its_graph_and_gradients_stay(tmp_path: Path, after: bool) -> None:
    model = net(4, 8, 1)
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(3):
            model.zero_grad()
            loss = (model(torch.randn(5, 4)) ** 2).mean()
            if after:
                loss.backward(retain_graph=True)
            before = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
            if i == 1:
                run.keep(loss)
            now = [p.grad for p in model.parameters()]
            assert all(a is b is None or torch.equal(a, b) for a, b in zip(before, now, strict=True))
            loss.backward()
            run.log(step=i, loss=loss.item())

    (kept,) = kept_of(stored(tmp_path))
    assert kept.step == 1
    plain = json.loads((kept_folder(tmp_path / "mine.sqlite") / kept.file).read_text())
    recording = tensor_json.from_plain(plain)
    assert (recording.names, recording.same) == (("loss",), 4)
    assert next((event.step, event.kind) for event in stored(tmp_path).events()) == (1, "kept")


def test_a_loss_kept_after_its_step_was_logged_is_of_that_step(tmp_path: Path) -> None:
    model = net(4, 8, 1)
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(3):
            loss = (model(torch.randn(5, 4)) ** 2).mean()
            run.log(step=i, loss=loss.item())
            if i == 1:
                run.keep(loss)

    assert [kept.step for kept in kept_of(stored(tmp_path))] == [1]


def test_a_scalar_loss_is_kept_as_a_scalar_recording(tmp_path: Path) -> None:
    a, b = Value(2.0, label="a"), Value(-3.0)
    with Run("mine", runs_dir=tmp_path) as run:
        run.keep(a * b + a, step=4)
        run.log(step=4, loss=-4.0)

    (kept,) = kept_of(stored(tmp_path))
    recording = load(kept_folder(tmp_path / "mine.sqlite") / kept.file)
    assert (kept.step, recording.node_count, set(recording.labels.values())) == (4, 4, {"a", "b"})
    assert a.grad == 0


def test_a_freed_graph_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        loss = (net(4, 1)(torch.randn(5, 4)) ** 2).mean()
        loss.backward()
        run.keep(loss)
        run.log(loss=1.0)

    assert "was freed by an earlier backward()" in capsys.readouterr().err
    assert "was freed by an earlier backward()" in events(tmp_path, "note")[0].text


def test_over_the_budget_the_oldest_makes_room_and_that_is_said(tmp_path: Path) -> None:
    model = net(4, 8, 1)
    with Run("one", runs_dir=tmp_path) as run:
        run.keep((model(torch.randn(5, 4)) ** 2).mean(), step=0)
    (one,) = kept_folder(tmp_path / "one.sqlite").iterdir()
    size = one.stat().st_size  # with the name of this file, wherever that is

    with Run("mine", runs_dir=tmp_path, keep_bytes=5 * size // 2) as run:
        for i in range(4):
            run.keep((model(torch.randn(5, 4)) ** 2).mean())
            run.log(step=i, loss=1.0)
        run.keep(sum((model(torch.randn(5, 4)) ** 2).mean() for _ in range(9)))

    kept = kept_of(stored(tmp_path))
    assert [bool(each.dropped) for each in kept] == [True, True, False, False]
    there = sorted(file.name for file in kept_folder(tmp_path / "mine.sqlite").iterdir())
    assert there == [each.file for each in kept if not each.dropped]
    assert any("removed from now on" in each.text for each in events(tmp_path, "kept"))
    assert any("more than the budget" in each.text for each in events(tmp_path, "note"))


def test_recordings_move_and_go_with_their_run(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.keep(Value(2.0) * 3)

    moved = rename(tmp_path / "mine.sqlite", "other")
    assert [file.name for file in kept_folder(moved).iterdir()] == ["000001.json"]
    delete(moved)
    assert not kept_folder(moved).exists()


@pytest.mark.parametrize("odd", [None, 3, "x", nn.Linear, object(), [], math.nan, torch.ones(3)])
def test_nothing_that_is_given_raises(tmp_path: Path, odd: Any) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.watch(odd)
        run.keep(odd)
        run.watch(net(4, 1), every=odd)
        run.watch(net(4, 1), odd, odd, name=odd, more=odd)
        run.keep(Value(1.0) * 2, odd, step=odd, more=odd)
        run.watch()
        run.keep()
        run.log(loss=1.0)
    run.watch(odd)
    run.keep(odd)

    assert stored(tmp_path).status().state == "finished"


def test_without_pytorch_nothing_of_it_is_imported(tmp_path: Path) -> None:
    text = (
        "import sys\nfrom micrograd_tui.engine.runs import Run\n"
        f"with Run('mine', runs_dir={str(tmp_path)!r}) as run:\n"
        "    run.watch(3)\n    run.log(loss=1.0)\nassert 'torch' not in sys.modules\n"
    )

    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "takes a torch.nn.Module, not a int" in done.stderr
