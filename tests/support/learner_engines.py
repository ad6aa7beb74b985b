"""Engines as learners write them: a family each, right as they stand, to be spoiled a line at a time."""

CLOSURES = '''import math


class Value:
    """stores a single scalar value and its gradient"""

    def __init__(self, data, _children=(), _op="", label=""):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op
        self.label = label

    def __repr__(self):
        return f"Value(data={self.data})"

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += 1.0 * out.grad
            other.grad += out.grad * 1.0
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def __pow__(self, other):
        assert isinstance(other, (int, float)), "only supporting int/float powers for now"
        out = Value(self.data**other, (self,), f"**{other}")

        def _backward():
            self.grad += other * (self.data ** (other - 1)) * out.grad
        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return other + (-self)

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    def tanh(self):
        x = self.data
        t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)
        out = Value(t, (self,), "tanh")

        def _backward():
            self.grad += (1 - t**2) * out.grad
        out._backward = _backward
        return out

    def exp(self):
        x = self.data
        out = Value(math.exp(x), (self,), "exp")

        def _backward():
            self.grad += out.data * out.grad
        out._backward = _backward
        return out

    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,), "ReLU")

        def _backward():
            self.grad += (out.data > 0) * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo = []
        visited = set()

        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)
        build_topo(self)
        self.grad = 1.0
        for node in reversed(topo):
            node._backward()
'''

LOCALS = """import math


class Value:
    __slots__ = ("data", "grad", "_children", "_local_grads")

    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self._children = children
        self._local_grads = local_grads

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n): return Value(self.data**n, (self,), (n * self.data**(n - 1),))
    def log(self): return Value(math.log(self.data), (self,), (1 / self.data,))
    def exp(self): return Value(math.exp(self.data), (self,), (math.exp(self.data),))
    def relu(self): return Value(max(0, self.data), (self,), (float(self.data > 0),))
    def __neg__(self): return self * -1
    def __radd__(self, other): return self + other
    def __sub__(self, other): return self + (-other)
    def __rsub__(self, other): return other + (-self)
    def __rmul__(self, other): return self * other
    def __truediv__(self, other): return self * other**-1
    def __rtruediv__(self, other): return other * self**-1

    def backward(self):
        topo = []
        visited = set()
        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._children:
                    build_topo(child)
                topo.append(v)
        build_topo(self)
        self.grad = 1
        for v in reversed(topo):
            for child, local_grad in zip(v._children, v._local_grads):
                child.grad += local_grad * v.grad
"""

METHODS = """import math


class Scalar:
    def __init__(self, value, parents=(), op=None):
        self.value = value
        self.gradient = 0.0
        self.parents = list(parents)
        self.op = op
        self._back = None

    def __add__(self, other):
        other = self._wrap(other)
        out = Scalar(self.value + other.value, [self, other], "add")
        out._back = out._add_back
        return out

    def _add_back(self):
        a, b = self.parents
        a.gradient += self.gradient
        b.gradient += self.gradient

    def __mul__(self, other):
        other = self._wrap(other)
        out = Scalar(self.value * other.value, [self, other], "mul")
        out._back = out._mul_back
        return out

    def _mul_back(self):
        a, b = self.parents
        a.gradient += self.gradient * b.value
        b.gradient += self.gradient * a.value

    def __sub__(self, other):
        other = self._wrap(other)
        out = Scalar(self.value - other.value, [self, other], "sub")
        out._back = out._sub_back
        return out

    def _sub_back(self):
        a, b = self.parents
        a.gradient += self.gradient
        b.gradient -= self.gradient

    def __truediv__(self, other):
        other = self._wrap(other)
        out = Scalar(self.value / other.value, [self, other], "div")
        out._back = out._div_back
        return out

    def _div_back(self):
        a, b = self.parents
        a.gradient += self.gradient / b.value
        b.gradient -= self.gradient * a.value / b.value**2

    def sigmoid(self):
        out = Scalar(1 / (1 + math.exp(-self.value)), [self], "sigmoid")
        out._back = out._sigmoid_back
        return out

    def _sigmoid_back(self):
        (a,) = self.parents
        a.gradient += self.value * (1 - self.value) * self.gradient

    def sin(self):
        out = Scalar(math.sin(self.value), [self], "sin")
        out._back = out._sin_back
        return out

    def _sin_back(self):
        (a,) = self.parents
        a.gradient += math.cos(a.value) * self.gradient

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return self._wrap(other) - self

    def __neg__(self):
        return self * -1.0

    @staticmethod
    def _wrap(x):
        return x if isinstance(x, Scalar) else Scalar(x)

    def backprop(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
                continue
            if id(node) in seen:
                continue
            seen.add(id(node))
            stack.append((node, True))
            for parent in node.parents:
                stack.append((parent, False))
        self.gradient = 1.0
        for node in reversed(order):
            if node._back is not None:
                node._back()
"""

