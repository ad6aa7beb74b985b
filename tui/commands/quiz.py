"""`micrograd-tui quiz`: guess gradients of small graphs, in the app or line by line."""

import argparse
import sys
from collections.abc import Iterator

from ...engine.experiments.quiz import LEVELS, Question, questions
from ...engine.sources.expression import ExpressionError
from ..sessions.quiz import QuizSession, Score, judged
from ..terminal.interactive import no_terminal
from ..text.format import number, plain
from ..views.quiz import asked, explained

MAX_COUNT = 1_000


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--level", type=int, choices=LEVELS, default=1, help="how hard: 1 (the default) to 5"
    )
    parser.add_argument("--seed", type=int, default=0, help="which questions; the same for the same seed")
    parser.add_argument("--count", type=_count, default=5, help="how many questions (5)")
    parser.add_argument(
        "--plain", action="store_true", help="lines of text, for a pipe or a screen reader"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= MAX_COUNT:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_COUNT}, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Ask; return 0 where every answer was right, else 1; of a signal 128 and its number."""
    if options.plain or no_terminal("") or not sys.stdout.isatty():
        return _lines(options)
    from ..app import quiz

    score = Score(options.count)
    asked = questions(options.level, options.seed, options.count)
    code = quiz([QuizSession(question, i, score) for i, question in enumerate(asked, 1)])
    print(score.said)
    return code or int(score.right < score.count)


def _lines(options: argparse.Namespace) -> int:
    right = 0
    for i, question in enumerate(questions(options.level, options.seed, options.count), 1):
        _print(_headed(i, options.count, question))
        line = sys.stdin.readline()
        if not line:
            print()
            break
        verdict = _right(question, line.strip())
        right += verdict
        _print(("right" if verdict else f"no, it is {number(question.answer)}", *explained(question), ""))
    print(f"{right} of {options.count} right")
    return 0 if right == options.count else 1


def _headed(i: int, count: int, question: Question) -> Iterator[str]:
    first, *rest = asked(question)
    yield f"{i} of {count}: {first}"
    yield from rest


def _print(lines: tuple[str, ...] | Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)


def _right(question: Question, text: str) -> bool:
    """Whether an answer is right; where it is none, say why."""
    try:
        return judged(question, text)
    except ExpressionError as error:
        print(plain(str(error)))
        return False
