"""The reason for a finding, in words a learner understands."""

from ..findings import Kind


def why(kind: Kind, text: str, name: str = "a", error: Exception | None = None) -> str:
    """Return why a rule is wrong; `name` is the leaf whose gradient shows it."""
    if error is not None and kind in ("crash", "reflected"):
        return f"`{text}` stops with {type(error).__name__}: {_short(error)}"
    if kind == "not attached" and error is not None:
        return f"the rule is called here, and its result stored: `{text}` stops with {_short(error)}"
    return _WHY[kind].format(name=name, text=text)


def _short(error: Exception) -> str:
    return str(error).partition("\n")[0][:120]


def why_not_zero(
    kind: Kind, left: float | None, was: float, cleared: tuple[int, int], error: Exception | None
) -> str:
    """Return what is wrong with a `zero_grad`, which cleared the first of `cleared` of the second."""
    if error is not None and cleared[0]:
        return f"after it the next backward pass stops with {type(error).__name__}: {_short(error)}"
    if error is not None:
        return f"it stops with {type(error).__name__}: {_short(error)}"
    if kind == "forward":
        return "this changes the number and is to clear its gradient"
    if left != was:
        return f"the next pass adds to {left:g} what it brings: a gradient begins at 0"
    some = f"it clears {cleared[0]} of {cleared[1]} gradients: " if cleared[0] else ""
    return f"{some}this one is not cleared, and the next pass adds to what is left of the last"


_WHY: dict[Kind, str] = {
    "overwrites": "this overwrites the gradient that arrived from the other use of `{name}`;"
    " accumulate it with `+=`",
    "local derivative": "the local derivative is wrong:"
    " a nudge of `{name}` moves the result by another amount",
    "chain factor": "right only where the gradient that arrives is 1:"
    " multiply the local derivative by it",
    "not attached": "nothing passes the gradient on: the rule is never attached to the result",
    "forward": "the forward value is not what Python's arithmetic gives",
    "reflected": "with the plain number on the left the value is wrong:"
    " the order of the operands matters",
    "order": "a node passes its gradient on before all of it has arrived, or more than once:"
    " every node once, consumers first",
    "seed": "the pass must begin with the root's gradient at 1: it moves 1 for 1 with itself",
    "detached": "the result does not remember `{name}` as an input, so no gradient can reach it",
    "crash": "it stops with an error",
}
