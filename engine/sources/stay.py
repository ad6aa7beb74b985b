"""Inside a child process that stays: it answers questions until nobody can ask any more.

What is left of the program's threads runs on beside it, and prints to nobody.
"""

import gc
import json
import os
import select
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from .inside import end_with_parent, send, send_answer

Reply = Callable[[Mapping[str, Any]], tuple[dict[str, Any], bytes]]
NICE = 5
"""How far it steps back: a key of the app's goes first."""


def answer_and_stay(answer: dict[str, Any], questions: int, reply: Reply) -> NoReturn:
    """Answer; then reply to each line of the pipe `questions` with a line and bytes."""
    os.set_inheritable(questions, False)
    threading.Thread(target=_end_with_questions, args=(questions,), daemon=True).start()
    end_with_parent(False)  # which may be a mere thread of it
    send_answer({**answer, "stays": True}, silent=True)
    gc.freeze()  # what there is by now stays for good
    gc.enable()
    with suppress(OSError):
        os.nice(NICE)
    with os.fdopen(questions, "rb") as lines:
        for line in lines:
            said, numbers = reply(json.loads(line))
            send(json.dumps(said | {"bytes": len(numbers)}).encode() + b"\n" + numbers)
    _end_all()


def _end_with_questions(questions: int) -> None:
    """Wait until nobody holds the other end of the pipe: whoever asked is gone."""
    poll = select.poll()
    poll.register(questions, 0)
    while not poll.poll():
        pass
    _end_all()


def _end_all() -> NoReturn:
    """End this process and all that it has started in its session."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)
