"""One-line mutants of the engines of learner_engines.py: the line, what it becomes, where and what it is.

A line is told apart by its text and, where that stands more than once, by how many come before it. A
mutant of None has lost its line: then `at` is the text of the `def` that lacks it.
"""

from dataclasses import dataclass

from learner_engines import FAMILIES


@dataclass(frozen=True)
class Mutant:
    """A family's engine with one line changed."""

    family: str
    line: str
    becomes: str | None
    kinds: tuple[str, ...]
    nth: int = 0
    at: str = ""

    @property
    def name(self) -> str:
        """What the test of it is called."""
        return f"{self.family}: {self.line} -> {self.becomes}"

    @property
    def text(self) -> str:
        """The spoiled engine."""
        lines = FAMILIES[self.family].split("\n")
        place = self._place(lines)
        indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
        lines[place] = indent + ("pass" if self.becomes is None else self.becomes)
        return "\n".join(lines)

    @property
    def blamed(self) -> int:
        """The line that is to be blamed."""
        lines = FAMILIES[self.family].split("\n")
        place = self._place(lines)
        if self.at:
            return max(i for i, each in enumerate(lines[:place]) if each.strip() == self.at) + 1
        return place + 1

    def _place(self, lines: list[str]) -> int:
        return [i for i, each in enumerate(lines) if each.strip() == self.line][self.nth]


