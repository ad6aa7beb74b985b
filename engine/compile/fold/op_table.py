"""The op table once more, as numpy statements: what to write for a group of nodes.

In a statement `{a}` and `{b}` are the operands, `{out}` the results, `{g}` their gradients, `{to}` where
the contribution goes; `{t}` and `{u}` are scratch, `{m}` and `{n}` scratch for truths. Edge cases are
those of the rows in ops.py: 0 where a row says 0 even if the other factor is infinite, so no mask is
multiplied.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Lines = tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """An op: statements for its results, and for the contribution to each parent.

    An empty tuple for a parent means that the contribution is the incoming gradient itself.
    """

    forward: Lines
    backward: tuple[Lines, ...]
    numbers: dict[str, float] = field(default_factory=dict)
    """Numbers the statements use by name, such as the exponent."""


def written(name: str, exact_zero: bool) -> Written:
    """Return the statements of an op; `exact_zero` if the sign of a zero result matters."""
    if name.startswith("**"):
        return _constant_power(float(name[2:]))
    return _EXACT.get(name, _WRITTEN[name]) if exact_zero else _WRITTEN[name]


def _share(loses: str) -> Lines:
    return (
        "copyto({to}, {g})",
        "equal({a}, {b}, out={m})",
        "multiply({g}, 0.5, out={t})",
        "copyto({to}, {t}, where={m})",
        f"{loses}({{a}}, {{b}}, out={{m}})",
        "putmask({to}, {m}, 0.0)",
    )


_WRITTEN = {
    "sub": Written(("subtract({a}, {b}, out={out})",), ((), ("negative({g}, out={to})",))),
    "div": Written(
        ("divide({a}, {b}, out={out})",),
        (
            ("divide({g}, {b}, out={to})",),
            ("negative({g}, out={t})", "divide({out}, {b}, out={to})", "multiply({t}, {to}, out={to})"),
        ),
    ),
    "pow": Written(
        ("power({a}, {b}, out={out})",),
        (
            (
                "subtract({b}, 1.0, out={t})",
                "power({a}, {t}, out={t})",
                "multiply({b}, {t}, out={t})",
                "multiply({g}, {t}, out={to})",
                "equal({b}, 0.0, out={m})",
                "putmask({to}, {m}, 0.0)",
            ),
            (
                "log({a}, out={t})",
                "multiply({out}, {t}, out={t})",
                "equal({a}, 0.0, out={m})",
                "greater_equal({b}, 0.0, out={n})",
                "logical_and({m}, {n}, out={m})",
                "putmask({t}, {m}, 0.0)",
                "multiply({g}, {t}, out={to})",
            ),
        ),
    ),
    "max": Written(("maximum({a}, {b}, out={out})",), (_share("less"), _share("greater"))),
    "min": Written(("minimum({a}, {b}, out={out})",), (_share("greater"), _share("less"))),
    "neg": Written(("negative({a}, out={out})",), (("negative({g}, out={to})",),)),
    "abs": Written(
        ("absolute({a}, out={out})",),
        (
            (
                "sign({a}, out={t})",
                "not_equal({t}, {t}, out={m})",
                "putmask({t}, {m}, 0.0)",
                "multiply({g}, {t}, out={to})",
            ),
        ),
    ),
    "exp": Written(("exp({a}, out={out})",), (("multiply({g}, {out}, out={to})",),)),
    "log": Written(("log({a}, out={out})",), (("divide({g}, {a}, out={to})",),)),
    "sqrt": Written(
        ("sqrt({a}, out={out})",), (("multiply({out}, 2.0, out={t})", "divide({g}, {t}, out={to})"),)
    ),
    "sin": Written(("sin({a}, out={out})",), (("cos({a}, out={t})", "multiply({g}, {t}, out={to})"),)),
    "cos": Written(
        ("cos({a}, out={out})",),
        (("sin({a}, out={t})", "negative({t}, out={t})", "multiply({g}, {t}, out={to})"),),
    ),
    "tanh": Written(
        ("tanh({a}, out={out})",),
        (
            (
                "multiply({out}, {out}, out={t})",
                "subtract(1.0, {t}, out={t})",
                "multiply({g}, {t}, out={to})",
            ),
        ),
    ),
    "sigmoid": Written(
        (
            "absolute({a}, out={t})",
            "negative({t}, out={t})",
            "exp({t}, out={t})",
            "add({t}, 1.0, out={u})",
            "greater_equal({a}, 0.0, out={m})",
            "putmask({t}, {m}, 1.0)",
            "divide({t}, {u}, out={out})",
        ),
        (
            (
                "subtract(1.0, {out}, out={t})",
                "multiply({t}, {out}, out={t})",
                "multiply({g}, {t}, out={to})",
            ),
        ),
    ),
    "relu": Written(
        ("maximum({a}, 0.0, out={out})",),
        (("less_equal({out}, 0.0, out={m})", "copyto({to}, {g})", "putmask({to}, {m}, 0.0)"),),
    ),
}

# numpy may return either zero where the operands are 0.0 and -0.0.
_EXACT = {
    "relu": Written(
        ("maximum({a}, 0.0, out={out})", "add({out}, 0.0, out={out})"), _WRITTEN["relu"].backward
    ),
} | {
    name: Written(
        (
            f"{name}imum({{a}}, {{b}}, out={{out}})",
            "equal({a}, {b}, out={m})",
            "copyto({out}, {a}, where={m})",
        ),
        _WRITTEN[name].backward,
    )
    for name in ("max", "min")
}


def _constant_power(n: float) -> Written:
    if n == 0:
        slope: Lines = ("copyto({to}, 0.0)",)
    elif n == 2:
        slope = ("multiply({a}, 2.0, out={t})", "multiply({g}, {t}, out={to})")
    else:
        slope = (
            *_power_into("{t}", n - 1, "{less}"),
            "multiply({t}, {power}, out={t})",
            "multiply({g}, {t}, out={to})",
        )
    return Written(_power_into("{out}", n, "{power}"), (slope,), {"power": n, "less": n - 1})


def _power_into(to: str, n: float, exponent: str) -> Lines:
    special = {
        0.5: (f"sqrt({{a}}, out={to})",),
        -0.5: (f"sqrt({{a}}, out={to})", f"divide(1.0, {to}, out={to})"),
        1.0: (f"copyto({to}, {{a}})",),
        2.0: (f"square({{a}}, out={to})",),
    }
    return special.get(n, (f"power({{a}}, {exponent}, out={to})",))
