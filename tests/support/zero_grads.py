"""What clears gradients, as learners write it: right, in unusual dress, and spoiled a line at a time."""

from dataclasses import dataclass

from dressed_engines import DRESSED
from learner_engines import FAMILIES

MODULES = """
import random

class Module:
    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0.0
    def parameters(self):
        return []

class Neuron(Module):
    def __init__(self, nin, nonlin=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin
    def parameters(self):
        return self.w + [self.b]

class Layer(Module):
    def __init__(self, nin, nout, **kwargs):
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]
    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]

class MLP(Module):
    def __init__(self, nin, nouts):
        sz = [nin] + nouts
        self.layers = [Layer(sz[i], sz[i + 1], nonlin=i < len(nouts)) for i in range(len(nouts))]
    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
"""
DELEGATING = """
class Neuron:
    def __init__(self, n_inputs):
        self.w = [Var(0.1 * i + 0.2) for i in range(n_inputs)]
        self.b = Var(0.5)
    def parameters(self):
        return [*self.w, self.b]
    def zero_grad(self):
        for w in self.w:
            w.grad = 0.0
        self.b.grad = 0.0

class Net:
    def __init__(self, n_inputs, n_hidden):
        self.hidden = [Neuron(n_inputs) for _ in range(n_hidden)]
        self.out = Neuron(n_hidden)
    def parameters(self):
        for neuron in self.hidden:
            yield from neuron.parameters()
        yield from self.out.parameters()
    def zero_grad(self):
        for neuron in self.hidden:
            neuron.zero_grad()
        self.out.zero_grad()
"""
OPTIMIZER = """
class SGD:
    def __init__(self, params, lr=0.1):
        self.params = list(params)
        self.lr = lr
    def step(self):
        for p in self.params:
            p.data -= self.lr * p.grad
    def zero_grad(self):
        for p in self.params:
            p.grad = 0
"""
OF_GRAPH = """
    def zero_grad(self):
        stack, seen = [self], set()
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            node.gradient = 0.0
            stack.extend(node.parents)
"""
RECURSIVE = """
    def zero_grad(self):
        self.grad = 0.0
        for child in self._prev:
            child.zero_grad()
"""
OF_NODE = """
    def reset_grad(self):
        self.g = 0.0
"""
FUNCTION = """
def zero_gradients(parameters):
    for p in parameters:
        p.grad = None
"""
ENGINES = {
    "modules": FAMILIES["closures"] + MODULES,
    "delegating": FAMILIES["edges"] + DELEGATING,
    "optimizer": FAMILIES["locals"] + OPTIMIZER,
    "graph": FAMILIES["methods"] + OF_GRAPH,
    "recursive": FAMILIES["closures"] + RECURSIVE,
    "node": FAMILIES["dispatch"] + OF_NODE,
    "function": FAMILIES["functions"] + FUNCTION,
}


@dataclass(frozen=True)
class Spoiled:
    """An engine with one line changed, and what is to be said of it; `at` is the line blamed, if another."""

    engine: str
    line: str
    becomes: str
    kind: str
    at: str = ""

    @property
    def name(self) -> str:
        """What the test of it is called."""
        return f"{self.engine}: {self.line} -> {self.becomes}"

    @property
    def text(self) -> str:
        """The spoiled engine."""
        before, after = self._around
        return f"{before}{self.becomes}{after}"

    @property
    def blamed(self) -> int:
        """The line to be blamed."""
        lines = self.text.split("\n")
        changed = self._around[0].count("\n")
        if not self.at:
            return changed + 1
        return max(i for i, each in enumerate(lines[:changed]) if each.strip() == self.at) + 1

    @property
    def _around(self) -> tuple[str, str]:
        before, found, after = ENGINES[self.engine].rpartition(self.line)
        assert found, self.line
        return before, after


