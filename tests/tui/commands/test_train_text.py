"""`train` and `sample` on a text: what they take, what they print, one sentence for what cannot be."""

from pathlib import Path

import pytest
from small_gpts import TEXTS, trained
from small_runs import wait_for

from micrograd_tui.engine.runs.store.directory import find_run
from micrograd_tui.tui.cli import main

SMALL = ("--embed", "4", "--heads", "1", "--context", "5")


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MICROGRAD_TUI_RUNS", str(tmp_path / "runs"))
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(TEXTS))
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_a_text_of_the_users_is_trained_on(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "train", "--data", str(lines), *SMALL, "--steps", "8", "--headless")

    assert code == 0
    assert "10 documents; the vocabulary is the 4 characters that occur" in out
    assert "1 of 10 documents is longer than the context of 5 and cut there." in out
    assert "lines-1: a GPT, 1 layer of 4, 1 head, context 5" in out
    store = find_run(lines.parent / "runs", "lines-1")
    assert len(store.metrics()) == 8
    assert store.facts["guessing"] > 0


def test_names_are_trained_on_by_name(lines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "train", "names", *SMALL, "--steps", "2", "--detach")

    assert code == 0
    assert "4,130 documents are for training and 1,033 held out for validation" in out
    store = find_run(lines.parent / "runs", "names-1")
    wait_for(lambda: not store.status().live)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("names", "--heads", "3"), "3 heads do not divide an embedding of 16"),
        (("names", "--context", "0"), "context must be 1 or more, not 0"),
        (("names", "--hidden", "4"), "--hidden is for a network on rows"),
        (("names", "--target", "x"), "--target is for a network on rows"),
        (("names", "--noise", "1"), "--noise is for a network on rows"),
        (("names", "--steps", "0"), "train 1 step or more"),
        (("names", "--break", "equal-weights"), "not a GPT"),
        (("names", "--batch", "0", "--backend", "python"), "a smaller --batch"),
        (("moons", "--embed", "8"), "--embed is for a GPT"),
        (("moons", "--layers", "2"), "--layers is for a GPT"),
        (("nams",), "did you mean names?"),
        (("lines.txt",), "for a file of your own: --data lines.txt"),
        (("names", "--data", "x.txt"), "--data takes the place of DATASET"),
        (("--data", "nowhere.txt"), "nowhere.txt: it cannot be read"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence_and_no_run(
    lines: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = said(capsys, "train", *arguments, "--headless")

    assert code == 2
    assert sentence in err
    assert err.count("\n") == 1
    assert not out
    assert not list((lines.parent / "runs").glob("*.sqlite"))


def test_sample_prints_a_sample_a_line_and_nothing_else(
    lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(lines.parent / "runs", steps=4)

    code, out, err = said(capsys, "sample", "small", "--count", "7", "--seed", "3", "--temperature", "1")

    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 7
    assert set(out) <= set("abcd\n")
    assert said(capsys, "sample", "small", "--count", "7", "--seed", "3", "--temperature", "1")[1] == out
    prompted = said(capsys, "sample", "small", "--prompt", "da")[1].splitlines()
    assert len(prompted) == 10
    assert all(line.startswith("da") for line in prompted)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("small", "--count", "0"), "--count is from 1"),
        (("small", "--prompt", "z"), "not in the vocabulary"),
        (("small", "--temperature", "-1"), "temperature"),
        (("nothing",), "there is no run called nothing"),
    ],
)
def test_what_cannot_be_sampled_is_one_sentence(
    lines: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    trained(lines.parent / "runs", steps=1)

    code, out, err = said(capsys, "sample", *arguments)

    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_a_run_of_a_network_has_nothing_to_sample(
    lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from small_runs import stored

    stored(lines.parent / "runs")

    assert "trains no GPT" in said(capsys, "sample", "small")[2]


def test_data_sets_list_the_names_with_source_and_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert "names      5,163 lines 26 characters" in said(capsys, "datasets")[1]
    out = said(capsys, "datasets", "names")[1]
    assert "1990 Census" in out
    assert "public domain" in out
    assert "micrograd-tui train names" in out
