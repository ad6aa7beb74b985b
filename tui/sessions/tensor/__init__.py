"""The parts of a session on a graph of tensors: where it is, how it moves, where it stops."""
