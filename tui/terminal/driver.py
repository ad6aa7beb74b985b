"""Textual's driver for Linux and macOS, sending only the damage of a frame; see screen_buffer.py.

`MICROGRAD_TUI_DRIVER=plain` leaves Textual's own in place. Imports what Windows does not have: ask
`sending_changed_cells` only where Textual has chosen a driver that runs here.
"""

import os
import signal
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition, Resize
from textual.message import Message

from .keyboard import Keyboard
from .screen_buffer import ScreenBuffer

NEEDED = ("write", "process_message", "disable_input", "_get_terminal_size")
QUESTION = "\x1b[6n"
QUESTION_LOST = 3.0  # seconds after which a question is asked again
LAST_ANSWER = 1.0  # seconds to wait at the end for an answer that the shell would take for typing


def sending_changed_cells(chosen: type[Driver]) -> type[Driver]:
    """Return our driver where Textual has chosen its Linux driver, else the one it has chosen."""
    plain = os.environ.get("MICROGRAD_TUI_DRIVER") == "plain"
    if plain or chosen is not LinuxDriver or not all(hasattr(LinuxDriver, name) for name in NEEDED):
        return chosen
    return ChangedCellsDriver


def _erases_in_colour() -> bool:
    """Whether the terminal's description says that it erases in the current background."""
    try:
        import curses

        curses.setupterm(fd=2)
        return bool(curses.tigetflag("bce") == 1 and curses.tigetstr("ech"))
    except (ImportError, curses.error):
        return False


