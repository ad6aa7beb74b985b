"""Right engines whose passes are built in other ways, and what spoils them, several lines at a time.

Along each path by itself, by a heap of creation numbers, by counting uses, forward only when asked, by a
table of rules, gradients in lists, exact fractions, marks in place of zeros, generators.
"""

PATHSUM = """\
import math
class Value:
    "a pass along every path"
    def __init__(self, data, edges=()):
        self.data, self.grad, self._edges = data, 0.0, edges
    def __add__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        return Value(self.data + o.data, ((self, 1.0), (o, 1.0)))
    def __mul__(self, o):
        o = o if isinstance(o, Value) else Value(o)
        return Value(self.data * o.data, ((self, o.data), (o, self.data)))
    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, ((self, 1 - t * t),))
    __radd__, __rmul__ = __add__, __mul__
    def backward(self, g=1.0):
        self.grad += g
        for parent, local in self._edges:
            parent.backward(g * local)
    def zero_grad(self):
        self.grad = 0.0
"""

PATHCLOSURE = """\
import math
class Value:
    def __init__(self, data, _children=(), _op=''):
        self.data, self.grad, self._prev, self._op = data, 0.0, set(_children), _op
        self._backward = lambda g: None
    def __add__(self, o):
        out = Value(self.data + o.data, (self, o), '+')
        def _backward(g):
            self.backward(g)
            o.backward(g)
        out._backward = _backward
        return out
    def __mul__(self, o):
        out = Value(self.data * o.data, (self, o), '*')
        def _backward(g):
            self.backward(g * o.data)
            o.backward(g * self.data)
        out._backward = _backward
        return out
    def backward(self, g=1.0):
        self.grad += g
        self._backward(g)
"""

HEAP = """\
import heapq, itertools, math
from enum import Enum, auto
class Op(Enum):
    LEAF = auto(); ADD = auto(); MUL = auto(); DIV = auto(); LOG = auto(); MAX = auto()
class Num:
    _ids = itertools.count()
    def __init__(self, x, op=Op.LEAF, *ins):
        self.x, self.op, self.ins, self.bar = x, op, ins, 0.0
        self.uid = next(Num._ids)
    def __lt__(self, other): return self.uid > other.uid
    def __add__(self, o): return Num(self.x + o.x, Op.ADD, self, o)
    def __mul__(self, o): return Num(self.x * o.x, Op.MUL, self, o)
    def __truediv__(self, o): return Num(self.x / o.x, Op.DIV, self, o)
    def log(self): return Num(math.log(self.x), Op.LOG, self)
    def maximum(self): return Num(max(self.x, 0.25), Op.MAX, self)
    def local(self):
        match self.op, self.ins:
            case Op.ADD, _: return 1.0, 1.0
            case Op.MUL, (a, b): return b.x, a.x
            case Op.DIV, (a, b): return 1 / b.x, -a.x / b.x ** 2
            case Op.LOG, (a,): return (1 / a.x,)
            case Op.MAX, (a,): return (float(a.x > 0.25),)
            case _: return ()
    def backprop(self):
        self.bar = 1.0
        heap, queued = [self], {self.uid}
        while heap:
            v = heapq.heappop(heap)
            for p, d in zip(v.ins, v.local()):
                p.bar += d * v.bar
                if p.uid not in queued:
                    queued.add(p.uid)
                    heapq.heappush(heap, p)
"""

REFCOUNT = """\
import math
class Scalar(float):
    def __new__(cls, value, parents=()):
        return super().__new__(cls, value)
    def __init__(self, value, parents=()):
        self.parents = parents
        self.value = float(value)
        self.gradient = 0.0
        self.uses = 0
        for p, _ in parents: p.uses += 1
    def __add__(self, o): return Scalar(float(self) + float(o), ((self, 1.0), (o, 1.0)))
    def __mul__(self, o): return Scalar(float(self) * float(o), ((self, float(o)), (o, float(self))))
    def __hash__(self): return id(self)
    def __eq__(self, o): return self is o
    def backward(self):
        self.gradient = 1.0
        todo = [self]
        seen = {}
        stack = [self]
        while stack:
            n = stack.pop()
            for p, _ in n.parents:
                seen[id(p)] = seen.get(id(p), 0) + 1
                if seen[id(p)] == 1: stack.append(p)
        while todo:
            n = todo.pop()
            for p, d in n.parents:
                p.gradient += d * n.gradient
                seen[id(p)] -= 1
                if not seen[id(p)]: todo.append(p)
"""