LOCAL, CHAIN, OVER = ("local derivative",), ("chain factor",), ("overwrites",)
MUTANTS = [
    # closures: overwrites
    Mutant("closures", "self.grad += 1.0 * out.grad", "self.grad = 1.0 * out.grad", OVER),
    Mutant("closures", "other.grad += out.grad * 1.0", "other.grad = out.grad * 1.0", OVER),
    Mutant("closures", "self.grad += other.data * out.grad", "self.grad = other.data * out.grad", OVER),
    Mutant("closures", "other.grad += self.data * out.grad", "other.grad = self.data * out.grad", OVER),
    Mutant("closures", "self.grad += (1 - t**2) * out.grad", "self.grad = (1 - t**2) * out.grad", OVER),
    Mutant("closures", "self.grad += out.data * out.grad", "self.grad = out.data * out.grad", OVER),
    Mutant("closures", "self.grad += (out.data > 0) * out.grad", "self.grad = (out.data > 0) * out.grad", OVER),
    # closures: local derivatives
    Mutant("closures", "self.grad += other.data * out.grad", "self.grad += self.data * out.grad", LOCAL),
    Mutant("closures", "other.grad += self.data * out.grad", "other.grad += other.data * out.grad", LOCAL),
    Mutant("closures", "self.grad += other.data * out.grad", "self.grad += other.grad * out.grad", LOCAL),
    Mutant("closures", "self.grad += other.data * out.grad", "self.grad += out.grad", LOCAL),
    Mutant("closures", "self.grad += 1.0 * out.grad", "self.grad -= 1.0 * out.grad", LOCAL),
    Mutant("closures", "self.grad += (1 - t**2) * out.grad", "self.grad += (1 - t) * out.grad", LOCAL),
    Mutant("closures", "self.grad += (1 - t**2) * out.grad", "self.grad += (1 + t**2) * out.grad", LOCAL),
    Mutant("closures", "self.grad += (1 - t**2) * out.grad", "self.grad += (1 - x**2) * out.grad", LOCAL),
    Mutant("closures", "self.grad += out.data * out.grad", "self.grad += self.data * out.grad", LOCAL),
    Mutant("closures", "self.grad += (out.data > 0) * out.grad", "self.grad += out.grad", LOCAL),
    Mutant("closures", "self.grad += (out.data > 0) * out.grad", "self.grad += out.data * out.grad", LOCAL),
    Mutant("closures", "self.grad += other * (self.data ** (other - 1)) * out.grad",
           "self.grad += other * self.data ** other * out.grad", LOCAL),
    Mutant("closures", "self.grad += other * (self.data ** (other - 1)) * out.grad",
           "self.grad += self.data ** (other - 1) * out.grad", LOCAL),
    Mutant("closures", "self.grad += other * (self.data ** (other - 1)) * out.grad",
           "self.grad += other * self.data * out.grad", LOCAL),
    Mutant("closures", "self.grad += other * (self.data ** (other - 1)) * out.grad",
           "self.grad += (other - 1) * self.data ** other * out.grad", LOCAL),
    Mutant("closures", "other.grad += self.data * out.grad", None, LOCAL, at="def _backward():"),
    Mutant("closures", "other.grad += out.grad * 1.0", None, LOCAL, at="def _backward():"),
    # closures: chain factor
    Mutant("closures", "self.grad += other.data * out.grad", "self.grad += other.data", CHAIN),
    Mutant("closures", "other.grad += self.data * out.grad", "other.grad += self.data", CHAIN),
    Mutant("closures", "self.grad += (1 - t**2) * out.grad", "self.grad += 1 - (t**2) * out.grad", CHAIN),
    Mutant("closures", "self.grad += (1 - t**2) * out.grad", "self.grad += 1 - t**2", CHAIN),
    Mutant("closures", "self.grad += out.data * out.grad", "self.grad += out.data", CHAIN),
    Mutant("closures", "self.grad += 1.0 * out.grad", "self.grad += 1.0", CHAIN),
    Mutant("closures", "self.grad += other * (self.data ** (other - 1)) * out.grad",
           "self.grad += other * (self.data ** (other - 1))", CHAIN),
    # closures: not attached, detached, forward, reflected
    Mutant("closures", "out._backward = _backward", None, ("not attached",), 0, "def __add__(self, other):"),
    Mutant("closures", "out._backward = _backward", None, ("not attached",), 1, "def __mul__(self, other):"),
    Mutant("closures", "out._backward = _backward", None, ("not attached",), 3, "def tanh(self):"),
    Mutant("closures", "out._backward = _backward", None, ("not attached",), 4, "def exp(self):"),
    Mutant("closures", "out._backward = _backward", "out._backward = _backward()", ("not attached",), 1),
    Mutant("closures", "out._backward = _backward", "self._backward = _backward", ("not attached",), 4),
    Mutant("closures", 'out = Value(self.data * other.data, (self, other), "*")',
           'out = Value(self.data * other.data, (self,), "*")', ("detached",)),
    Mutant("closures", 'out = Value(math.exp(x), (self,), "exp")',
           'out = Value(math.exp(x), (), "exp")', ("detached",)),
    Mutant("closures", "return other + (-self)", "return self + (-other)", ("reflected",)),
    Mutant("closures", "return other * self**-1", "return self * other**-1", ("reflected",)),
    Mutant("closures", "return other * self**-1", "return self / other", ("reflected",)),
    Mutant("closures", "return self + (-other)", "return self + other", ("forward",)),
    Mutant("closures", "return self * other**-1", "return self * other**-2", ("forward",)),
    Mutant("closures", "return self + other", "return other + self", ("reflected", "crash"), 0,
           at="def __radd__(self, other):"),
    Mutant("closures", "t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)",
           "t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 2)", ("forward",)),
    # closures: order and seed
    Mutant("closures", "self.grad = 1.0", None, ("seed",), at="def backward(self):"),
    Mutant("closures", "self.grad = 1.0", "self.grad = 2.0", ("seed",)),
    Mutant("closures", "for node in reversed(topo):", "for node in topo:", ("order",)),
    Mutant("closures", "visited.add(v)", None, ("order",), at="def build_topo(v):"),
    Mutant("closures", "topo.append(v)", "topo.insert(0, v)", ("order",)),
    # stored local derivatives
    Mutant("locals", "return Value(self.data * other.data, (self, other), (other.data, self.data))",
           "return Value(self.data * other.data, (self, other), (self.data, other.data))", LOCAL),
    Mutant("locals", "return Value(self.data + other.data, (self, other), (1, 1))",
           "return Value(self.data + other.data, (self, other), (1, 0))", LOCAL),
    Mutant("locals", "def __pow__(self, n): return Value(self.data**n, (self,), (n * self.data**(n - 1),))",
           "def __pow__(self, n): return Value(self.data**n, (self,), (n * self.data**n,))", LOCAL),
    Mutant("locals", "def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))",
           "def log(self): return Value(math.log(self.data), (self,), (self.data,))", LOCAL),
    Mutant("locals", "def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))",
           "def exp(self): return Value(math.exp(self.data), (self,), (self.data,))", LOCAL),
    Mutant("locals", "def relu(self): return Value(max(0, self.data), (self,), (float(self.data > 0),))",
           "def relu(self): return Value(max(0, self.data), (self,), (1.0,))", LOCAL),
    Mutant("locals", "child.grad += local_grad * v.grad", "child.grad = local_grad * v.grad", OVER),
    Mutant("locals", "child.grad += local_grad * v.grad", "child.grad += local_grad", CHAIN),
    Mutant("locals", "self.grad = 1", None, ("seed",), at="def backward(self):"),
    Mutant("locals", "for v in reversed(topo):", "for v in topo:", ("order",)),
    Mutant("locals", "visited.add(v)", None, ("order",), at="def build_topo(v):"),
    Mutant("locals", "def __rsub__(self, other): return other + (-self)",
           "def __rsub__(self, other): return self + (-other)", ("reflected",)),
    Mutant("locals", "return Value(self.data + other.data, (self, other), (1, 1))",
           "return Value(self.data + other.data, (self,), (1,))", ("detached",)),
    # methods
    Mutant("methods", "a.gradient += self.gradient * b.value", "a.gradient = self.gradient * b.value", OVER),
    Mutant("methods", "b.gradient += self.gradient", "b.gradient = self.gradient", OVER),
    Mutant("methods", "a.gradient += self.gradient * b.value", "a.gradient += self.gradient * a.value", LOCAL),
    Mutant("methods", "b.gradient -= self.gradient", "b.gradient += self.gradient", LOCAL),
    Mutant("methods", "b.gradient -= self.gradient * a.value / b.value**2",
           "b.gradient += self.gradient * a.value / b.value**2", LOCAL),
    Mutant("methods", "a.gradient += self.value * (1 - self.value) * self.gradient",
           "a.gradient += self.value * (1 - self.value)", CHAIN),
    Mutant("methods", "a.gradient += math.cos(a.value) * self.gradient",
           "a.gradient += -math.cos(a.value) * self.gradient", LOCAL),
    Mutant("methods", "out._back = out._sin_back", None, ("not attached",), at="def sin(self):"),
    Mutant("methods", "return self._wrap(other) - self", "return self - self._wrap(other)", ("reflected",)),
    Mutant("methods", "for node in reversed(order):", "for node in order:", ("order",)),
    Mutant("methods", "self.gradient = 1.0", None, ("seed",), at="def backprop(self):"),
    # functions with a context
    Mutant("functions", "return grad * y, grad * x", "return grad * x, grad * y", LOCAL),
    Mutant("functions", "return grad * y, grad * x", "return grad * y, grad * y", LOCAL),
    Mutant("functions", "return grad, grad", "return grad, -grad", LOCAL),
    Mutant("functions", "return (grad * y,)", "return (y,)", CHAIN),
    Mutant("functions", "return (grad * (1 - y * y),)", "return (grad * (1 - y),)", LOCAL),
    Mutant("functions", "parent.grad += grad", "parent.grad = grad", OVER),
    Mutant("functions", "for t in reversed(order):", "for t in order:", ("order",)),
    Mutant("functions", "seen.add(id(t))", None, ("order",), at="def visit(t):"),
    # edges
    Mutant("edges", "return Var(self.value * other.value, [(self, other.value), (other, self.value)])",
           "return Var(self.value * other.value, [(self, self.value), (other, other.value)])", LOCAL),
    Mutant("edges", "return Var(self.value - other.value, [(self, 1.0), (other, -1.0)])",
           "return Var(self.value - other.value, [(self, 1.0), (other, 1.0)])", LOCAL),
    Mutant("edges", "return Var(math.cos(self.value), [(self, -math.sin(self.value))])",
           "return Var(math.cos(self.value), [(self, math.sin(self.value))])", LOCAL),
    Mutant("edges", "parent.grad += local * var.grad", "parent.grad = local * var.grad", OVER),
    Mutant("edges", "for var in reversed(order):", "for var in order:", ("order",)),
    # by the op's name
    Mutant("dispatch", "self.left.g += self.g * self.right.val", "self.left.g = self.g * self.right.val", OVER),
    Mutant("dispatch", "self.right.g += self.g * self.left.val", "self.right.g += self.g * self.right.val", LOCAL),
    Mutant("dispatch", "self.right.g -= self.g", "self.right.g += self.g", LOCAL),
    Mutant("dispatch", "self.left.g += self.g / self.left.val", "self.left.g += 1 / self.left.val", CHAIN),
    Mutant("dispatch", "for node in order[::-1]:", "for node in order:", ("order",)),
]  # fmt: skip
