"""Experiments on a recorded graph: edit a cell, nudge it, break the backward pass on purpose."""
