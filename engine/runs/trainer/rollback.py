"""Rolling back a run that cannot go on: to an earlier training step, with another learning rate."""

from ..store.names import quoted
from ..store.schema import BadRun
from ..store.store import Store

NOT_FINITE = "is not finite"


def blocked(store: Store) -> bool:
    """Return whether the run would stop at once where it stopped: the parameters there give no number."""
    return NOT_FINITE in store.status().message


def rollback_advice(store: Store) -> str:
    """Return the sentence about going on from the lowest loss with a smaller learning rate."""
    changed = [change.value for change in store.changes() if change.name == "lr"]
    lr = (changed[-1] if changed else store.training_config.lr) / 10
    how = f"--from {store.lowest_loss()} --lr {lr:.2g}"
    command = f"`micrograd-tui resume {quoted(store.name)} {how}`"
    return f"{command} goes back to its lowest loss and on more slowly"


def check_rollback(store: Store, step: int) -> None:
    """Raise BadRun where the run has no such step to go back to."""
    done, kept = store.status().step, store.thinned_before
    if not 0 <= step <= done:
        raise BadRun(f"{store.name} can go back to training steps 0 to {done:,}, not {step:,}")
    if step < kept:
        raise BadRun(
            f"{store.name} can go back no further than to {kept:,}: the steps before are thinned"
        )
