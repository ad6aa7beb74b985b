"""exp, log, tanh, sigmoid, sin, cos for several lanes at once, and pow one lane at a time.

A vector function of LLVM's own would call the C library once a lane. These are the textbook forms
instead: reduce the argument to a small interval by a multiple of ln 2 or pi/2 kept in several pieces
(Cody and Waite, Software Manual for the Elementary Functions, 1980), sum the Taylor series there, put
the power of two back. A few units in the last place, and nan and infinity where the C library has them.

`pow` keeps the C library's: its error grows with the exponent in any short form.
"""

import ctypes
import ctypes.util
import math
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction

from .op_table import ONE, ZERO, Emitter

LN2 = Fraction("0.693147180559945309417232121458176568075500134360255254120680009493393621969694716")
HALF_PI = Fraction("1.570796326794896619231321691639751442098584699687552910487472296153908203143104499")
MAGIC = 1.5 * 2.0**52
"""Adding it rounds to a whole number, which then stands in the low bits."""
FAR = 1e5
"""Beyond it a sine is left to the C library: the pieces of pi/2 would no longer be enough."""

_BITS_OF_ONE = 0x3FF0000000000000
_BITS_OF_ROOT_HALF = 0x3FE6A09E667F3BCD
_BITS_OF_MAGIC = 0x4338000000000000
_SMALLEST_NORMAL = 2.0**-1022


