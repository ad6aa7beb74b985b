"""The table of commands: a row for every file, each file with its options and its work."""

import argparse
from pathlib import Path

import pytest

from micrograd_tui.tui.commands import table
from micrograd_tui.tui.commands.table import COMMANDS

SHARED = {"__init__", "follow", "inspect", "table", "target"}  # `inspect` is called from Python


def test_every_file_of_the_folder_has_a_row() -> None:
    files = {path.stem for path in Path(table.__file__).parent.glob("*.py")}

    assert files - SHARED == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_row_imports_its_own_file_whose_options_have_help(name: str) -> None:
    file, parser = COMMANDS[name].load(), argparse.ArgumentParser()
    file.add(parser)

    assert getattr(file, "__name__", "").rpartition(".")[2] == name
    assert all(action.help or action.metavar for action in parser._actions)
