"""Right engines in unusual dress, each whole: an audit has nothing to say against them."""

TRAVERSAL = """
    def backward(self):
        order, seen = [], set()
        def walk(v):
            if id(v) not in seen:
                seen.add(id(v))
                for p in {parents}:
                    walk(p)
                order.append(v)
        walk(self)
        self.{grad} = 1.0
        for v in reversed(order):
            {fire}
"""


def _walk(parents="v.parents", grad="grad", fire="v.push()"):
    return TRAVERSAL.format(parents=parents, grad=grad, fire=fire)


PROPERTIES = """
class Value:
    def __init__(self, data, parents=()):
        self.__data, self.__grad, self.parents = data, 0.0, parents
        self.push = lambda: None
    @property
    def data(self): return self.__data
    @data.setter
    def data(self, x): self.__data = x
    @property
    def grad(self): return self.__grad
    @grad.setter
    def grad(self, g): self.__grad = g
    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def push():
            self.grad = self.grad + out.grad
            other.grad = other.grad + out.grad
        out.push = push
        return out
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def push():
            self.grad = self.grad + other.data * out.grad
            other.grad = other.grad + self.data * out.grad
        out.push = push
        return out
""" + _walk()

DATACLASS = """
from dataclasses import dataclass, field
import math

@dataclass(eq=False, slots=True)
class Scalar:
    value: float
    gradient: float = 0.0
    parents: tuple = ()
    pullback: object = None

    def __add__(self, other):
        return Scalar(self.value + other.value, parents=(self, other), pullback=lambda g: (g, g))
    def __mul__(self, other):
        return Scalar(self.value * other.value, parents=(self, other),
                      pullback=lambda g: (g * other.value, g * self.value))
    def exp(self):
        e = math.exp(self.value)
        return Scalar(e, parents=(self,), pullback=lambda g: (g * e,))
    def backward(self):
        order, seen, stack = [], set(), [(self, iter(self.parents))]
        seen.add(id(self))
        while stack:
            node, rest = stack[-1]
            for parent in rest:
                if id(parent) not in seen:
                    seen.add(id(parent))
                    stack.append((parent, iter(parent.parents)))
                    break
            else:
                order.append(node)
                stack.pop()
        for node in order:
            node.gradient = 0.0
        self.gradient = 1.0
        for node in reversed(order):
            if node.pullback:
                for parent, g in zip(node.parents, node.pullback(node.gradient)):
                    parent.gradient += g
"""

NUMPY_SCALARS = """
import numpy as np

class Value:
    def __init__(self, data, parents=()):
        self.data = np.float32(data)
        self.grad = np.float32(0)
        self.parents = parents
        self.push = lambda: None
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def push():
            self.grad += out.grad
            other.grad += out.grad
        out.push = push
        return out
    __radd__ = __add__
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def push():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.push = push
        return out
    __rmul__ = __mul__
    def tanh(self):
        out = Value(np.tanh(self.data), (self,))
        def push():
            self.grad += (1 - out.data**2) * out.grad
        out.push = push
        return out
""" + _walk()

ARRAYS = """
import numpy as np

class Value:
    def __init__(self, data, parents=()):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self.parents = parents
        self.push = lambda: None
    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def push():
            self.grad += out.grad
            other.grad += out.grad
        out.push = push
        return out
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def push():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.push = push
        return out
    def backward(self):
        order, seen = [], set()
        def walk(v):
            if v not in seen:
                seen.add(v)
                for p in v.parents: walk(p)
                order.append(v)
        walk(self)
        self.grad = np.ones_like(self.data)
        for v in reversed(order): v.push()
"""

TAPE = """
class Var:
    tape = []
    def __init__(self, v, args=(), slopes=()):
        self.v, self.d, self.args, self.slopes = v, 0.0, args, slopes
        Var.tape.append(self)
    def __add__(self, o): return Var(self.v + o.v, (self, o), (1.0, 1.0))
    def __mul__(self, o): return Var(self.v * o.v, (self, o), (o.v, self.v))
    def __sub__(self, o): return Var(self.v - o.v, (self, o), (1.0, -1.0))
    def backpropagate(self):
        self.d = 1.0
        for node in reversed(Var.tape[: Var.tape.index(self) + 1]):
            for arg, slope in zip(node.args, node.slopes):
                arg.d += slope * node.d
"""

POLYMORPHIC = (
    """
import math

class Node:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents
    def __add__(self, other): return AddNode(self, other)
    def __mul__(self, other): return MulNode(self, other)
    def sin(self): return SinNode(self)
    def push(self): pass
"""
    + _walk()
    + """

class AddNode(Node):
    def __init__(self, a, b): super().__init__(a.data + b.data, (a, b))
    def push(self):
        for p in self.parents: p.grad += self.grad

class MulNode(Node):
    def __init__(self, a, b): super().__init__(a.data * b.data, (a, b))
    def push(self):
        a, b = self.parents
        a.grad += self.grad * b.data
        b.grad += self.grad * a.data

class SinNode(Node):
    def __init__(self, a): super().__init__(math.sin(a.data), (a,))
    def push(self):
        self.parents[0].grad += math.cos(self.parents[0].data) * self.grad
"""
)

