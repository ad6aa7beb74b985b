"""A shell's job control and nothing else: it starts a job, says when it stops, goes on or ends, continues it.

    python job_shell.py COMMANDS REPORTS PROGRAM ARGUMENTS...

COMMANDS and REPORTS are file descriptors: any byte on the first is `fg`, each line on the second a report.
"""

import os
import signal
import sys
import termios


def main() -> None:
    """Run the job until it ends."""
    commands, reports = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pid = os.fork()
    if pid == 0:
        os.close(commands)
        os.close(reports)
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        for number in (signal.SIGTTOU, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(sys.argv[3], sys.argv[3:])
    os.write(reports, f"started {pid}\n".encode())
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        try:
            os.tcsetpgrp(0, os.getpgrp())
            modes = termios.tcgetattr(0)[3]
            raw = not all(modes & flag for flag in (termios.ICANON, termios.ECHO, termios.ISIG))
        except (OSError, termios.error):  # the terminal is gone
            raw = False
        if not os.WIFSTOPPED(status):
            os.write(reports, f"ended {os.waitstatus_to_exitcode(status)} {raw}\n".encode())
            return
        os.write(reports, f"stopped {os.WSTOPSIG(status)} {raw}\n".encode())
        if not os.read(commands, 1):
            return
        os.tcsetpgrp(0, pid)
        os.killpg(pid, signal.SIGCONT)
        os.write(reports, b"continued 0 False\n")


if __name__ == "__main__":
    main()
