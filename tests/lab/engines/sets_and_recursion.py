"""An engine unlike the solutions': sets, slots, one rule for all, recursion."""

from math import exp as e_to_the
from math import tanh as hyperbolic_tangent
from random import uniform


class Value:
    __slots__ = ("_backward", "_op", "_prev", "data", "grad", "title")

    def __init__(self, number=0, parents=(), operation="", *, title=None):
        self.data, self.grad, self.title = float(number), 0, title
        self._prev, self._op = set(parents), operation
        self._backward = self._do_nothing

    def _do_nothing(self):
        return self

    def __repr__(self):
        return f"<{self.title or 'value'} {self.data:.4f}>"

    @classmethod
    def _lift(cls, thing):
        return thing if isinstance(thing, cls) else cls(thing)

    @classmethod
    def _result(cls, number, operation, *parts):
        """Each part is an input with its local derivative."""
        fresh = cls(number, {owner for owner, _ in parts}, operation)

        def hand_down():
            for owner, slope in parts:
                owner.grad += slope * fresh.grad

        fresh._backward = hand_down
        return fresh

    def __add__(self, right):
        right = self._lift(right)
        return self._result(self.data + right.data, "plus", (self, 1), (right, 1))

    def __mul__(self, right):
        right = self._lift(right)
        product = self.data * right.data
        return self._result(product, "times", (self, right.data), (right, self.data))

    def __sub__(self, right):
        right = self._lift(right)
        return self._result(self.data - right.data, "minus", (self, 1), (right, -1))

    def __truediv__(self, right):
        right = self._lift(right)
        result = self.data / right.data
        slopes = (self, 1 / right.data), (right, -result / right.data)
        return self._result(result, "over", *slopes)

    def __pow__(self, k):
        return self._result(self.data**k, "power", (self, k * self.data ** (k - 1)))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, left):
        return self._lift(left) - self

    def __rtruediv__(self, left):
        return self._lift(left) / self

    def __neg__(self):
        return 0 - self

    def exp(self):
        grown = e_to_the(self.data)
        return self._result(grown, "e^", (self, grown))

    def tanh(self):
        bent = hyperbolic_tangent(self.data)
        return self._result(bent, "tanh", (self, 1 - bent * bent))

    def relu(self):
        on = self.data > 0
        return self._result(max(0, self.data), "relu", (self, int(on)))

    def _sorted(self, known):
        if self in known:
            return []
        known.add(self)
        return [node for p in self._prev for node in p._sorted(known)] + [self]

    def backward(self):
        self.grad = 1
        for node in self._sorted(set())[::-1]:
            node._backward()


class Neuron:
    def __init__(self, how_many, nonlin=True):
        self.w = tuple(Value(uniform(-1, 1)) for _ in range(how_many))
        self.b = Value()
        self.bends = nonlin

    def __call__(self, row):
        if len(row) != len(self.w):
            raise TypeError(f"expected {len(self.w)} inputs")
        raw = sum(w * x for w, x in zip(self.w, row, strict=True)) + self.b
        return raw.relu() if self.bends else raw

    def parameters(self):
        return list((*self.w, self.b))


class Layer:
    def __init__(self, inputs, outputs, nonlin=True):
        self.cells = []
        while len(self.cells) < outputs:
            self.cells.append(Neuron(inputs, nonlin))

    def __call__(self, row):
        results = tuple(cell(row) for cell in self.cells)
        return results if len(results) > 1 else results[0]

    def parameters(self):
        found = []
        for cell in self.cells:
            found.extend(cell.parameters())
        return found


class MLP:
    def __init__(self, inputs, widths):
        self.stack = []
        for place, width in enumerate(widths, 1):
            self.stack.append(Layer(inputs, width, place < len(widths)))
            inputs = width

    def __call__(self, signal):
        for layer in self.stack:
            signal = layer(signal if isinstance(signal, (list, tuple)) else [signal])
        return signal

    def parameters(self):
        found = []
        for layer in self.stack:
            found.extend(layer.parameters())
        return found

    def zero_grad(self):
        for parameter in self.parameters():
            parameter.grad = 0


# --- what single steps ask for besides ------------------------------------------------


def f(t):
    return t * (3 * t - 4) + 5


def slope(function, at, nudge=1e-3):
    return (function(at + nudge) - function(at - nudge)) / (2 * nudge)


def long_tanh(z):
    up, down = z.exp(), (-z).exp()
    return (up - down) / (up + down)


def squared_loss(net, rows, wishes):
    total = 0
    for row, wish in zip(rows, wishes, strict=True):
        miss = wish - net(row)
        total += miss * miss
    return total


def hinge(points_for, side):
    return (1.0 - points_for * side).relu()


def objective(scores, sides, weights):
    costs = [hinge(score, side) for score, side in zip(scores, sides, strict=True)]
    return sum(costs) / len(costs) + sum(w**2 for w in weights) * 0.0001


def learning_rate(k):
    return 1 - 0.009 * k


def accuracy(scores, sides):
    right = [s.data * side > 0 for s, side in zip(scores, sides, strict=True)]
    return right.count(True) / len(right)


def descend(net, cost, rate):
    cost.backward()
    for weight in net.parameters():
        weight.data += -rate * weight.grad
    net.zero_grad()
