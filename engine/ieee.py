"""Arithmetic that never raises: nan and inf, as IEEE 754 has them, where `math` has an exception.

The edge cases follow PyTorch (tools/autograd/derivatives.yaml): a domain error is nan, an overflow is
inf, so one bad number never stops a walk through a graph half-way.
"""

import math

INF, NAN = math.inf, math.nan


def divide(a: float, b: float) -> float:
    """Return a / b as IEEE 754 has it: x/0 is signed inf, 0/0 is nan."""
    try:
        return a / b
    except ZeroDivisionError:
        return NAN if a == 0 or a != a else math.copysign(INF, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """Return a ** b in the real numbers: nan for (-2)**0.5, inf for 0**-1 and 2**5000."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0 and b % 2 == 1 else INF
    except ValueError:
        return math.copysign(INF, a) if a == 0 and b % 2 == 1 else INF if a == 0 else NAN


def exp(a: float) -> float:
    """Return e**a, inf when it is too large."""
    try:
        return math.exp(a)
    except OverflowError:
        return INF


def log(a: float) -> float:
    """Return the natural logarithm: -inf at 0, nan below."""
    return math.log(a) if a > 0 else -INF if a == 0 else NAN


def sqrt(a: float) -> float:
    """Return the square root, nan below 0."""
    return math.sqrt(a) if a >= 0 else NAN


def sin(a: float) -> float:
    """Return the sine, nan at infinity."""
    return NAN if math.isinf(a) else math.sin(a)


def cos(a: float) -> float:
    """Return the cosine, nan at infinity."""
    return NAN if math.isinf(a) else math.cos(a)


def sigmoid(a: float) -> float:
    """Return 1 / (1 + e**-a): 0 where e**-a is too large, from -710 down, as PyTorch has it."""
    return 1.0 / (1.0 + exp(-a))


def relu(a: float) -> float:
    """Return a where it is positive, else 0 (nan stays nan)."""
    return 0.0 if a <= 0 else a


def maximum(a: float, b: float) -> float:
    """Return the larger; nan if either is nan."""
    return a if a >= b or a != a else b


def minimum(a: float, b: float) -> float:
    """Return the smaller; nan if either is nan."""
    return a if a <= b or a != a else b


def sign(a: float) -> float:
    """Return -1, 0 or 1; 0 for nan, as torch.sign has it."""
    return float((a > 0) - (a < 0))


def constant_power(a: float, n: float) -> float:
    """Return a ** n for a plain n.

    PyTorch takes roots for +-1/2, which shows at -0.0 and -inf, and divides by a*a for -2, which shows
    where that overflows.
    """
    if n == 0.5:
        return sqrt(a)
    if n == -0.5 or n == -2:
        return divide(1.0, sqrt(a) if n == -0.5 else a * a)
    return power(a, n)
