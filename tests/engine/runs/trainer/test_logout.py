"""Where logging out ends a user's processes, and where it does not."""

from pathlib import Path

import pytest

from micrograd_tui.engine.runs.trainer.logout import ends_processes

MAIN, DROP_IN = "etc/systemd/logind.conf", "etc/systemd/logind.conf.d/50-mine.conf"


@pytest.mark.parametrize(
    ("files", "user", "ends"),
    [
        ({}, "ada", False),
        ({MAIN: "[Login]\nKillUserProcesses=yes\n"}, "ada", True),
        ({MAIN: "[Login]\n#KillUserProcesses=yes\n"}, "ada", False),
        (
            {MAIN: "[Login]\nKillUserProcesses=no\n", DROP_IN: "[Login]\nKillUserProcesses = true\n"},
            "ada",
            True,
        ),
        ({MAIN: "[Login]\nKillUserProcesses=yes\n"}, "root", False),
        ({MAIN: "[Login]\nKillUserProcesses=yes\nKillExcludeUsers=ada bob\n"}, "ada", False),
        ({MAIN: "[Login]\nKillUserProcesses=yes\n", "var/lib/systemd/linger/ada": ""}, "ada", False),
    ],
)
def test_logind_is_believed(tmp_path: Path, files: dict[str, str], user: str, ends: bool) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert ends_processes(tmp_path, user) is ends


def test_without_systemd_nothing_does(tmp_path: Path) -> None:
    assert not ends_processes(tmp_path, "ada")
