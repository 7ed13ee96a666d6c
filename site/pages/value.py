"""A `Value` in thirty lines: the idea of the engine, and nothing else."""

import math


class Value:
    def __init__(self, data, inputs=(), slopes=()):
        self.data = data
        self.grad = 0.0
        self.inputs = inputs  # what it was computed from
        self.slopes = slopes  # how much it changes per unit of each of them

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t**2,))

    def backward(self):
        order, seen = [], set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for source in value.inputs:
                    visit(source)
                order.append(value)  # after everything it was computed from

        visit(self)
        self.grad = 1.0
        for value in reversed(order):  # so its own gradient is complete by now
            for source, slope in zip(value.inputs, value.slopes, strict=True):
                source.grad += slope * value.grad
