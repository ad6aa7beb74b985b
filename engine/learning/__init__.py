"""Networks, losses, optimizers and the training loop, written with Values."""
