"""A file that a program wants: the sentence says which, and where to put it."""

import linecache
import urllib.error
from pathlib import Path

import pytest

from micrograd_tui.engine.sources.python.missing_file import missing_file


def raised(text: str, tmp_path: Path) -> BaseException:
    """Run a program that fails."""
    path = tmp_path / "p.py"
    path.write_text(text)
    linecache.checkcache()
    try:
        exec(compile(text, str(path), "exec"), {})
    except BaseException as error:
        return error
    raise AssertionError("it does not fail")


DOWNLOADS = {
    "urlretrieve": "import urllib.request, os\nif not os.path.exists('input.txt'):\n    urllib.request.urlretrieve('http://127.0.0.1:9/names.txt', 'input.txt')\n",
    "urlopen": "from urllib.request import urlopen\ntext = urlopen('http://127.0.0.1:9/names.txt').read()\nopen('input.txt', 'wb').write(text)\n",
    "socket": "import socket\nif 1:\n    s = socket.create_connection(('127.0.0.1', 9))\n    name = 'input.txt'\n",
}


@pytest.mark.parametrize("how", DOWNLOADS)
def test_a_failed_download_names_the_file_it_was_to_become(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = missing_file(raised(DOWNLOADS[how], tmp_path))

    assert said.startswith("a download failed (")
    assert said.endswith(f"): put input.txt into {tmp_path} by hand")


def test_a_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = missing_file(raised("open('data/names.txt')\n", tmp_path))

    assert said == f"there is no data/names.txt: put a file of that name into {tmp_path}/data"


def test_a_download_without_a_name_is_said_to_have_failed() -> None:
    error = urllib.error.URLError("no route")

    assert missing_file(error) == "a download failed (URLError: <urlopen error no route>)"
    assert missing_file(ValueError("x")) == ""
