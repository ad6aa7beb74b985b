"""Whether a file works with PyTorch is read from its text; what waits for an import is called once."""

import sys
from pathlib import Path

import pytest

from micrograd_tui.engine.sources.python.after_import import after_import
from micrograd_tui.engine.sources.python.imports import is_of_torch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import torch\n", True),
        ("def f():\n    from torch.nn import functional\n", True),
        ("import numpy, torch.nn as nn\n", True),
        ("import torchvision\n", False),
        ("# import torch\n'import torch'\n", False),
        (
            "import torch\nclass Value:\n    def __mul__(self, other): ...\n    def backward(self): ...\n",
            False,
        ),
        ("import torch\nclass Vector:\n    def __mul__(self, other): ...\n", True),
        ("import torch\nfrom engine import Value\n", False),
        ("import torch\nfrom mine.engine import Value\n", False),
        ("import torch\nfrom mine import engine\n", False),
        ("import torch\nimport model\n", True),
        (
            "import torch\nclass Net:\n    def forward(self): ...\nf = lambda x: x + 1\ng = f if f else (lambda: 0)\n",
            True,
        ),
        ("import torch\n(", False),
    ],
)
def test_a_file_of_torch_is_known_by_its_imports(tmp_path: Path, text: str, expected: bool) -> None:
    engine = "class Value:\n    def __add__(self, other): ...\n    def backprop(self): ...\n"
    (tmp_path / "mine").mkdir()
    for name, words in (
        ("p", text),
        ("engine", engine),
        ("mine/engine", engine),
        ("model", "class Net: ...\n"),
    ):
        (tmp_path / f"{name}.py").write_text(words)

    assert is_of_torch(str(tmp_path / "p.py")) is expected
    assert not is_of_torch(str(tmp_path / "gone.py"))


def test_what_waits_for_an_import_is_called_once_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "waited_for.py").write_text("done = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "waited_for", raising=False)
    before, seen = list(sys.meta_path), []
    with after_import("waited_for", lambda: seen.append(sys.modules["waited_for"].done)):
        import json as json

        assert seen == []
        __import__("waited_for")
        __import__("waited_for")

    assert seen == [True]
    assert sys.meta_path == before
    monkeypatch.delitem(sys.modules, "waited_for")
