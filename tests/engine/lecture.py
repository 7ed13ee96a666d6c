"""
What notebooks on micrograd do with values, one cell after the other.

`test_lecture.py` runs this file twice, the second time with the import of micrograd in
place of ours, and compares what is printed. So it uses only what both have.
"""

import math
import random

import graphviz
import numpy as np

from moongrad.engine import Value
from moongrad.nn import MLP, Module, Neuron

# --- a small expression, and its gradients by hand ------------------------------------

a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
e = a * b
d = e + c
L = d * f
print("L", L.data, sorted(child.data for child in L._prev), L._op)

L.grad = 1.0
for node in (L, d, e):
    node._backward()
print("by hand", [value.grad for value in (a, b, c, d, e, f)])

h = 0.0001
print("slope", round((((a.data + h) * b.data + c.data) * f.data - L.data) / h, 4))


# --- operations of one's own ----------------------------------------------------------


def tanh(self):
    t = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)
    out = Value(t, (self,), "tanh")

    def _backward():
        self.grad += (1 - t**2) * out.grad

    out._backward = _backward
    return out


def exp(self):
    out = Value(math.exp(self.data), (self,), "exp")

    def _backward():
        self.grad += out.data * out.grad

    out._backward = _backward
    return out


Value.tanh, Value.exp = tanh, exp


def make_neuron():
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    n = x1 * w1 + x2 * w2 + 6.8813735870195432
    return (x1, x2, w1, w2), n


def sort_topologically(root):
    order, visited = [], set()

    def visit(value):
        if value not in visited:
            visited.add(value)
            for child in value._prev:
                visit(child)
            order.append(value)

    visit(root)
    return order


leaves, n = make_neuron()
o = n.tanh()
o.grad = 1.0
for node in reversed(sort_topologically(o)):
    node._backward()
print("neuron", f"{o.data:.6f}", [f"{leaf.grad:.6f}" for leaf in leaves])

leaves, n = make_neuron()
z = (2 * n).exp()
o = (z - 1) / (z + 1)
o.backward()
print("parts", f"{o.data:.6f}", [f"{leaf.grad:.6f}" for leaf in leaves])
print("operations", sorted({node._op for node in sort_topologically(L)}))

x = Value(3.0)
(x + x).backward()
print("used twice", float(x.grad))


# --- the drawing ----------------------------------------------------------------------


def trace(root):
    nodes, edges = set(), set()

    def build(value):
        if value not in nodes:
            nodes.add(value)
            for child in value._prev:
                edges.add((child, value))
                build(child)

    build(root)
    return nodes, edges


def draw_dot(root):
    dot = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    nodes, edges = trace(root)
    for node in nodes:
        name = str(id(node))
        label = f"{{ data {node.data:.4f} | grad {node.grad:.4f} }}"
        dot.node(name=name, label=label, shape="record")
        if node._op:
            dot.node(name=name + node._op, label=node._op)
            dot.edge(name + node._op, name)
    for child, parent in edges:
        dot.edge(str(id(child)), str(id(parent)) + parent._op)
    return dot


leaves, n = make_neuron()
o = n.tanh()
o.backward()
drawing = draw_dot(o)
for line in sorted(line.partition("[")[2] for line in drawing.body):
    print("dot", line.strip())

# --- four examples --------------------------------------------------------------------

random.seed(42)
model = MLP(3, [4, 4, 1])
rows = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
wanted = [1.0, -1.0, -1.0, 1.0]
for k in range(20):
    outputs = [model(row) for row in rows]
    loss = sum((out - y) ** 2 for y, out in zip(wanted, outputs, strict=True))
    for p in model.parameters():
        p.grad = 0.0
    loss.backward()
    for p in model.parameters():
        p.data += -0.01 * p.grad
    print("step", k, f"{loss.data:.6f}")
print([f"{model(row).data:.4f}" for row in rows], len(model.parameters()))

# --- the moons, as arrays of NumPy ----------------------------------------------------

np.random.seed(1337)
random.seed(1337)
angles = np.linspace(0, np.pi, 10)
upper = np.stack([np.cos(angles), np.sin(angles)], axis=1)
X = np.concatenate([upper, [1.0, 0.5] - upper]) + np.random.normal(0, 0.1, (20, 2))
y = np.array([-1] * 10 + [1] * 10)
model = MLP(2, [8, 1])


def measure(batch_size=None):
    if batch_size is None:
        Xb, yb = X, y
    else:
        chosen = np.random.permutation(X.shape[0])[:batch_size]
        Xb, yb = X[chosen], y[chosen]
    inputs = [list(map(Value, row)) for row in Xb]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * s).relu() for yi, s in zip(yb, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    total = data_loss + 1e-4 * sum(p * p for p in model.parameters())
    right = [(yi > 0) == (s.data > 0) for yi, s in zip(yb, scores, strict=True)]
    return total, sum(right) / len(right)


for k in range(10):
    total, accuracy = measure(12 if k % 2 else None)
    model.zero_grad()
    total.backward()
    for p in model.parameters():
        p.data -= (1.0 - 0.9 * k / 100) * p.grad
    print("moons", k, f"{total.data:.6f}", accuracy)

scale = np.float64(2.5) * Value(2.0) + np.int64(3)
print("scalars", scale.data, (Value(2.0) * np.float64(2.5)).data)

# --- a subclass, and a module of one's own --------------------------------------------


class Named(Value):
    def __init__(self, data, name):
        super().__init__(data)
        self.name = name

    def squared(self):
        return self * self


class Line(Module):
    def __init__(self):
        self.slope, self.shift = Named(2.0, "slope"), Named(1.0, "shift")

    def __call__(self, x):
        return self.slope * x + self.shift

    def parameters(self):
        return [self.slope, self.shift]


line = Line()
total = sum((line(x) - 3 * x) ** 2 for x in (1.0, 2.0, 3.0)) + line.slope.squared()
total.backward()
print("line", total.data, [(p.name, p.grad) for p in line.parameters()])
line.zero_grad()
print("zero", [float(p.grad) for p in line.parameters()])
neuron = Neuron(2, nonlin=False)
print("linear", len(neuron.parameters()), isinstance(neuron([1.0, 2.0]), Value))
