"""The chain rule of PyTorch's ops, a row each: what the forward op worked out, what its step gives on."""
