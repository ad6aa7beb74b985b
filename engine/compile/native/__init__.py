"""The folded graph as machine code, through llvmlite."""
