"""Neurons, layers and networks made of the thirty-line `Value`: just the idea."""

import random
from itertools import pairwise

from pages.value import Value


class Neuron:
    def __init__(self, n_inputs):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, inputs):
        n = self.b
        for w, x in zip(self.w, inputs, strict=True):
            n = n + w * x
        return n.tanh()

    def parameters(self):
        return [*self.w, self.b]


class Layer:
    def __init__(self, n_inputs, n_neurons):
        self.neurons = [Neuron(n_inputs) for _ in range(n_neurons)]

    def __call__(self, inputs):
        return [neuron(inputs) for neuron in self.neurons]

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    def __init__(self, n_inputs, sizes):
        self.layers = [Layer(a, b) for a, b in pairwise([n_inputs, *sizes])]

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
