"""The op table once more, as templates of numpy statements: what to write for a group of nodes.

In a statement `{a}` and `{b}` are the operands, `{out}` the results, `{g}` their gradients, `{to}` where
the contribution goes; `{t}` and `{u}` are scratch, `{m}` and `{n}` masks. Edge cases are those of the
rows in ops.py: 0 where a row says 0 even if the other factor is infinite, so no mask is multiplied.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .templates import Role, Template

Templates = tuple[Template, ...]
Texts = Template | str | tuple[Template | str, ...]
"""Templates as the table has them: a plain text is one that computes a result."""

PASS_ON = Template("copyto({to}, {g})")
"""The contribution begins as the incoming gradient."""


@dataclass(frozen=True)
class NumpyOp:
    """An op: statements for its results, and for the contribution to each parent.

    An empty tuple for a parent means that the contribution is the incoming gradient itself.
    """

    forward: Templates
    backward: tuple[Templates, ...]
    numbers: dict[str, float] = field(default_factory=dict)
    """Numbers the statements use by name, such as the exponent."""


def numpy_op(name: str, exact_zero: bool) -> NumpyOp:
    """Return the statements of an op; `exact_zero` if the sign of a zero result matters."""
    if name.startswith("**"):
        return _constant_power(float(name[2:]))
    return _EXACT.get(name, _OPS[name]) if exact_zero else _OPS[name]


def _op(forward: Texts, *backward: Texts) -> NumpyOp:
    return NumpyOp(_templates(forward), tuple(map(_templates, backward)))


def _templates(texts: Texts) -> Templates:
    those = texts if isinstance(texts, tuple) else (texts,)
    return tuple(each if isinstance(each, Template) else Template(each) for each in those)


def _mark(text: str) -> Template:
    return Template(text, Role.MARK)


def _zero(text: str) -> Template:
    return Template(text, Role.ZERO)


def _replace(text: str) -> Template:
    return Template(text, Role.REPLACE)


def _share(loses: str) -> Texts:
    return (
        PASS_ON,
        _mark("equal({a}, {b}, out={m})"),
        "multiply({g}, 0.5, out={t})",
        _replace("copyto({to}, {t}, where={m})"),
        _mark(f"{loses}({{a}}, {{b}}, out={{m}})"),
        _zero("putmask({to}, {m}, 0.0)"),
    )


_OPS = {
    # The fold itself makes sums and products of these two; alone they stand where nothing is folded.
    "add": _op("add({a}, {b}, out={out})", (), ()),
    "mul": _op(
        "multiply({a}, {b}, out={out})", "multiply({g}, {b}, out={to})", "multiply({g}, {a}, out={to})"
    ),
    "sub": _op("subtract({a}, {b}, out={out})", (), "negative({g}, out={to})"),
    "div": _op(
        "divide({a}, {b}, out={out})",
        "divide({g}, {b}, out={to})",
        ("negative({g}, out={t})", "divide({out}, {b}, out={to})", "multiply({t}, {to}, out={to})"),
    ),
    "pow": _op(
        "power({a}, {b}, out={out})",
        (
            "subtract({b}, 1.0, out={t})",
            "power({a}, {t}, out={t})",
            "multiply({b}, {t}, out={t})",
            "multiply({g}, {t}, out={to})",
            _mark("equal({b}, 0.0, out={m})"),
            _zero("putmask({to}, {m}, 0.0)"),
        ),
        (
            "log({a}, out={t})",
            "multiply({out}, {t}, out={t})",
            _mark("equal({a}, 0.0, out={m})"),
            _mark("greater_equal({b}, 0.0, out={n})"),
            _mark("logical_and({m}, {n}, out={m})"),
            _zero("putmask({t}, {m}, 0.0)"),
            "multiply({g}, {t}, out={to})",
        ),
    ),
    "max": _op("maximum({a}, {b}, out={out})", _share("less"), _share("greater")),
    "min": _op("minimum({a}, {b}, out={out})", _share("greater"), _share("less")),
    "select": _op("copyto({out}, {a})", (), "copyto({to}, 0.0)"),
    "neg": _op("negative({a}, out={out})", "negative({g}, out={to})"),
    "abs": _op(
        "absolute({a}, out={out})",
        (
            "sign({a}, out={t})",
            _mark("not_equal({t}, {t}, out={m})"),
            _zero("putmask({t}, {m}, 0.0)"),
            "multiply({g}, {t}, out={to})",
        ),
    ),
    "exp": _op("exp({a}, out={out})", "multiply({g}, {out}, out={to})"),
    "log": _op("log({a}, out={out})", "divide({g}, {a}, out={to})"),
    "sqrt": _op("sqrt({a}, out={out})", ("multiply({out}, 2.0, out={t})", "divide({g}, {t}, out={to})")),
    "sin": _op("sin({a}, out={out})", ("cos({a}, out={t})", "multiply({g}, {t}, out={to})")),
    "cos": _op(
        "cos({a}, out={out})",
        ("sin({a}, out={t})", "negative({t}, out={t})", "multiply({g}, {t}, out={to})"),
    ),
    "tanh": _op(
        "tanh({a}, out={out})",
        (
            "multiply({out}, {out}, out={t})",
            "subtract(1.0, {t}, out={t})",
            "multiply({g}, {t}, out={to})",
        ),
    ),
    "sigmoid": _op(
        (
            "negative({a}, out={t})",
            "exp({t}, out={t})",
            "add({t}, 1.0, out={t})",
            "divide(1.0, {t}, out={out})",
        ),
        (
            "subtract(1.0, {out}, out={t})",
            "multiply({t}, {out}, out={t})",
            "multiply({g}, {t}, out={to})",
        ),
    ),
    "relu": _op(
        "maximum({a}, 0.0, out={out})",
        (_mark("less_equal({out}, 0.0, out={m})"), PASS_ON, _zero("putmask({to}, {m}, 0.0)")),
    ),
}


def _with_exact_zero(name: str, *forward: Template) -> NumpyOp:
    return replace(_OPS[name], forward=(*_OPS[name].forward, *forward))


# numpy may return either zero where the operands are 0.0 and -0.0.
_ONE_OF_BOTH = (_mark("equal({a}, {b}, out={m})"), _replace("copyto({out}, {a}, where={m})"))
_EXACT = {
    "relu": _with_exact_zero("relu", Template("add({out}, 0.0, out={out})", Role.UNSIGN_ZERO)),
    "max": _with_exact_zero("max", *_ONE_OF_BOTH),
    "min": _with_exact_zero("min", *_ONE_OF_BOTH),
}


def _constant_power(n: float) -> NumpyOp:
    slope: Texts
    if n == 0:
        slope = "copyto({to}, 0.0)"
    elif n == 2:
        slope = ("multiply({a}, 2.0, out={t})", "multiply({g}, {t}, out={to})")
    else:
        scaled = ("multiply({t}, {power}, out={t})", "multiply({g}, {t}, out={to})")
        slope = (*_power_into("{t}", n - 1, "{less}"), *scaled)
    made = _op(_power_into("{out}", n, "{power}"), slope)
    return replace(made, numbers={"power": n, "less": n - 1})


def _power_into(to: str, n: float, exponent: str) -> tuple[str, ...]:
    special = {
        0.5: (f"sqrt({{a}}, out={to})",),
        -0.5: (f"sqrt({{a}}, out={to})", f"divide(1.0, {to}, out={to})"),
        1.0: (f"copyto({to}, {{a}})",),
        2.0: (f"square({{a}}, out={to})",),
        -2.0: (f"square({{a}}, out={to})", f"divide(1.0, {to}, out={to})"),
    }
    return special.get(n, (f"power({{a}}, {exponent}, out={to})",))
