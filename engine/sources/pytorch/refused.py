"""A backward pass that cannot be recorded: one sentence says why."""


class Refused(Exception):
    """No recording comes of it; the message is one sentence for whoever wrote the program."""

    fault = False
    """Whether the program's graph itself is wrong, and not only nothing for us."""


class FaultyGraph(Refused):
    """PyTorch's own backward() fails on this graph too."""

    fault = True