class HangupProof:
    """The file of a terminal that may go away: what is written after that is dropped.

    Textual writes in a thread, from a queue of 30; an error would end that thread, and the app would wait
    for ever to put one thing more into the queue.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        """Write, if there is a terminal."""
        with suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        """Flush, if there is a terminal."""
        with suppress(OSError, ValueError):
            self._file.flush()


class ChangedCellsDriver(LinuxDriver):
    """Passes what the app writes through a buffer of the cells that the terminal shows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.buffer = ScreenBuffer(erases=_erases_in_colour())
        self.bytes = 0
        """How many bytes were sent; whoever counts sets it back."""
        self._answered: Callable[[], None] | None = None
        self._again = False
        self._asked = 0.0
        self._shows = False
        """Whether the terminal is the app's."""
        super().__init__(*args, **kwargs)
        # Textual takes them now, when there is no mode to leave yet.
        for number in (signal.SIGTSTP, signal.SIGCONT):
            signal.signal(number, signal.SIG_DFL)
        setattr(self, "_file", HangupProof(self._file))  # noqa: B010  # Textual says: a TextIO
        # Where no size is to be had, Textual's app and its driver think of two, and resize for ever.
        self._size = self._size or self._get_terminal_size()

    # Suspending. A signal may come at any moment: while the app's mode begins, while a queue is locked.
    # What it asks for is done by the loop, between two of its callbacks.

    def _sigtstp_application(self, *args: Any) -> None:
        """Suspend this process soon."""
        self._loop.call_soon_threadsafe(self.suspend)

    def _sigcont_application(self, *args: Any) -> None:
        """Take the terminal again soon: whoever had it meanwhile may have changed its modes."""
        self._loop.call_soon_threadsafe(self._continued)

    def suspend(self, *, job: bool = False) -> None:
        """Give the terminal back, stop, and take it again when continued.

        With the whole job, as a terminal's Ctrl+Z would: a shell waits until all of a pipe has stopped,
        and what `make` or `uv run` has started too. Where no shell could continue it, nothing stops.
        """
        if not self._shows:
            return
        self.suspend_application_mode()
        os.kill(0 if job else os.getpid(), signal.SIGTSTP)
        self._take_again()

    def _continued(self) -> None:
        """Continued after a stop that was not ours; a terminal that hangs up sends SIGCONT too."""
        if self._shows and self._there():
            self._await_foreground()
            self.suspend_application_mode()
            self._take_again()

    def _take_again(self) -> None:
        self._await_foreground()
        self._must_signal_resume = True
        self.resume_application_mode()

    def _await_foreground(self) -> None:
        """In the background the kernel stops the job here, until it is in the foreground."""
        with suppress(termios.error):
            termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))

    def start_application_mode(self) -> None:
        """Take the signals of job control, and the terminal: a stop meanwhile is answered after it."""
        signal.signal(signal.SIGTSTP, self._sigtstp_application)
        signal.signal(signal.SIGCONT, self._sigcont_application)
        start: Callable[[], None] = super().start_application_mode  # Textual's has no types
        start()
        self._shows = True

    def stop_application_mode(self) -> None:
        """Give the terminal back, all of it, before anything stops; stopping is the kernel's matter then.

        A second Ctrl+Z is the kernel's as soon as the keyboard is the shell's, while modes still wait to
        be sent. At the end the loop goes on for a while: nothing may take the terminal again.
        """
        self._shows = False
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        super().stop_application_mode()
        self.close()
        for number in (signal.SIGTSTP, signal.SIGCONT):
            signal.signal(number, signal.SIG_DFL)

    def run_input_thread(self) -> None:
        """Read the keyboard; leave with the terminal, of which not every shell sends a signal."""
        if not Keyboard(self.fileno, self.exit_event, self.process_message).run():
            leave = partial(self._app.exit, return_code=128 + signal.SIGHUP)
            self._loop.call_soon_threadsafe(leave)

    def _there(self) -> bool:
        try:
            os.get_terminal_size(self.fileno)
        except OSError:
            return False
        return True

    def write(self, data: str) -> None:
        """Send what of a frame is not on the screen yet; nothing once the terminal was given back."""
        if not self._writer_thread or not self._writer_thread.is_alive():
            return
        self._fit()
        if sent := self.buffer.update(data):
            self.bytes += len(sent.encode())
            super().write(sent)

    def _fit(self) -> None:
        with suppress(OSError):  # the terminal is gone
            width, height = os.get_terminal_size(self.fileno)
            if width and height:  # else it does not know
                self.buffer.fit(width, height)

    def ask(self, answered: Callable[[], None]) -> None:
        """Call `answered`, from any thread, once the terminal has shown all that was sent.

        There is one question at a time: what is sent meanwhile is asked about after its answer.
        """
        under_way = self._answered is not None and time.monotonic() < self._asked + QUESTION_LOST
        if not under_way and not self.buffer.sent:
            answered()
            return
        self._answered = answered
        if not under_way:
            self._question()
        elif self.buffer.sent:
            self._again = True
        self.buffer.sent = False

    def _question(self) -> None:
        self._asked, self._again = time.monotonic(), False
        super().write(QUESTION)

    def process_message(self, message: Message) -> None:
        """Take the answers, and notice that the terminal has a new size."""
        if isinstance(message, CursorPosition):
            self._take_answer()
            return
        if isinstance(message, Resize):
            self.buffer.stale = True
        super().process_message(message)

    def _take_answer(self) -> None:
        if self._again:
            self._question()
            return
        answered, self._answered = self._answered, None
        if answered:
            answered()

    def _get_terminal_size(self) -> tuple[int, int]:
        """Textual asks at the start and when the size has changed: nothing on the screen is sure then."""
        self.buffer.stale = True
        return super()._get_terminal_size()

    def disable_input(self) -> None:
        """Wait for an answer under way before the terminal is the shell's again."""
        self._again = False
        end = time.monotonic() + LAST_ANSWER
        while self._answered and self._key_thread_runs() and time.monotonic() < end:
            time.sleep(0.01)  # no lock: a signal may have brought us here
        self._take_answer()
        super().disable_input()

    def _key_thread_runs(self) -> bool:
        thread = getattr(self, "_key_thread", None)
        return thread is not None and thread.is_alive() and not self.exit_event.is_set()