LAZY = """\
import math
class Node:
    def __init__(self, f, inputs=(), grads=()):
        self._f, self.inputs, self.grads = f, inputs, grads
        self._value = None if callable(f) else f
        self.adj = 0.0
    @property
    def value(self):
        if self._value is None:
            self._value = self._f(*(i.value for i in self.inputs))
        return self._value
    def __add__(self, o): return Node(lambda a, b: a + b, (self, o), (lambda a, b: 1.0, lambda a, b: 1.0))
    def __mul__(self, o): return Node(lambda a, b: a * b, (self, o), (lambda a, b: b, lambda a, b: a))
    def exp(self): return Node(math.exp, (self,), (math.exp,))
    def sin(self): return Node(math.sin, (self,), (math.cos,))
    def run_backward(self):
        self.value
        order = []
        def visit(n):
            if n in order: return
            for i in n.inputs: visit(i)
            order.append(n)
        visit(self)
        for n in order: n.adj = 0.0
        self.adj = 1.0
        for n in reversed(order):
            args = [i.value for i in n.inputs]
            for i, g in zip(n.inputs, n.grads):
                i.adj += n.adj * g(*args)
"""

REGISTRY = """\
import math
VJP = {}
def vjp(name):
    def deco(f):
        VJP[name] = f
        return f
    return deco
class Value:
    def __init__(self, data, args=(), op=None):
        self.data, self.args, self.op = data, args, op
        self.grad = 0
    def _apply(self, op, data, *args):
        return Value(data, args, op)
    def __add__(self, other):
        other = lift(other)
        return self._apply("add", self.data + other.data, self, other)
    def __mul__(self, other):
        other = lift(other)
        return self._apply("mul", self.data * other.data, self, other)
    def __neg__(self): return self._apply("neg", -self.data, self)
    def __sub__(self, other): return self + (-lift(other))
    def __radd__(self, other): return self + other
    def __rmul__(self, other): return self * other
    def __rsub__(self, other): return lift(other) - self
    def sigmoid(self): return self._apply("sigmoid", 1 / (1 + math.exp(-self.data)), self)
    def abs(self): return self._apply("abs", abs(self.data), self)
    def __abs__(self): return self.abs()
    def backward(self):
        order, marks = [], set()
        def visit(v):
            if id(v) in marks: return
            marks.add(id(v))
            for a in v.args: visit(a)
            order.append(v)
        visit(self)
        self.grad = 1
        while order:
            v = order.pop()
            if v.op:
                for a, g in zip(v.args, VJP[v.op](v.grad, v, *v.args)):
                    a.grad = a.grad + g
def lift(x): return x if isinstance(x, Value) else Value(x)
@vjp("add")
def _(g, out, a, b): return g, g
@vjp("mul")
def _(g, out, a, b): return g * b.data, g * a.data
@vjp("neg")
def _(g, out, a): return (-g,)
@vjp("sigmoid")
def _(g, out, a): return (g * out.data * (1 - out.data),)
@vjp("abs")
def _(g, out, a): return (g if a.data >= 0 else -g,)
class Optim:
    def __init__(self, parameters, lr): self.parameters, self.lr = parameters, lr
    def zero_grad(self):
        for p in self.parameters: p.grad = 0
"""

GRADLIST = """\
class Value:
    def __init__(self, data, prev=()):
        self.data = data
        self._parts = []
        self.prev = list(prev)
        self.rule = None
    @property
    def grad(self): return sum(self._parts)
    @grad.setter
    def grad(self, g): self._parts = [g] if g else []
    def receive(self, g): self._parts.append(g)
    def __add__(self, o):
        out = Value(self.data + o.data, [self, o])
        out.rule = lambda: (self.receive(out.grad), o.receive(out.grad))
        return out
    def __mul__(self, o):
        out = Value(self.data * o.data, [self, o])
        out.rule = lambda: (self.receive(out.grad * o.data), o.receive(out.grad * self.data))
        return out
    def zero_grad(self): self._parts.clear()
    def backward(self):
        topo, seen = [], set()
        def go(v):
            if v in seen: return
            seen.add(v); [go(p) for p in v.prev]; topo.append(v)
        go(self)
        self.receive(1.0)
        for v in reversed(topo):
            if v.rule: v.rule()
class Pair:
    def __init__(self): self.w, self.b = Value(1.5), Value(0.5)
    def parameters(self): return [self.w, self.b]
    def zero_grad(self):
        for p in self.parameters(): p.zero_grad()
"""

