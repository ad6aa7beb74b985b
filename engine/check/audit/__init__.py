"""The audit of one class: its forward pass, its gradients in use and in whole graphs, its zero_grad."""
