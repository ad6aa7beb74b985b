"""Names of what programs count and measure: which one is the step, and which tell data from prose."""

import re
from collections.abc import Iterable

STEPS = (
    *("step", "globalstep", "trainerglobalstep", "trainstep", "trainingstep", "trainingsteps"),
    "trainingiteration",
    *("currentsteps", "currentstep", "optimizerstep", "iteration", "iterations", "iter", "iters"),
    *("it", "niter", "numiter", "i", "numupdates", "trainnumupdates", "validnumupdates", "update"),
    *("updates", "totaltimesteps", "timesteps", "timestep", "nstep", "batch", "minibatch"),
    *("episode", "episodes", "round", "trial"),
)
"""The names of a step without what stands between their words, the best first."""
EPOCHS = ("epoch", "epochs", "currentepoch", "ep", "e")
MEASURED = {
    *(
        "loss",
        "losses",
        "acc",
        "accuracy",
        "ppl",
        "perplexity",
        "error",
        "err",
        "mse",
        "rmse",
        "mae",
        "mape",
    ),
    *(
        "rmsle",
        "logloss",
        "mlogloss",
        "merror",
        "l1",
        "l2",
        "r2",
        "nll",
        "auc",
        "auroc",
        "ap",
        "map",
        "f1",
        "f",
    ),
    *(
        "precision",
        "recall",
        "iou",
        "miou",
        "dice",
        "bleu",
        "rouge",
        "wer",
        "cer",
        "psnr",
        "ssim",
        "fid",
        "kl",
    ),
    *("elbo", "entropy", "reward", "rewards", "return", "returns", "score", "cost", "objective", "bpb"),
    *(
        "bpc",
        "top1",
        "top5",
        "ndcg",
        "learn",
        "gnorm",
        "fitness",
        "likelihood",
        "spearman",
        "mcc",
        "inertia",
    ),
}
"""Words of what is measured: a line that has a number of one is data."""
BESIDE = {
    *(
        "lr",
        "rate",
        "norm",
        "time",
        "dt",
        "eta",
        "mfu",
        "wps",
        "ups",
        "momentum",
        "epoch",
        "batch",
        "data",
        "mem",
    ),
    *("memory", "elapsed", "total", "test", "best", "train", "valid", "val", "speed", "step", "gnorm"),
}
"""Words of what stands beside such a number."""
_NOT = {"scale", "weight", "weights", "fn", "function", "type", "coef", "size", "threshold", "name"}
PROSE = {
    *(
        "of",
        "to",
        "the",
        "a",
        "an",
        "is",
        "in",
        "on",
        "with",
        "for",
        "from",
        "and",
        "at",
        "was",
        "will",
        "be",
        "has",
        "have",
        "by",
    ),
    *("are", "than", "using", "took", "after", "each", "this", "that", "we", "it"),
}
_HEAD = re.compile(r"[^\W\d](?:[^\x00-\x1f{}=\"]*[^\x00-\x1f{}=\":.!?])?|#|")


def bare(name: str) -> str:
    """Return a name in small letters without what stands between its words; spaCy's `#` is a step."""
    return {"#": "step"}.get(name.strip(), re.sub(r"[^a-z0-9]", "", name.lower()))


def step_name(numbers: dict[str, float]) -> str | None:
    """Return which of the names is that of the step, an epoch where nothing better is there."""
    whole = {bare(name): name for name, x in reversed(numbers.items()) if 0 <= x < 2**53 and x == int(x)}
    ends = {bare(name.rsplit("/", 1)[-1]): name for name in whole.values()}
    known = ends | whole
    return next((known[name] for name in (*STEPS, *EPOCHS) if name in known), None)


def epoch_name(numbers: dict[str, float]) -> str | None:
    """Return which of the names is that of the epoch, whole or a part of one."""
    return next((name for name in numbers if bare(name.rsplit("/", 1)[-1]) in EPOCHS), None)


def is_place(name: str) -> bool:
    """Whether a name is that of a step or an epoch."""
    return bare(name) in STEPS or bare(name) in EPOCHS


def is_measured(name: str) -> bool:
    """Whether a name is of something that training measures: loss_cls, val/acc, train loss."""
    last = name.replace("'s", "").split()[-1:] or [""]
    words = re.findall(r"[a-z]+\d*", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last[0]).lower())
    if not words or words[-1] in _NOT:
        return False
    ends = {words[0], words[-1]}
    ends |= {word.rstrip("0123456789") for word in ends}
    return bool(ends & MEASURED) or words[-1].endswith("loss")


def is_known(name: str) -> bool:
    """Whether a name without a sign between it and its number may be one."""
    last = bare((name.split() or [""])[-1])
    return is_measured(name) or last in BESIDE or is_place(last)


def may_be_name(name: str) -> bool:
    """Whether words before a number are a name, and not a sentence."""
    words = name.lower().split()
    return 0 < len(words) <= 5 and bool(re.search(r"[^\W\d_]", name)) and not PROSE & set(words)


def header_strength(cells: Iterable[str]) -> int:
    """Return how much a line looks like the head of a table: 2 with names of what is measured, or 0."""
    each = [cell.strip() for cell in cells]
    if not all(_HEAD.fullmatch(cell) and len(cell.split()) <= 4 for cell in each):
        return 0
    if any(PROSE & set(cell.lower().split()) for cell in each):
        return 0
    if any(is_measured(cell) or is_place(cell) for cell in each):
        return 2
    return int(all(re.fullmatch(r"[\w./-]*", cell) for cell in each))
