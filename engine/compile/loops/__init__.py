"""The folded statements run by loops in machine code: for graphs too large to be spelled out."""