_DEF = "def zero_grad(self):"
SPOILED = [
    # a Module and what is made from it
    Spoiled("modules", "p.grad = 0.0", "p.grad == 0.0", "seed"),
    Spoiled("modules", "p.grad = 0.0", "p.gard = 0.0", "seed"),
    Spoiled("modules", "p.grad = 0.0", "grad = 0.0", "seed"),
    Spoiled("modules", "p.grad = 0.0", "self.grad = 0.0", "seed"),
    Spoiled("modules", "p.grad = 0.0", "p.grad = 1.0", "seed"),
    Spoiled("modules", "p.grad = 0.0", "p.grad += 0.0", "seed"),
    Spoiled("modules", "p.grad = 0.0", "p.grad -= 0.1", "seed"),
    Spoiled("modules", "p.grad = 0.0", "p.grad = p.data", "seed"),
    Spoiled("modules", "p.grad = 0.0", "setattr(p, 'gradient', 0.0)", "seed"),
    Spoiled("modules", "p.grad = 0.0", "if p.grad < 0: p.grad = 0.0", "seed"),
    Spoiled("modules", "p.grad = 0.0", "p.data = 0.0", "forward"),
    Spoiled("modules", "p.grad = 0.0", "p.data = p.grad = 0.0", "forward"),
    Spoiled("modules", "p.grad = 0.0", "p.grad = None", "crash"),
    Spoiled("modules", "p.grad = 0.0", "p.grad = []", "crash"),
    Spoiled("modules", "p.grad = 0.0", "del p.grad", "crash"),
    Spoiled("modules", "p.grad = 0.0", "p.grad.zero_()", "crash"),
    Spoiled("modules", "p.grad = 0.0", "p.grad = 0.0; break", "seed"),
    Spoiled("modules", "p.grad = 0.0", "pass", "seed", _DEF),
    Spoiled("modules", "for p in self.parameters():", "for p in self.parameters()[1:]:", "seed"),
    Spoiled("modules", "for p in self.parameters():", "for p in self.parameters()[:-1]:", "seed"),
    Spoiled("modules", "for p in self.parameters():", "for p in []:", "seed"),
    Spoiled("modules", "for p in self.parameters():", "for p in self.parameters:", "crash"),
    # one that asks its parts
    Spoiled("delegating", "w.grad = 0.0", "w.value = 0.0", "forward"),
    Spoiled("delegating", "self.b.grad = 0.0", "pass", "seed", _DEF),
    Spoiled("delegating", "self.b.grad = 0.0", "self.b = 0.0", "seed"),
    Spoiled("delegating", "neuron.zero_grad()", "neuron.zero_grad", "seed"),
    Spoiled("delegating", "self.out.zero_grad()", "return", "seed", _DEF),
    Spoiled("delegating", "for neuron in self.hidden:", "for neuron in self.hidden[1:]:", "seed"),
    # an optimizer, over nodes with slots
    Spoiled("optimizer", "p.grad = 0", "p.grad *= 1", "seed"),
    Spoiled("optimizer", "p.grad = 0", "p.gradient = 0", "crash"),
    Spoiled("optimizer", "p.grad = 0", "p = 0", "seed"),
    Spoiled("optimizer", "p.grad = 0", "p.data = 0", "forward"),
    Spoiled("optimizer", "for p in self.params:", "for p in self.params[::2]:", "seed"),
    # a node's own
    Spoiled("graph", "node.gradient = 0.0", "node.gradient == 0.0", "seed"),
    Spoiled("graph", "node.gradient = 0.0", "self.gradient = 0.0", "seed"),
    Spoiled("graph", "node.gradient = 0.0", "node.value = 0.0", "forward"),
    Spoiled("graph", "node.gradient = 0.0", "node.gradient = 1.0", "seed"),
    Spoiled("graph", "stack.extend(node.parents)", "stack.extend(node.parents[:1])", "seed"),
    Spoiled("recursive", "self.grad = 0.0", "self.data = 0.0", "forward"),
    Spoiled("recursive", "self.grad = 0.0", "self.grads = 0.0", "seed"),
    Spoiled("recursive", "self.grad = 0.0", "pass", "seed", _DEF),
    Spoiled("recursive", "child.zero_grad()", "child.zero_grad", "seed"),
    Spoiled("node", "self.g = 0.0", "self.g = 1.0", "seed"),
    Spoiled("node", "self.g = 0.0", "self.grad = 0.0", "seed"),
    Spoiled("node", "self.g = 0.0", "self.val = 0.0", "forward"),
    # a function, in a file whose pass clears gradients first
    Spoiled("function", "p.grad = None", "p.grad is None", "seed"),
    Spoiled("function", "p.grad = None", "p.data = None", "forward"),
]

