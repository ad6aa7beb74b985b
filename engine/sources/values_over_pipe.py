"""The tensors of a pass that another process holds: asked for by JSON, given as raw numbers.

A header of JSON says of what kind they are and how many stand in each row; the bytes are numbers and
nothing else. What does not fit together is refused.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from ..recording.tensor import Number, Shape
from ..recording.tensor_slice import Pick, Place
from ..recording.tensor_values import KINDS, Blocks, Budget, How, NoValues, Values, View, Which, Window
from .staying import Gone, Staying

T = TypeVar("T")
MOST_DIMENSIONS = 64
SENTENCE = 300
_FORMATS = {"d": 8, "q": 8, "Q": 8}
"""What the bytes may be: doubles, whole numbers with a sign and without; and the bytes of each."""


# Questions as JSON


def plain_which(which: Which) -> list[Any]:
    """Return what JSON can say of it."""
    return [which.step, which.kind, which.place, which.name]


def _which(plain: Any) -> Which:
    step, kind, place, name = plain
    if kind not in KINDS:
        raise ValueError(f"there are no tensors of the kind {kind}")
    return Which(int(step), kind, int(place), str(name))


def _plain_view(view: View) -> dict[str, Any]:
    places = [
        each if isinstance(each, int) else [each.start, each.stop, each.step] for each in view.pick.places
    ]
    return {
        "places": places,
        "of": view.pick.of,
        "wrap": view.wrap,
        "rows": view.rows,
        "columns": view.columns,
    }


def _view(plain: Mapping[str, Any]) -> View:
    places: tuple[Place, ...] = tuple(
        each if isinstance(each, int) else range(*each) for each in plain["places"]
    )
    (top, bottom), (left, right) = plain["rows"], plain["columns"]
    return View(Pick(places, tuple(plain["of"])), plain["wrap"], (top, bottom), (left, right))


def plain_budget(budget: Budget) -> dict[str, Any]:
    """Return what JSON can say of it."""
    return {
        "bytes": budget.bytes,
        "kept": budget.kept,
        "left_out": budget.left_out,
        "live": budget.live,
    }


# Where the tensors are


def reply_with(values: Values) -> Callable[[Mapping[str, Any]], tuple[dict[str, Any], bytes]]:
    """Return what replies to each question; what goes wrong is said in the reply."""

    def reply(question: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        try:
            return _replied(values, question)
        except NoValues as error:
            return {"none": str(error)[:SENTENCE]}, b""
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            return {"none": f"{type(error).__name__}: {first}"[:SENTENCE]}, b""

    return reply


def _replied(values: Values, question: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    which = _which(question["which"])
    if question["ask"] == "shape":
        shape, dtype = values.shape(which)
        return {"shape": shape, "dtype": dtype}, b""
    if question["ask"] == "window":
        window = values.window(which, _view(question["view"]))
        return {"dtype": window.dtype, "how": window.how, **_header(window.rows)}, _bytes(window.rows)
    blocks = values.blocks(which, question["rows"], question["columns"])
    return {"of": blocks.of, "how": blocks.how, **_header(blocks.means)}, _bytes(blocks.means)


def _header(rows: Sequence[Sequence[Number]]) -> dict[str, Any]:
    return {
        "format": _format(rows),
        "complex": any(isinstance(x, complex) for row in rows for x in row),
        "row": len(rows[0]) if rows else 0,
        "count": sum(map(len, rows)),
    }


def _format(rows: Sequence[Sequence[Number]]) -> str:
    whole = all(isinstance(x, int) for row in rows for x in row)
    if not whole:
        return "d"
    return "Q" if any(x > 1 << 62 for row in rows for x in row if isinstance(x, int)) else "q"


def _bytes(rows: Sequence[Sequence[Number]]) -> bytes:
    flat: list[Any] = [x for row in rows for x in row]
    if any(isinstance(x, complex) for x in flat):
        flat = [part for x in flat for part in (complex(x).real, complex(x).imag)]
    return array(_format(rows), flat).tobytes()


# Where they are looked at


class ValuesOverPipe:
    """The tensors of a pass that a child process holds."""

    def __init__(self, child: Staying, budget: Any) -> None:
        """`budget` is what plain_budget said; a child that says something else is not asked."""
        self._child = child
        try:
            most, kept, left_out = (int(budget[name]) for name in ("bytes", "kept", "left_out"))
            self.budget = Budget(most, kept, left_out, bool(budget["live"]))
        except (KeyError, TypeError, ValueError):
            self.budget = Budget(0)
            self.close()

    def shape(self, which: Which) -> tuple[Shape, str]:
        """Return shape and dtype of a tensor."""
        said, _ = self._ask({"ask": "shape", "which": plain_which(which)})
        return _checked(lambda: (_shape(said["shape"]), str(said["dtype"])))

    def window(self, which: Which, view: View) -> Window:
        """Return the numbers of a view."""
        question = {"ask": "window", "which": plain_which(which), "view": _plain_view(view)}
        said, numbers = self._ask(question)
        return _checked(lambda: Window(str(said["dtype"]), _how(said), _rows(said, numbers)))

    def blocks(self, which: Which, rows: int, columns: int) -> Blocks:
        """Return the tensor averaged down."""
        question = {"ask": "blocks", "which": plain_which(which), "rows": rows, "columns": columns}
        said, numbers = self._ask(question)
        return _checked(lambda: _blocks(said, numbers))

    def close(self) -> None:
        """End the process."""
        self._child.close()

    def _ask(self, question: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
        try:
            said, numbers = self._child.ask(question)
        except Gone as gone:
            raise NoValues(f"the program's process is gone ({gone}): only summaries are left") from None
        if "none" in said:
            raise NoValues(str(said["none"])[:SENTENCE])
        return said, numbers


def _checked(read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise NoValues("what the program's process gave is no tensor") from None


def _blocks(said: Mapping[str, Any], numbers: bytes) -> Blocks:
    means = tuple(tuple(float(x.real) for x in row) for row in _rows(said, numbers))
    height, width = _shape(said["of"])
    return Blocks(means, (height, width), _how(said))


def _rows(said: Mapping[str, Any], numbers: bytes) -> tuple[tuple[Number, ...], ...]:
    """Read the numbers row by row; raise ValueError where header and bytes do not fit together."""
    kind, length, count = str(said["format"]), int(said["row"]), int(said["count"])
    parts = 2 if said["complex"] else 1
    if kind not in _FORMATS or len(numbers) != count * parts * _FORMATS[kind] or (count and length < 1):
        raise ValueError
    flat = array(kind, numbers)
    whole: list[Number] = (
        [complex(*pair) for pair in zip(flat[::2], flat[1::2], strict=True)] if parts == 2 else list(flat)
    )
    left = iter(whole)
    return tuple(tuple(islice(left, length)) for _ in range(-(-count // length) if length else 0))


def _shape(plain: Any) -> Shape:
    shape = tuple(map(int, plain))
    if len(shape) > MOST_DIMENSIONS or any(size < 0 for size in shape):
        raise ValueError
    return shape


def _how(said: Mapping[str, Any]) -> How:
    how: How = said["how"]
    if how not in ("kept", "again", "there"):
        raise ValueError
    return how
