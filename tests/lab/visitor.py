"""What a visitor may have written."""

from __future__ import annotations

ENGINE = """
import math

class Value:
    def __init__(self, data, _children=(), _op=''):
        self.data = data
        self.grad = 0.0
        self._prev = set(_children)
        self._op = _op
        self._backward = lambda: None

    def _make(self, data, op, *pairs):
        out = Value(data, [value for value, _ in pairs], op)
        def _backward():
            for value, slope in pairs:
                value.grad += slope * out.grad
        out._backward = _backward
        return out

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self._make(self.data + other.data, '+', (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self._make(
            self.data * other.data, '*', (self, other.data), (other, self.data)
        )

    def __pow__(self, k):
        return self._make(
            self.data**k, f'**{k}', (self, k * self.data ** (k - 1))
        )

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self): return self * -1
    def __sub__(self, other): return self + (-other)
    def __rsub__(self, other): return -self + other
    def __truediv__(self, other):
        return self * (other ** -1 if isinstance(other, Value) else 1 / other)

    def relu(self):
        return self._make(max(0.0, self.data), 'ReLU', (self, float(self.data > 0)))
    def exp(self):
        return self._make(math.exp(self.data), 'exp', (self, math.exp(self.data)))
    def log(self):
        return self._make(math.log(self.data), 'log', (self, 1 / self.data))
    def tanh(self):
        t = math.tanh(self.data)
        return self._make(t, 'tanh', (self, 1 - t * t))

    def backward(self):
        order, seen = [], set()
        def build(v):
            if v not in seen:
                seen.add(v)
                for child in v._prev:
                    build(child)
                order.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(order):
            v._backward()
"""

NETWORK = """
import random

class Neuron:
    def __init__(self, nin, bent):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.bent = bent
    def __call__(self, x):
        total = self.b
        for w, x in zip(self.w, x):
            total = total + w * x
        return total.relu() if self.bent else total
    def parameters(self):
        return [*self.w, self.b]

class Layer:
    def __init__(self, nin, nout, bent):
        self.neurons = [Neuron(nin, bent) for _ in range(nout)]
    def __call__(self, x):
        return [neuron(x) for neuron in self.neurons]
    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]

class MLP:
    def __init__(self, nin, nouts):
        sizes = [nin, *nouts]
        self.layers = [
            Layer(a, b, k < len(nouts)) for k, (a, b) in
            enumerate(zip(sizes, nouts), start=1)
        ]
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x
    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
"""

TRAINING = """
from lab import moons

random.seed(1337)
model = MLP(2, [16, 16, 1])
points, labels = moons.load()
losses = []

def train(n):
    for step in range(len(losses), len(losses) + n):
        scores = [model(point) for point in points]
        total = sum((1 - y * score).relu() for score, y in zip(scores, labels))
        loss = total * (1 / 100) + 1e-4 * sum(p * p for p in model.parameters())
        for p in model.parameters():
            p.grad = 0.0
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * step / 100) * p.grad
        losses.append(loss.data)
        right = sum((s.data > 0) == (y > 0) for s, y in zip(scores, labels))
        moons.show(step, loss.data, right / 100, model)
"""
