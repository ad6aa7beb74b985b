"""Watching a PyTorch model train: hooks that note what passes, the numbers measured of its modules."""
