"""PyTorch's graph of a loss: its backward pass stepped node by node, equal to PyTorch's own bit for bit.

The only files that import torch; they are imported when a program has done so.
"""
