"""A real OpenSSH server on loopback with keys and a port of its own, started and stopped by a test."""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import time
from pathlib import Path

SBIN = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile {folder}/pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
"""


class SshServer:
    """`with SshServer(folder) as server:`; `server.login(command)` is the client's command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()

    def __enter__(self) -> "SshServer":
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)], check=True
            )
        config = self.folder / "config"
        config.write_text(CONFIG.format(port=self.port, folder=self.folder))
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where root's server drops its rights
        sshd = shutil.which("sshd", path=SBIN)
        assert sshd, "no sshd: the test names it as a requirement"
        log = str(self.folder / "log")
        self.process = subprocess.Popen([sshd, "-D", "-f", str(config), "-E", log])
        self._wait_until_it_listens()
        return self

    def __exit__(self, *ignored: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def _wait_until_it_listens(self) -> None:
        end = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"sshd did not start:\n{(self.folder / 'log').read_text()}")

    def login(self, *command: str, env: dict[str, str] | None = None) -> list[str]:
        """Return the client's command line that runs `command` on a terminal of the server."""
        settings = [f"{name}={value}" for name, value in (env or {}).items()]
        return [
            "ssh", "-F", "none", "-tt", "-p", str(self.port), "-i", str(self.folder / "user"),
            "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
            "-o", f"UserKnownHostsFile={self.folder / 'known'}",
            f"{getpass.getuser()}@127.0.0.1",
            f"exec env {shlex.join([*settings, *command])}",
        ]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