FRACS = """\
from fractions import Fraction
class Q:
    def __init__(self, v, src=()):
        self.v = Fraction(v); self.g = Fraction(0); self.src = src
    def __add__(self, o): return Q(self.v + o.v, ((self, Fraction(1)), (o, Fraction(1))))
    def __mul__(self, o): return Q(self.v * o.v, ((self, o.v), (o, self.v)))
    def __sub__(self, o): return Q(self.v - o.v, ((self, Fraction(1)), (o, Fraction(-1))))
    def back(self):
        todo, order = [(self, False)], []
        while todo:
            q, done = todo.pop()
            if done: order.append(q); continue
            if q in order: continue
            todo.append((q, True))
            todo += [(p, False) for p, _ in q.src if p not in order]
        order = list(dict.fromkeys(order))
        self.g = Fraction(1)
        for q in reversed(order):
            for p, d in q.src: p.g += d * q.g
"""

MARKED = """\
class Value:
    epoch = 0
    def __init__(self, data, _children=()):
        self.data, self._children, self._grad, self._epoch = data, _children, 0.0, 0
        self._push = None
    @property
    def grad(self): return self._grad if self._epoch == Value.epoch else 0.0
    @grad.setter
    def grad(self, g): self._grad, self._epoch = g, Value.epoch
    @staticmethod
    def zero_grad(): Value.epoch += 1
    def __add__(self, o):
        out = Value(self.data + o.data, (self, o))
        def push():
            self.grad += out.grad; o.grad += out.grad
        out._push = push
        return out
    def __mul__(self, o):
        out = Value(self.data * o.data, (self, o))
        def push():
            self.grad += out.grad * o.data; o.grad += out.grad * self.data
        out._push = push
        return out
    def backward(self):
        topo, seen = [], set()
        def go(v):
            if id(v) not in seen:
                seen.add(id(v))
                for c in v._children: go(c)
                topo.append(v)
        go(self)
        self.grad = 1.0
        for v in topo[::-1]:
            if v._push: v._push()
"""

FIRSTASSIGN = """\
class Value:
    def __init__(self, data, prev=()):
        self.data, self.grad, self.prev, self._backward = data, None, prev, lambda: None
    def _acc(self, g):
        if self.grad is None: self.grad = g
        else: self.grad += g
    def __add__(self, o):
        out = Value(self.data + o.data, (self, o))
        def _backward():
            self._acc(out.grad); o._acc(out.grad)
        out._backward = _backward
        return out
    def __mul__(self, o):
        out = Value(self.data * o.data, (self, o))
        def _backward():
            self._acc(o.data * out.grad); o._acc(self.data * out.grad)
        out._backward = _backward
        return out
    def backward(self):
        topo = []
        def build(v):
            if v in topo: return
            for p in v.prev: build(p)
            topo.append(v)
        build(self)
        self._acc(1.0)
        for v in reversed(topo): v._backward()
class Module:
    def zero_grad(self):
        for p in self.parameters(): p.grad = None
    def parameters(self):
        for v in vars(self).values():
            if isinstance(v, Value): yield v
            elif isinstance(v, Module): yield from v.parameters()
            elif isinstance(v, (list, tuple)):
                for e in v: yield from ([e] if isinstance(e, Value) else e.parameters())
class Linear(Module):
    def __init__(self, in_features, out_features, bias=True):
        self.weight = [Value(0.1 * (i + 1)) for i in range(in_features * out_features)]
        if bias: self.bias = [Value(0.0) for _ in range(out_features)]
class Net(Module):
    def __init__(self, sizes):
        self.layers = [Linear(a, b) for a, b in zip(sizes, sizes[1:])]
        self.temperature = Value(1.0)
"""

