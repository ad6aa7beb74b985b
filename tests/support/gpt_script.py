"""A script of the kind people have as microgpt.py: a small GPT on a scalar Value, in plain Python."""

VALUE = """
class Value:
{slots}
    def __init__(self, data, children=(), local_grads=()):
        self.data = data
        self.grad = 0
        self._children = children
        self.{locals_} = local_grads

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), {of_mul})

    def __pow__(self, n): return Value(self.data**n, (self,), (n * self.data**(n-1),))
    def log(self): return Value(math.log(self.data), (self,), (1/self.data,))
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
        order, seen = [], set()
        def build(v):
            if v not in seen:
                seen.add(v)
                for child in v._children:
                    build(child)
                order.append(v)
        build(self)
        self.grad = 1
        for v in reversed(order):
            for child, local in zip(v._children, v.{locals_}):
                child.grad += local * v.grad
"""

MODEL = """
def matrix(rows, columns): return [[Value(random.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]
width, heads, block, letters = {width}, {heads}, 16, 27
state = {{"wte": matrix(letters, width), "wpe": matrix(block, width), "lm_head": matrix(letters, width)}}
for name in ("wq", "wk", "wv", "wo"):
    state[name] = matrix(width, width)
state["fc1"], state["fc2"] = matrix(4 * width, width), matrix(width, 4 * width)

def linear(x, w):
    return [sum(wi * xi for wi, xi in zip(row, x)) for row in w]

def softmax(logits):
    top = max(val.data for val in logits)
    exps = [(val - top).exp() for val in logits]
    total = sum(exps)
    return [e / total for e in exps]

def rmsnorm(x):
    ms = sum(xi * xi for xi in x) / len(x)
    scale = (ms + 1e-5) ** -0.5
    return [xi * scale for xi in x]

def gpt(token, position, keys, values):
    x = [t + p for t, p in zip(state["wte"][token], state["wpe"][position])]
    x = rmsnorm(x)
    residual = x
    x = rmsnorm(x)
    q = linear(x, state["wq"])
    keys.append(linear(x, state["wk"]))
    values.append(linear(x, state["wv"]))
    attended = []
    size = width // heads
    for head in range(heads):
        at = head * size
        qh = q[at:at + size]
        kh = [k[at:at + size] for k in keys]
        vh = [v[at:at + size] for v in values]
        scores = [sum(qh[j] * kh[t][j] for j in range(size)) / size**0.5 for t in range(len(kh))]
        weights = softmax(scores)
        attended += [sum(weights[t] * vh[t][j] for t in range(len(vh))) for j in range(size)]
    x = linear(attended, state["wo"])
    x = [a + b for a, b in zip(x, residual)]
    residual = x
    x = rmsnorm(x)
    x = linear(x, state["fc1"])
    x = [xi.relu() for xi in x]
    x = linear(x, state["fc2"])
    x = [a + b for a, b in zip(x, residual)]
    return linear(x, state["lm_head"])

parameters = [p for m in state.values() for row in m for p in row]
for step in range({steps}):
    text = {names!r}[step % {count}]
    tokens = [26] + [ord(ch) - 97 for ch in text] + [26]
    n = min(block, len(tokens) - 1)
    keys, values, losses = [], [], []
    for position in range(n):
        logits = gpt(tokens[position], position, keys, values)
        probs = softmax(logits)
        losses.append(-probs[tokens[position + 1]].log())
    loss = (1 / n) * sum(losses)
    loss.backward()
    for p in parameters:
        p.data -= 0.01 * p.grad
        p.grad = 0
"""


def gpt_script(
    slots: bool = True,
    locals_: str = "_local_grads",
    of_mul: str = "(other.data, self.data)",
    width: int = 16,
    heads: int = 4,
    names: tuple[str, ...] = ("karina",),
    steps: int = 1,
) -> str:
    """Return the script; `of_mul` are the local gradients of a product."""
    slot = f'    __slots__ = ("data", "grad", "_children", "{locals_}")' if slots else ""
    value = VALUE.format(slots=slot, locals_=locals_, of_mul=of_mul)
    model = MODEL.format(width=width, heads=heads, names=names, count=len(names), steps=steps)
    return f"import math, random\nrandom.seed(42)\n{value}\n{model}"
