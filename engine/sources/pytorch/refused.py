"""A backward pass that cannot be recorded: one sentence says why."""

from ...recording.tensor import TensorRecording


class Refused(Exception):
    """No recording comes of it; the message is one sentence for whoever wrote the program."""

    fault = ""
    """What is wrong with the program's graph itself; "" where it only is nothing for us."""
    recording: TensorRecording | None = None
    """The pass as far as it came, where an error ended it."""


class FaultyGraph(Refused):
    """PyTorch's own backward() fails on this graph too."""

    def __init__(self, sentence: str, fault: str) -> None:
        super().__init__(sentence)
        self.fault = fault
