"""A step of the backward pass as text: its chain rule, its reasons, the ledgers of gradients."""
