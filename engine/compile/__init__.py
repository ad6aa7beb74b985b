"""The fast path: a recorded scalar graph, folded into matrix statements or native code."""
