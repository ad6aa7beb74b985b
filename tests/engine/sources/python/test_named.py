"""What a text names: a program and a variable of it, or something else."""

from pathlib import Path

import pytest

from micrograd_tui.engine.sources.python.named import Named, named


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("train.py", Named("script", "train.py")),
        ("a b/train.py:loss", Named("script", "a b/train.py", "loss")),
        ("train.py:model.losses[-1].x", Named("script", "train.py", "model.losses[-1].x")),
        ("notes.ipynb:L", Named("notebook", "notes.ipynb", "L")),
        ("pack.train", Named("module", "pack.train")),
        ("pack.train:loss", Named("module", "pack.train", "loss")),
        ("json.tool", Named("module", "json.tool")),
        ("neuron", None),
        ("a*b", None),
        ("run.json", None),
        ("train.py:3x", None),
        ("nowhere_at_all.train", None),
        ("x" * 5000 + ".y", None),
        ("a\0b.c", None),
    ],
)
def test_a_text_names_a_program_or_not(
    text: str, means: Named | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pack").mkdir()

    assert named(text) == means