def pieces(x: Fraction, count: int, bits: int = 33) -> list[float]:
    """Return numbers of few bits that sum to x: their products with a small whole number are exact."""
    found = []
    for _ in range(count - 1):
        unit = Fraction(2) ** (math.frexp(float(x))[1] - bits)
        found.append(float(x // unit * unit))
        x -= Fraction(found[-1])
    return [*found, float(x)]


def functions(called: Iterable[tuple[str, int]]) -> str:
    """Return the text of the functions `called` (name, width) and of those that they call."""
    texts: dict[tuple[str, int], str] = {}
    waiting = sorted(called)
    while waiting:
        key = waiting.pop()
        if key not in texts:
            texts[key], needs = _function(*key)
            waiting += sorted(needs)
    return "\n".join(texts.values())


def _function(name: str, width: int) -> tuple[str, set[tuple[str, int]]]:
    e = Emitter(width)
    arguments = ["%x", "%y"] if name == "pow" else ["%x"]
    result = _BODIES[name](e, *arguments)
    head = f"define internal {e.type} @{name}.{width}({', '.join(f'{e.type} {x}' for x in arguments)})"
    return "\n".join([f"{head} noinline {{", *e.lines, f"  ret {e.type} {result}", "}"]), e.called


def _integers(e: Emitter) -> str:
    return "i64" if e.width == 1 else f"<{e.width} x i64>"


def _whole(e: Emitter, x: int) -> str:
    return str(x) if e.width == 1 else f"splat (i64 {x})"


def _bits(e: Emitter, x: str) -> str:
    return e.let(f"bitcast {e.type} {x} to {_integers(e)}")


def _double(e: Emitter, bits: str) -> str:
    return e.let(f"bitcast {_integers(e)} {bits} to {e.type}")


def _integer(e: Emitter, op: str, x: str, y: int | str) -> str:
    return e.let(f"{op} {_integers(e)} {x}, {y if isinstance(y, str) else _whole(e, y)}")


def _rounded(e: Emitter, x: str, factor: float) -> tuple[str, str]:
    """Return the whole number nearest to x * factor, as a double and as one with it in its low bits."""
    shifted = e.fma(x, e.number(factor), e.number(MAGIC))
    return e.sub(shifted, e.number(MAGIC)), shifted


def _power_of_two(e: Emitter, shifted: str) -> str:
    """Return 2**k, where `shifted` has the whole number k in its low bits."""
    exponent = _integer(e, "shl", _bits(e, shifted), 52)
    return _double(e, _integer(e, "add", exponent, _BITS_OF_ONE))


def _reduced(e: Emitter, x: str, k: str, parts: Iterable[float]) -> str:
    """Return x - k * (the sum of the parts)."""
    for part in parts:
        x = e.fma(k, e.number(-part), x)
    return x


def _polynomial(e: Emitter, x: str, coefficients: list[float]) -> str:
    """Return the sum of c * x**i, as an even and an odd half that do not wait for each other."""
    square = e.mul(x, x)
    even = _horner(e, square, coefficients[0::2])
    return e.fma(_horner(e, square, coefficients[1::2]), x, even)


def _horner(e: Emitter, x: str, coefficients: list[float]) -> str:
    total = e.number(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = e.fma(total, x, e.number(c))
    return total


def _inverse_factorials(first: int, last: int, step: int = 1, sign: int = 1) -> list[float]:
    return [
        float(sign**i / Fraction(math.factorial(n))) for i, n in enumerate(range(first, last + 1, step))
    ]


def _clamped(e: Emitter, x: str, low: float, high: float) -> str:
    """Return x within bounds, a nan as it is."""
    x = e.select(e.compare("ogt", x, e.number(high)), e.number(high), x)
    return e.select(e.compare("olt", x, e.number(low)), e.number(low), x)


def _exp(e: Emitter, x: str) -> str:
    x = _clamped(e, x, -746.0, 710.0)  # there the result is 0 and infinite already
    k, _ = _rounded(e, x, 1 / math.log(2))
    r = _reduced(e, x, k, pieces(LN2, 2))
    series = _polynomial(e, r, _inverse_factorials(0, 13))
    half, shifted = _rounded(e, k, 0.5)  # 2**k may not be a double where e**x is one
    rest = e.add(e.sub(k, half), e.number(MAGIC))
    return e.mul(e.mul(series, _power_of_two(e, shifted)), _power_of_two(e, rest))


def _tanh(e: Emitter, x: str) -> str:
    """(e**2y - 1) / (e**2y + 1) for y = |x|, from e**2y - 1, which is accurate near 0."""
    size = e.intrinsic("fabs", x)
    twice = _clamped(e, e.add(size, size), ZERO, 44.0)
    k, shifted = _rounded(e, twice, 1 / math.log(2))
    r = _reduced(e, twice, k, pieces(LN2, 2))
    tail = _polynomial(e, r, _inverse_factorials(2, 14))
    less_one = e.fma(e.mul(r, r), tail, r)
    scale = _power_of_two(e, shifted)
    grown = e.fma(scale, less_one, e.sub(scale, e.number(ONE)))
    return e.intrinsic("copysign", e.div(grown, e.add(grown, e.number(2.0))), x)


def _sigmoid(e: Emitter, x: str) -> str:
    return e.div(e.number(ONE), e.add(e.number(ONE), e.call("exp", e.neg(x))))


def _log(e: Emitter, x: str) -> str:
    """k ln 2 + 2 artanh(s) for x = 2**k m, s = (m - 1)/(m + 1), m within sqrt 2 of 1."""
    tiny = e.compare("olt", x, e.number(_SMALLEST_NORMAL))
    scaled = e.select(tiny, e.mul(x, e.number(2.0**54)), x)
    bits = _bits(e, scaled)
    exponent = _integer(e, "ashr", _integer(e, "sub", bits, _BITS_OF_ROOT_HALF), 52)
    mantissa = _double(e, _integer(e, "sub", bits, _integer(e, "shl", exponent, 52)))
    k = e.sub(_double(e, _integer(e, "add", exponent, _BITS_OF_MAGIC)), e.number(MAGIC))
    k = e.select(tiny, e.sub(k, e.number(54.0)), k)
    s = e.div(e.sub(mantissa, e.number(ONE)), e.add(mantissa, e.number(ONE)))
    series = _horner(e, e.mul(s, s), [2 / (2 * i + 1) for i in range(12)])
    high, low = pieces(LN2, 2)
    found = e.fma(k, e.number(high), e.fma(series, s, e.mul(k, e.number(low))))
    found = e.select(e.compare("oeq", x, e.number(ZERO)), e.number(-math.inf), found)
    found = e.select(e.compare("olt", x, e.number(ZERO)), e.number(math.nan), found)
    beyond = e.compare("ult", x, e.number(math.inf))  # false for infinity alone, which stays
    found = e.select(beyond, found, x)
    return e.select(e.compare("uno", x, x), x, found)


def _sin(e: Emitter, x: str) -> str:
    return _wave(e, x, "sin", 0)


def _cos(e: Emitter, x: str) -> str:
    return _wave(e, x, "cos", 1)


def _wave(e: Emitter, x: str, name: str, quarter: int) -> str:
    """Return sin(x + quarter * pi/2): in each quarter turn a sine or a cosine, or their negative."""
    k, shifted = _rounded(e, x, float(1 / HALF_PI))
    r = _reduced(e, x, k, pieces(HALF_PI, 3))
    square = e.mul(r, r)
    sine = e.mul(r, _horner(e, square, _inverse_factorials(1, 19, 2, -1)))
    cosine = _horner(e, square, _inverse_factorials(0, 20, 2, -1))
    turn = _integer(e, "add", _bits(e, shifted), quarter)
    odd = e.let(f"icmp ne {_integers(e)} {_integer(e, 'and', turn, 1)}, {_whole(e, 0)}")
    sign = _integer(e, "shl", _integer(e, "and", turn, 2), 62)
    found = _double(e, _integer(e, "xor", _bits(e, e.select(odd, cosine, sine)), sign))
    return _unless_far(e, x, found, name)


def _unless_far(e: Emitter, x: str, found: str, name: str) -> str:
    """Return `found`, in lanes where |x| is large the C library's number."""
    far = e.compare("ogt", e.intrinsic("fabs", x), e.number(FAR))
    any_far = far
    if e.width > 1:
        any_far = e.let(f"call i1 @llvm.vector.reduce.or.v{e.width}i1({e.bits} {far})")
    e.lines += [f"  br i1 {any_far}, label %far, label %near", "near:", f"  ret {e.type} {found}", "far:"]
    return e.select(far, _each_lane(e, name, x), found)


def _pow(e: Emitter, x: str, y: str) -> str:
    return _each_lane(e, "pow", x, y)


def _each_lane(e: Emitter, name: str, *operands: str) -> str:
    """Return the C library's function, called once a lane."""
    if e.width == 1:
        return e.let(f"call double @c.{name}({', '.join(f'double {x}' for x in operands)})")
    found = "poison"
    for lane in range(e.width):
        each = [e.let(f"extractelement {e.type} {x}, i64 {lane}") for x in operands]
        one = e.let(f"call double @c.{name}({', '.join(f'double {x}' for x in each)})")
        found = e.let(f"insertelement {e.type} {found}, double {one}, i64 {lane}")
    return found


_BODIES: dict[str, Callable[..., str]] = {
    "exp": _exp,
    "log": _log,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "sin": _sin,
    "cos": _cos,
    "pow": _pow,
}

DECLARATIONS = """declare double @c.pow(double, double)
declare double @c.sin(double)
declare double @c.cos(double)"""


def c_functions() -> dict[str, int]:
    """Return the addresses of the C library's functions by the names above."""
    library = _c_library()
    found = {f"c.{name}": getattr(library, name) for name in ("pow", "sin", "cos")}
    if sys.platform == "win32":  # called where a function needs more than a page of stack
        found["__chkstk"] = ctypes.CDLL("ntdll").__chkstk
    return {name: int(ctypes.cast(f, ctypes.c_void_p).value or 0) for name, f in found.items()}


def _c_library() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL("ucrtbase")
    if sys.platform == "darwin":
        return ctypes.CDLL(None)
    try:
        return ctypes.CDLL("libm.so.6")
    except OSError:
        return ctypes.CDLL(ctypes.util.find_library("m"))  # looked for by other programs: slow