ACCUMULATOR = """
class Value:
    def __init__(self, data, parents=(), requires_grad=False):
        self.data, self.grad, self.parents, self.requires_grad = data, None, parents, requires_grad
        self._backward = None
    def accumulate(self, g):
        if self.requires_grad:
            self.grad = g if self.grad is None else self.grad + g
    def _result(self, data, other, rule):
        out = Value(data, (self, other), self.requires_grad or other.requires_grad)
        out._backward = rule
        return out
    def __add__(self, other):
        def rule(g):
            self.accumulate(g)
            other.accumulate(g)
        return self._result(self.data + other.data, other, rule)
    def __mul__(self, other):
        def rule(g):
            self.accumulate(g * other.data)
            other.accumulate(g * self.data)
        return self._result(self.data * other.data, other, rule)
    def backward(self, gradient=1.0):
        order, seen = [], []
        def walk(v):
            if not any(v is s for s in seen):
                seen.append(v)
                for p in v.parents: walk(p)
                order.append(v)
        walk(self)
        for v in order:
            if v.parents: v.grad = None
        self.accumulate(gradient)
        for v in reversed(order):
            if v._backward and v.grad is not None: v._backward(v.grad)
"""

KAHN = """
from collections import deque, defaultdict
import math

class Value:
    def __init__(self, data, _children=(), _op=""):
        self.data, self.grad, self._prev, self._op = data, 0, frozenset(_children), _op
        self._backward = lambda: None
    def __add__(self, other):
        out = Value(self.data + other.data, (self, other), "+")
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other), "*")
        def _backward():
            self.grad, other.grad, both = (
                self.grad + other.data * out.grad, other.grad + self.data * out.grad, self is other)
            if both: self.grad += self.data * out.grad
        out._backward = _backward
        return out
    def log(self):
        out = Value(math.log(self.data), (self,), "log")
        def _backward(): self.grad += out.grad / self.data
        out._backward = _backward
        return out
    def backward(self):
        waiting, seen, stack = defaultdict(int), {self}, [self]
        while stack:
            for p in stack.pop()._prev:
                waiting[p] += 1
                if p not in seen:
                    seen.add(p)
                    stack.append(p)
        self.grad = 1
        ready = deque([self])
        while ready:
            v = ready.popleft()
            v._backward()
            for p in v._prev:
                waiting[p] -= 1
                if not waiting[p]: ready.append(p)
"""

FREES = """
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = float(data), 0.0, list(parents)
    def __add__(self, other): return Value(self.data + other.data, [(self, lambda g: g), (other, lambda g: g)])
    def __mul__(self, other):
        a, b = self.data, other.data
        return Value(a * b, [(self, lambda g: g * b), (other, lambda g: g * a)])
    def __neg__(self): return Value(-self.data, [(self, lambda g: -g)])
    def __sub__(self, other): return self + (-other)
    def detach(self): return Value(self.data)
    def backward(self):
        order, seen = [], set()
        def walk(v):
            if v in seen: return
            seen.add(v)
            for p, _ in v.parents: walk(p)
            order.append(v)
        walk(self)
        self.grad = 1.0
        while order:
            v = order.pop()
            for p, vjp in v.parents: p.grad += vjp(v.grad)
            v.parents = []
"""

SUBCLASSES = """
import math

class Base:
    def __init__(self, x, kids=(), how=""):
        self.x, self.dx, self.kids, self.how = x, 0.0, kids, how
    def __add__(self, o): return type(self)(self.x + o.x, (self, o), "plus")
    def __mul__(self, o): return type(self)(self.x * o.x, (self, o), "times")
    def tanh(self): return type(self)(math.tanh(self.x), (self,), "tanh")
    def relu(self): return type(self)(max(0.0, self.x), (self,), "relu")
    def leaky_relu(self, slope=0.01): return type(self)(self.x if self.x > 0 else slope * self.x, (self,), slope)
    def _local(self):
        match self.how:
            case "plus": return (1.0, 1.0)
            case "times": return (self.kids[1].x, self.kids[0].x)
            case "tanh": return (1.0 - self.x**2,)
            case "relu": return (1.0 if self.x > 0 else 0.0,)
            case float() as slope: return (1.0 if self.x > 0 else slope,)
            case _: return ()
    def gradients(self):
        pass

class Number(Base):
    def run_backward(self):
        order, seen = [], set()
        def walk(v):
            if v in seen: return
            seen.add(v)
            [walk(k) for k in v.kids]
            order.append(v)
        walk(self)
        self.dx += 1.0
        for v in order[::-1]:
            for kid, local in zip(v.kids, v._local()):
                kid.dx += local * v.dx
"""

