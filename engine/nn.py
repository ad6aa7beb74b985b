"""micrograd's `nn` under its own name: `from micrograd_tui.engine.nn import MLP`."""

from .learning.nn import MLP, Layer, Module, Neuron

__all__ = ["MLP", "Layer", "Module", "Neuron"]