GEN = """\
import math
class Value:
    def __init__(self, data, _prev=(), _vjp=None):
        self.data, self.grad, self._prev, self._vjp = data, 0.0, _prev, _vjp
    def __add__(self, o):
        def _vjp(g):
            yield self, g
            yield o, g
        return Value(self.data + o.data, (self, o), _vjp)
    def __mul__(self, o):
        def _vjp(g):
            yield self, g * o.data
            yield o, g * self.data
        return Value(self.data * o.data, (self, o), _vjp)
    def __pow__(self, n):
        def _vjp(g): yield self, g * n * self.data ** (n - 1)
        return Value(self.data ** n, (self,), _vjp)
    def softplus(self):
        def _vjp(g): yield self, g / (1 + math.exp(-self.data))
        return Value(math.log1p(math.exp(self.data)), (self,), _vjp)
    def topo(self, seen=None):
        seen = set() if seen is None else seen
        if id(self) in seen: return
        seen.add(id(self))
        for p in self._prev: yield from p.topo(seen)
        yield self
    def backward(self):
        self.grad = 1.0
        for v in [*self.topo()][::-1]:
            if v._vjp:
                for p, g in v._vjp(v.grad): p.grad += g
    def zero_grad(self):
        for v in self.topo(): v.grad = 0.0
"""

EQHASH = """\
from functools import total_ordering
@total_ordering
class Value:
    __slots__ = ('data', 'grad', '_parents', '_backward', '__weakref__')
    def __init__(self, data, parents=(), backward=None):
        self.data, self.grad, self._parents, self._backward = float(data), 0.0, parents, backward
    def __eq__(self, o): return self is o
    def __lt__(self, o): return self.data < o.data
    __hash__ = object.__hash__
    @classmethod
    def of(cls, x): return x if isinstance(x, cls) else cls(x)
    def __add__(self, o, /):
        o = self.of(o)
        z = Value(self.data + o.data, (self, o))
        z._backward = lambda: [setattr(n, "grad", n.grad + z.grad) for n in (self, o)] and None
        return z
    def __mul__(self, o, /):
        o = self.of(o)
        z = Value(self.data * o.data, (self, o))
        def bw():
            for n, m in ((self, o), (o, self)): n.grad += m.data * z.grad
        z._backward = bw
        return z
    __radd__ = lambda self, o: self + o
    __rmul__ = lambda self, o: self * o
    __neg__ = lambda self: self * -1
    __sub__ = lambda self, o: self + -self.of(o)
    __rsub__ = lambda self, o: -self + o
    def relu(self):
        z = Value(self.data * (self.data > 0), (self,))
        def bw(): self.grad += (self.data > 0) * z.grad
        z._backward = bw
        return z
    def backward(self):
        order, stack, seen = [], [self], set()
        while stack:
            v = stack.pop()
            if v in seen: continue
            order.append(v); seen.add(v)
            stack.extend(v._parents)
        # nodes by how far the leaves are
        depth = {}
        def far(v):
            if v not in depth: depth[v] = 1 + max((far(p) for p in v._parents), default=0)
            return depth[v]
        self.grad = 1.0
        for v in sorted(order, key=far, reverse=True):
            if v._backward: v._backward()
"""

UNUSUAL = {
    "pathsum": PATHSUM,
    "pathclosure": PATHCLOSURE,
    "heap": HEAP,
    "refcount": REFCOUNT,
    "lazy": LAZY,
    "registry": REGISTRY,
    "gradlist": GRADLIST,
    "fracs": FRACS,
    "marked": MARKED,
    "firstassign": FIRSTASSIGN,
    "gen": GEN,
    "eqhash": EQHASH,
}