MAPPED = """
class Cell:
    __micrograd_tui__ = dict(data="content", grad="adjoint", parents="came_from", backward="sweep")
    def __init__(self, content, came_from=None):
        self.content, self.adjoint, self.came_from = content, 0.0, came_from or {}
    def __add__(self, other):
        if self is other: return Cell(2 * self.content, {self: 2.0})
        return Cell(self.content + other.content, {self: 1.0, other: 1.0})
    def __mul__(self, other):
        if self is other: return Cell(self.content**2, {self: 2 * self.content})
        return Cell(self.content * other.content, {self: other.content, other: self.content})
    def sweep(self):
        order, seen = [], set()
        def walk(v):
            if v in seen: return
            seen.add(v)
            for p in v.came_from: walk(p)
            order.append(v)
        walk(self)
        self.adjoint = 1.0
        for v in reversed(order):
            for p, slope in v.came_from.items(): p.adjoint += slope * v.adjoint
    backward = sweep
"""

UNROLLED = """
import math

class V:
    def __init__(self, data, prev=()):
        self.data, self.grad, self.prev = data, 0.0, prev
        self.grad_fn = None
    def _unary(self, f, df):
        out = V(f(self.data), (self,))
        def back():
            self.grad += df(self.data, out.data) * out.grad
        out.grad_fn = back
        return out
    def _binary(self, other, f, da, db):
        other = other if isinstance(other, V) else V(other)
        out = V(f(self.data, other.data), (self, other))
        def back():
            a, b = self.data, other.data
            self.grad += da(a, b) * out.grad
            other.grad += db(a, b) * out.grad
        out.grad_fn = back
        return out
    def __add__(self, o): return self._binary(o, lambda a, b: a + b, lambda a, b: 1, lambda a, b: 1)
    def __mul__(self, o): return self._binary(o, lambda a, b: a * b, lambda a, b: b, lambda a, b: a)
    def __sub__(self, o): return self._binary(o, lambda a, b: a - b, lambda a, b: 1, lambda a, b: -1)
    def __truediv__(self, o): return self._binary(o, lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2)
    def __pow__(self, n): return self._unary(lambda a: a**n, lambda a, y: n * a ** (n - 1))
    def exp(self): return self._unary(math.exp, lambda a, y: y)
    def sigmoid(self): return self._unary(lambda a: 1 / (1 + math.exp(-a)), lambda a, y: y * (1 - y))
    def gelu(self):
        c = math.sqrt(2)
        return self._unary(lambda a: 0.5 * a * (1 + math.erf(a / c)),
                           lambda a, y: 0.5 * (1 + math.erf(a / c)) + a * math.exp(-a * a / 2) / math.sqrt(2 * math.pi))
    def round(self):  # straight through
        return self._unary(lambda a: float(int(a + 0.5)), lambda a, y: 1.0)
    def __radd__(self, o): return self + o
    def __rmul__(self, o): return self * o
    def __rsub__(self, o): return V(o) - self
    def __rtruediv__(self, o): return V(o) / self
""" + _walk("v.prev", "grad", "v.grad_fn and v.grad_fn()")

NARROW = """
import math
class Value:
    def __init__(self, data, _prev=(), op=''):
        self.data=data; self.grad=0.0; self._prev=_prev; self.op=op; self._backward=lambda: None
    def __add__(self,o):
        out=Value(self.data+o.data,(self,o),'+')
        def b(): self.grad+=out.grad; o.grad+=out.grad
        out._backward=b; return out
    def __mul__(self,o):
        out=Value(self.data*o.data,(self,o),'*')
        def b(): self.grad+=out.grad*o.data; o.grad+=out.grad*self.data
        out._backward=b; return out
    def __truediv__(self,k): return self*Value(1/k)
    def __pow__(self,o):
        out=Value(self.data**o.data,(self,o),'**')
        def b():
            self.grad+=out.grad*o.data*self.data**(o.data-1)
            if self.data>0: o.grad+=out.grad*out.data*math.log(self.data)
        out._backward=b; return out
    def frozen(self): return Value(self.data)
    def spike(self):
        out=Value(1.0 if self.data>0 else 0.0,(self,),'spike')
        def b(): self.grad+=out.grad/(1+abs(self.data))**2
        out._backward=b; return out
    def softmax(self): return Value(self.nothing)
    def backward(self):
        topo=[];vis=set()
        def build(v):
            if v not in vis:
                vis.add(v)
                for c in v._prev: build(c)
                topo.append(v)
        build(self); self.grad=1.0
        for v in reversed(topo): v._backward()
"""

DRESSED = {
    name.lower(): text
    for name, text in list(globals().items())
    if name.isupper() and isinstance(text, str) and name != "TRAVERSAL"
}
