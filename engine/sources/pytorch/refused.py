"""A backward pass that cannot be recorded: one sentence says why."""


class Refused(Exception):
    """No recording comes of it; the message is one sentence for whoever wrote the program."""