FAULTS: list[tuple[str, tuple[tuple[str, str], ...]]] = [
    ("pathsum", (("self.grad += g", "self.grad = g"),)),
    ("pathsum", (("1 - t * t", "1 - t"),)),
    ("pathsum", (("parent.backward(g * local)", "parent.backward(local)"),)),
    (
        "pathsum",
        (
            ("((self, o.data), (o, self.data))", "((self, o.data), (o, o.data))"),
            ("1 - t * t", "1 + t * t"),
        ),
    ),
    ("pathsum", (("def backward(self, g=1.0)", "def backward(self, g=0.0)"),)),
    (
        "pathclosure",
        (
            ("self.backward(g * o.data)", "self.backward(g * self.data)"),
            ("o.backward(g)", "o.backward(-g)"),
        ),
    ),
    ("pathclosure", (("self.backward(g * o.data)", "self.backward(o.data)"),)),
    ("pathclosure", (("self.grad += g", "self.grad = g"),)),
    (
        "heap",
        (
            (
                "case Op.DIV, (a, b): return 1 / b.x, -a.x / b.x ** 2",
                "case Op.DIV, (a, b): return 1 / b.x, a.x / b.x ** 2",
            ),
        ),
    ),
    (
        "heap",
        (
            ("case Op.LOG, (a,): return (1 / a.x,)", "case Op.LOG, (a,): return (a.x,)"),
            ("p.bar += d * v.bar", "p.bar = d * v.bar"),
        ),
    ),
    ("heap", (("self.bar = 1.0\n", "self.bar = 0.5\n"),)),
    (
        "refcount",
        (
            ("((self, float(o)), (o, float(self)))", "((self, float(self)), (o, float(o)))"),
            ("p.gradient += d * n.gradient", "p.gradient = d * n.gradient"),
        ),
    ),
    ("refcount", (("if not seen[id(p)]: todo.append(p)", "todo.append(p)"),)),
    (
        "lazy",
        (
            ("(math.cos,)", "(math.sin,)"),
            ("(self,), (math.exp,)", "(self,), (math.sin,)"),
        ),
    ),
    ("lazy", (("for n in reversed(order):", "for n in order:"),)),
    (
        "registry",
        (
            ("return (g * out.data * (1 - out.data),)", "return (g * out.data * (1 + out.data),)"),
            ("return g * b.data, g * a.data", "return g * a.data, g * b.data"),
        ),
    ),
    (
        "registry",
        (
            ("return (g if a.data >= 0 else -g,)", "return (g,)"),
            ("for p in self.parameters: p.grad = 0", "for p in self.parameters: p.grad == 0"),
        ),
    ),
    (
        "registry",
        (
            ("a.grad = a.grad + g", "a.grad = g"),
            ("return (-g,)", "return (g,)"),
        ),
    ),
    (
        "registry",
        (
            (
                "def __rsub__(self, other): return lift(other) - self",
                "def __rsub__(self, other): return self - lift(other)",
            ),
        ),
    ),
    (
        "fracs",
        (
            ("((self, Fraction(1)), (o, Fraction(-1)))", "((self, Fraction(1)), (o, Fraction(1)))"),
            ("p.g += d * q.g", "p.g = d * q.g"),
        ),
    ),
    (
        "firstassign",
        (
            ("o._acc(self.data * out.grad)", "o._acc(out.grad)"),
            ("for p in self.parameters(): p.grad = None", "for p in self.parameters(): p.data = None"),
        ),
    ),
    ("firstassign", (("else: self.grad += g", "else: self.grad = g"),)),
    ("firstassign", (("for v in reversed(topo): v._backward()", "for v in topo: v._backward()"),)),
    (
        "gen",
        (
            ("yield self, g / (1 + math.exp(-self.data))", "yield self, g / (1 + math.exp(self.data))"),
            ("yield o, g * self.data", "yield o, g"),
        ),
    ),
    ("gen", (("for v in [*self.topo()][::-1]:", "for v in [*self.topo()]:"),)),
    (
        "gen",
        (
            ("for v in self.topo(): v.grad = 0.0", "for v in self.topo(): v.grad += 0.0"),
            ("yield self, g * n * self.data ** (n - 1)", "yield self, g * n * self.data ** n"),
        ),
    ),
    (
        "eqhash",
        (
            (
                "for n, m in ((self, o), (o, self)): n.grad += m.data * z.grad",
                "for n, m in ((self, o), (o, self)): n.grad += n.data * z.grad",
            ),
        ),
    ),
    (
        "eqhash",
        (
            (
                "for n, m in ((self, o), (o, self)): n.grad += m.data * z.grad",
                "for n, m in ((self, o), (o, self)): n.grad = m.data * z.grad",
            ),
            ("self.grad += (self.data > 0) * z.grad", "self.grad += z.grad"),
        ),
    ),
    ("eqhash", (("sorted(order, key=far, reverse=True)", "sorted(order, key=far)"),)),
    ("eqhash", (("sorted(order, key=far, reverse=True)", "order"),)),
    ("eqhash", (('setattr(n, "grad", n.grad + z.grad)', 'setattr(n, "grad", z.grad)'),)),
    ("marked", (("Value.epoch += 1", "Value.epochs = 1"),)),
    (
        "marked",
        (
            (
                "self.grad += out.grad * o.data; o.grad += out.grad * self.data",
                "self.grad += out.grad * o.data; o.grad += out.grad * o.data",
            ),
        ),
    ),
]
"""An engine, and the lines that are changed in it: a part of each, and what it becomes."""
