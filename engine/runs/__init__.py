"""Training runs: the store on disk, the trainer process, and the orders between them."""
