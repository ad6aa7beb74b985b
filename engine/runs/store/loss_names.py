"""Which of the names that a program has logged is its training loss: `loss`, `train/loss`, `lm loss`.

What is plotted first, and what `runs` lists, is the loss by its name, whatever else comes before it in
the alphabet.
"""

import re
from collections.abc import Iterable

_TRAINING = {"train", "training", "tr", "learn"}
_HELD_OUT = {"val", "valid", "validation", "dev", "test", "eval", "evaluation", "holdout"}
_OF_IT = {
    "total",
    "avg",
    "average",
    "mean",
    "running",
    "batch",
    "step",
    "epoch",
    "lm",
    "overall",
    "final",
}
_NONE = {"scale", "scaling", "best", "min", "max", "weight", "coef", "ratio"}
_ERRORS = {
    *("nll", "perplexity", "ppl", "rmse", "mse", "mae", "logloss", "mlogloss", "error", "err", "merror"),
    *(
        "l1",
        "l2",
        "cost",
        "objective",
        "bpb",
        "bpc",
        "learn",
        "entropy",
        "crossentropy",
        "rmsle",
        "value",
    ),
}


def training_loss(names: Iterable[str]) -> str | None:
    """Return the name that is most like that of a training loss; None where none is like one."""
    ranked = ((_rank(name), index, name) for index, name in enumerate(names))
    best = min(((rank, index, name) for rank, index, name in ranked if rank is not None), default=None)
    return best[2] if best else None


def loss_first(names: Iterable[str]) -> list[str]:
    """Return names with the training loss first, then what else is one, then the others as they were."""
    each = list(names)
    lead = training_loss(each)
    return sorted(each, key=lambda name: (name != lead, "loss" not in _words(name)))


def _words(name: str) -> set[str]:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return set(re.findall(r"l1|l2|[a-z]+", re.sub(r"(?<=[a-km-z])loss\b", " loss", apart)))


def _rank(name: str) -> int | None:
    words = _words(name)
    if words & _NONE:
        return None
    held, training = bool(words & _HELD_OUT), bool(words & _TRAINING)
    if "loss" in words:
        rest = words - {"loss"} - _TRAINING
        return 6 if held else int(training) if not rest else 2 if rest <= _OF_IT else 3
    if words & _ERRORS:
        return 7 if held else 4 if training else 5
    return None
