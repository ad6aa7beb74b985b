"""The fold in words: which scalar nodes became which line, and what the line computes."""
