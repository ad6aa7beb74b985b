"""Why a node of a backward pass of tensors is visited now: everything that took its output is done."""

from ....engine.recording.tensor import TensorRecording
from .trace import named

NAMED = 3


def why_now(recording: TensorRecording, node: int) -> str:
    """Say it in a sentence; it costs what the node has consumers."""
    users = list(dict.fromkeys(recording.consumers.get(node, ())))
    done = [user for user in users if user in recording.step_of]
    names = [named(recording.nodes[user]) for user in done]
    root = "it is a root: the pass begins here" if node in recording.root else ""
    if not names:
        return root
    if len(names) == 1:
        said = f"its only consumer {names[0]} is done"
    else:
        listed = f": {', '.join(names)}" if len(names) <= NAMED else ""
        count = "both" if len(names) == 2 else f"all {len(names):,}"
        said = f"{count} that took its output are done{listed}"
    if idle := len(users) - len(done):
        said += f"; no gradient came to {idle:,} more"
    leaf = "; of what is ready PyTorch takes leaves first" if recording.nodes[node].is_leaf else ""
    return f"{root}; {said}" if root else said + leaf