_RIGHT = {
    "comprehension": ("modules", MODULES, MODULES.replace(
        "for p in self.parameters():\n            p.grad = 0.0", "[setattr(p, 'grad', 0.0) for p in self.parameters()]")),
    "in place": ("modules", "p.grad = 0.0", "p.grad *= 0"),
    "integers": ("modules", "p.grad = 0.0", "p.grad = int()"),
    "by the node": ("recursive", RECURSIVE, RECURSIVE + MODULES.replace("p.grad = 0.0", "p.zero_grad()")),
    "only leaves": ("graph", "node.gradient = 0.0", "node.gradient = node.gradient if node.parents else 0.0"),
    "all but itself": ("graph", "node.gradient = 0.0", "node.gradient = 1.0 if node is self else 0.0"),
    "root alone": ("recursive", "for child in self._prev:", "for child in ():"),
    "of what is trainable": ("modules", "p.grad = 0.0", "p.grad = 0.0 if getattr(p, 'trainable', True) else p.grad"),
    "a flag of its own": ("node", OF_NODE, """
    trainable = False
    def zero_grad(self):
        if self.trainable:
            self.g = 0.0
"""),
    "later": ("function", "p.grad = None", "p.stale = True"),
    "one part of it": ("modules", MODULES, MODULES + """
class Scaled:
    def __init__(self, nin):
        self.inside, self.scale = Neuron(nin), Value(2.0)
    def zero_grad(self):
        self.inside.zero_grad()
"""),
    "needs what nobody can guess": ("modules", MODULES, MODULES + """
class Freezes:
    def __init__(self, model, layers_to_freeze):
        self.model = model
    def zero_grad(self):
        pass
class Trainer:
    def __init__(self, nin):
        raise SystemError("no such machine")
    def zero_grad(self):
        pass
def zero_grad(groups):
    pass
"""),
    "of no nodes": ("modules", MODULES, MODULES + """
class Dropout(Module):
    def __init__(self, rate): self.rate = rate
class Abstract(Module):
    def parameters(self): raise NotImplementedError
    def zero_grad(self): raise NotImplementedError
"""),
    "of groups": ("optimizer", OPTIMIZER, """
class Adam:
    def __init__(self, params, lr, betas=(0.9, 0.99)):
        self.groups = [dict(params=list(params), lr=lr)]
        self.m = {id(p): 0.0 for p in self.groups[0]["params"]}
    def zero_grad(self, set_to_none=False):
        for group in self.groups:
            for p in group["params"]:
                p.grad = None if set_to_none else 0
class OfModel:
    def __init__(self, model, learning_rate):
        self.model, self.rate = model, learning_rate
    def zero_grad(self):
        for p in self.model.parameters(): p.grad = 0.0
"""),
}  # fmt: skip
RIGHT = {
    **ENGINES,
    **{name: ENGINES[engine].replace(old, new) for name, (engine, old, new) in _RIGHT.items()},
    "of every node there is": DRESSED["tape"] + """
    @classmethod
    def clear_gradients(cls):
        for node in cls.tape:
            node.d = 0.0
""",
    "None, as PyTorch has it": DRESSED["accumulator"] + """
    def zero_grad(self):
        self.grad = None
class Module:
    def parameters(self): return vars(self).values()
    def zero_grad(self, set_to_none=True):
        for p in self.parameters(): p.zero_grad()
class Linear(Module):
    def __init__(self): self.w, self.b = Value(0.3, requires_grad=True), Value(0.1, requires_grad=True)
""",
    "arrays": DRESSED["arrays"] + """
    def zero_grad(self):
        self.grad = np.zeros_like(self.data)
class Pair:
    def __init__(self): self.both = {"w": Value(0.3), "b": Value(0.1)}
    def parameters(self): return list(self.both.values())
    def zero_grad(self):
        for p in self.parameters(): p.grad.fill(0)
""",
    "properties": DRESSED["properties"] + """
    def zero_grad(self): self.grad = 0.0
    def zero_all_grads(self):
        self.grad = 0.0
        for p in self.parents: p.zero_all_grads()
""",
}  # fmt: skip
