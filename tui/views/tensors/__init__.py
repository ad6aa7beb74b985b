"""A backward pass of tensors as text."""
