"""A run of many numbers: the training loss first by its name, the others in a list that is searched."""

from pathlib import Path

import pytest

from micrograd_tui.engine.runs import Run
from micrograd_tui.engine.runs.store.loss_names import training_loss
from micrograd_tui.tui.panes.run.numbers import NumbersPane
from micrograd_tui.tui.sessions.run.series import OPENING
from micrograd_tui.tui.sessions.watching import WatchSession
from micrograd_tui.tui.text.apart import told_apart
from micrograd_tui.tui.text.format import cells, cut_in_middle


def session_of(directory: Path, *names: str, steps: int = 1) -> WatchSession:
    with Run("mine", runs_dir=directory) as run:
        for i in range(steps):
            run.log(dict.fromkeys(names, float(i)), step=i)
    session = WatchSession(run.store)
    while session.behind:
        session.poll()
    return session


@pytest.mark.parametrize(
    ("lead", "others"),
    [
        ("loss", ["acc", "aux_loss", "train/loss", "val_loss"]),
        ("train/loss", ["a/grad", "loss_scale", "val/loss", "zz"]),
        ("train_loss", ["accuracy", "eval_loss"]),
        ("Train Loss", ["Acc", "Val Loss"]),
        ("trainLoss", ["valLoss", "acc"]),
        ("lm loss", ["loss scale", "grad norm", "consumed samples"]),
        ("train/loss_step", ["train/acc_step", "val/loss_epoch"]),
        ("nll_loss", ["acc", "ppl"]),
        ("train-rmse", ["test-rmse", "age"]),
        ("val_loss", ["acc", "lr"]),
    ],
)
def test_the_training_loss_is_known_by_its_name(lead: str, others: list[str]) -> None:
    assert training_loss(sorted([lead, *others])) == lead


def test_nothing_is_a_loss_where_nothing_is_called_one() -> None:
    assert training_loss(["acc", "lr", "loss_scale", "reward"]) is None


def test_the_training_loss_is_plotted_first_and_heads_the_screen(tmp_path: Path) -> None:
    session = session_of(tmp_path, "acc", "a/norm", "train/loss", "val/loss")

    assert session.display.plotted_name == "train/loss"
    assert session.headline.endswith("last train/loss 0")
    assert session.numbers.names[0] == "train/loss"


def test_what_is_plotted_stays_though_other_names_come(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=0, zeta=1.0)
        run.log(step=0, eta=1.0)
        session = WatchSession(run.store)
        run.finish()
        session.poll()
        session.display.plot("zeta")
        before = session.display.plotted_name

    assert before == session.display.plotted_name == "zeta"


def test_the_list_is_searched_by_words_and_plots_what_is_found(tmp_path: Path) -> None:
    names = [f"layer_{i}/{what}" for i in range(30) for what in ("weight", "grad")]
    session = session_of(tmp_path, "loss", *names)

    assert session.numbers.many
    assert session.numbers.search("GRAD layer_2").startswith("1 of 11: layer_2/grad")
    assert session.numbers.search("GRAD layer_2").startswith("2 of 11: layer_20/grad")
    for _ in range(9):
        last = session.numbers.search("GRAD layer_2")
    assert last.startswith("11 of 11: layer_29/grad")
    assert session.numbers.search("nothing") == "no number is called nothing"
    session.numbers.plot()
    assert session.display.plotted_name == "layer_29/grad"


def test_names_are_cut_in_the_middle_and_stay_apart() -> None:
    names = [f"train/layer_{i}/attention/head_{j}/weight" for i in range(12) for j in range(5)]
    shown = told_apart(names, 20, "…")

    assert shown["train/layer_10/attention/head_3/weight"] == "…layer_10…head_3…"
    assert cut_in_middle("train/layer_3/attention/norm", 15, "…") == "train/l…on/norm"
    assert len(set(shown.values())) == len(names)
    assert max(map(cells, shown.values())) <= 20


def test_names_that_no_cut_tells_apart_are_numbered() -> None:
    names = [f"x{'a' * 30}{i}{'b' * 30}" for i in range(3)] + ["short"]

    shown = sorted(told_apart(names, 12, "…").values())
    assert shown == ["short", "xaaa…bbbb ~1", "xaaa…bbbb ~2", "xaaa…bbbb ~3"]


def test_a_number_that_comes_late_for_its_step_is_shown(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(10):
            run.log(step=i, loss=i)
        run.finish()
    session = WatchSession(run.store)
    with Run("mine", runs_dir=tmp_path, resume=True) as run:
        run.log(step=5, loss=50)
        run.log(step=3, lr=0.5)
        run.log(step=1, lr=0.25)
    session.poll()

    assert list(session.series.by_name["loss"].means) == [0, 1, 2, 3, 4, 50, 6, 7, 8, 9]
    assert list(session.series.by_name["lr"].steps) == [1, 3]


def test_steps_of_any_size_are_read_at_once(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(50):
            run.log(step=i * 10**9, loss=i)
    session = WatchSession(run.store)
    session.poll()

    assert not session.behind
    assert len(session.series.by_name["loss"]) == 50


def test_how_many_lines_could_not_be_read_is_on_the_screen(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(loss=1.0)
        run.say("1 line held no numbers: hello")
    session = WatchSession(run.store)

    assert session.sentence == "1 line held no numbers: hello"


def test_while_numbers_are_read_each_is_the_last_one_or_not_known(tmp_path: Path) -> None:
    steps = OPENING // 1000 * 120
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(steps):
            run.log({f"train/{j}": float(i) for j in range(9)} | {"loss": float(i)}, step=i)
            if i % 100 == 0:
                run.log(step=i, val_loss=float(i))
    session, seen = WatchSession(run.store), set[tuple[float | None, int | None]]()

    assert session.behind
    assert session.best("val_loss") == (0.0, 0)  # there are few of it, and all have been read
    assert session.best("loss") is None
    assert session.value("val_loss") == (steps - 100, steps - 100)
    session.scrubbing.go_to(steps - 50)
    assert session.value("loss") == session.value("train/3") == (None, None)
    assert session.value("val_loss") == (steps - 100, steps - 100)
    session.cursor = None
    while session.behind:
        seen |= {session.value("loss"), session.value("train/3")}
        session.poll()
    assert seen == {(steps - 1, steps - 1)}
    assert session.best("loss")


def test_the_best_mean_of_a_number_is_chosen_with_it(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(40):
            run.log(step=i, loss=float(40 - i), lr=0.1)
            if i % 10 == 0:
                run.log(step=i, val_loss=1.0)
    session = WatchSession(run.store)
    session.numbers.choose(0)
    lines = NumbersPane(session).make(60, 4)

    assert ["".join(text for text, _ in line).split()[0] for line in lines] == [
        "1-2",
        "loss",
        "10-step",
        "val",
    ]
    assert [line[0][1] for line in lines[1:]] == ["blurred", "blurred", ""]
