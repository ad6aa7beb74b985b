"""The tensors of a recorded pass: what is kept of them, the rest computed again, parts given."""