FUNCTIONS = """import math


class Function:
    def __init__(self, *inputs):
        self.inputs = inputs
        self.saved = ()

    @classmethod
    def apply(cls, *inputs):
        inputs = [x if isinstance(x, Tensor) else Tensor(x) for x in inputs]
        ctx = cls(*inputs)
        out = Tensor(ctx.forward(*[x.data for x in inputs]))
        out.ctx = ctx
        return out


class Add(Function):
    def forward(self, x, y):
        return x + y

    def backward(self, grad):
        return grad, grad


class Mul(Function):
    def forward(self, x, y):
        self.saved = (x, y)
        return x * y

    def backward(self, grad):
        x, y = self.saved
        return grad * y, grad * x


class Exp(Function):
    def forward(self, x):
        self.saved = (math.exp(x),)
        return self.saved[0]

    def backward(self, grad):
        (y,) = self.saved
        return (grad * y,)


class Tanh(Function):
    def forward(self, x):
        self.saved = (math.tanh(x),)
        return self.saved[0]

    def backward(self, grad):
        (y,) = self.saved
        return (grad * (1 - y * y),)


class Tensor:
    def __init__(self, data):
        self.data = float(data)
        self.grad = None
        self.ctx = None

    def __add__(self, other): return Add.apply(self, other)
    def __mul__(self, other): return Mul.apply(self, other)
    def __radd__(self, other): return Add.apply(other, self)
    def __rmul__(self, other): return Mul.apply(other, self)
    def __neg__(self): return self * -1
    def __sub__(self, other): return self + (-1) * other
    def exp(self): return Exp.apply(self)
    def tanh(self): return Tanh.apply(self)

    def backward(self):
        order, seen = [], set()
        def visit(t):
            if id(t) in seen:
                return
            seen.add(id(t))
            if t.ctx is not None:
                for parent in t.ctx.inputs:
                    visit(parent)
            order.append(t)
        visit(self)
        for t in order:
            t.grad = 0.0
        self.grad = 1.0
        for t in reversed(order):
            if t.ctx is None:
                continue
            grads = t.ctx.backward(t.grad)
            for parent, grad in zip(t.ctx.inputs, grads):
                parent.grad += grad
"""

EDGES = """import math


class Var:
    def __init__(self, value, edges=()):
        self.value = value
        self.edges = edges
        self.grad = 0.0

    def __add__(self, other):
        return Var(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Var(self.value * other.value, [(self, other.value), (other, self.value)])

    def __sub__(self, other):
        return Var(self.value - other.value, [(self, 1.0), (other, -1.0)])

    def cos(self):
        return Var(math.cos(self.value), [(self, -math.sin(self.value))])

    def sqrt(self):
        root = math.sqrt(self.value)
        return Var(root, [(self, 0.5 / root)])

    def backward(self):
        order = []
        seen = set()
        def walk(var):
            if var not in seen:
                seen.add(var)
                for parent, _ in var.edges:
                    walk(parent)
                order.append(var)
        walk(self)
        self.grad = 1.0
        for var in reversed(order):
            for parent, local in var.edges:
                parent.grad += local * var.grad
"""

DISPATCH = """import math


class Node:
    def __init__(self, val, left=None, right=None, op=None):
        self.val = val
        self.g = 0.0
        self.left = left
        self.right = right
        self.op = op

    def __add__(self, other):
        return Node(self.val + other.val, self, other, "+")

    def __mul__(self, other):
        return Node(self.val * other.val, self, other, "*")

    def __sub__(self, other):
        return Node(self.val - other.val, self, other, "-")

    def log(self):
        return Node(math.log(self.val), self, None, "log")

    def _propagate(self):
        if self.op == "+":
            self.left.g += self.g
            self.right.g += self.g
        elif self.op == "*":
            self.left.g += self.g * self.right.val
            self.right.g += self.g * self.left.val
        elif self.op == "-":
            self.left.g += self.g
            self.right.g -= self.g
        elif self.op == "log":
            self.left.g += self.g / self.left.val

    def backward(self):
        order = []
        def visit(node):
            if node is None or node in order:
                return
            visit(node.left)
            visit(node.right)
            order.append(node)
        visit(self)
        self.g = 1.0
        for node in order[::-1]:
            node._propagate()
"""

FAMILIES = {
    "closures": CLOSURES,
    "locals": LOCALS,
    "methods": METHODS,
    "functions": FUNCTIONS,
    "edges": EDGES,
    "dispatch": DISPATCH,
}
