"""Random functions of vectors, unlike usual networks, which have to keep their bits."""

from __future__ import annotations

import random

from moongrad import Value
from moongrad.engine import Operation, topological_order

N_INPUTS = 4
BENT = Operation(
    "bent", lambda a: (0.5 + 0.25 * (a > 0)) * a, lambda y, a: (0.5 + 0.25 * (a > 0),)
)


class RandomFunction:
    """
    A function of `N_INPUTS` values, always the same one for a seed.

    `parameters` are those that it uses; `rows` are numbers to call it with.
    """

    def __init__(self, seed):
        self._rng = rng = random.Random(seed)
        self.parameters = []
        sizes = [N_INPUTS]
        self._steps = []
        for k in range(rng.randint(1, 5)):
            source = rng.randint(0, k) if rng.random() < 0.3 else k
            kind = rng.choice(("layer",) * 3 + ("elements", "pairs", "slice", "mixed"))
            step, size = getattr(self, f"_draw_{kind}")(sizes, source)
            self._steps.append((source, step))
            sizes.append(size)
        self._last = self._draw_layer(sizes, len(sizes) - 1)[0]
        self._second_output = rng.choice((None, None, rng.randint(0, len(sizes) - 1)))
        self.rows = [
            [rng.uniform(-2, 2) for _ in range(N_INPUTS)]
            for _ in range(rng.randint(1, 9))
        ]
        outputs = self(*[Value(0.5) for _ in range(N_INPUTS)])
        used = {value for output in outputs for value in topological_order(output)}
        self.parameters = [p for p in self.parameters if p in used]
        if rng.random() < 0.2:
            rng.shuffle(self.parameters)

    def __call__(self, *xs):
        signals = [list(xs)]
        for source, step in self._steps:
            signals.append(step(signals[source], signals))
        total = Value(0.0)
        for value in self._last(signals[-1], signals):
            total = total + value
        if self._second_output is None:
            return (total,)
        return (total, *signals[self._second_output][:3])

    def _new(self, n):
        values = [Value(self._rng.uniform(-1, 1)) for _ in range(n)]
        self.parameters += values
        return values

    def _draw_layer(self, sizes, source):
        rng, n, m = self._rng, sizes[source], self._rng.randint(1, 9)
        if rng.random() < 0.3:  # stored by column
            columns = [self._new(m) for _ in range(n)]
            weights, biases = list(zip(*columns, strict=True)), self._new(m)
        else:
            rows = [self._new(n + 1) for _ in range(m)]
            weights, biases = [row[:-1] for row in rows], [row[-1] for row in rows]
        form, bend = rng.randint(0, 2), rng.choice((None, Value.relu, BENT))

        def step(x, signals):
            outputs = []
            for row, bias in zip(weights, biases, strict=True):
                total = bias if form == 0 else Value(0.0)
                for w, a in zip(row, x, strict=True):
                    total = total + a * w if form == 2 else total + w * a
                total = total if form == 0 else total + bias
                outputs.append(bend(total) if bend else total)
            return outputs

        return step, m

    def _draw_elements(self, sizes, source):
        n = sizes[source]
        ws, form = self._new(n), self._rng.randint(0, 3)

        def step(x, signals):
            pairs = zip(x, ws, strict=True)
            return [(a * w, a - w, w - a, a + w)[form] for a, w in pairs]

        return step, n

    def _draw_pairs(self, sizes, source):
        other = self._rng.randint(0, len(sizes) - 1)
        form = self._rng.randint(0, 2)

        def step(x, signals):
            pairs = zip(x, signals[other], strict=False)
            return [(a + b, a * b, a - b)[form] for a, b in pairs]

        return step, min(sizes[source], sizes[other])

    def _draw_slice(self, sizes, source):
        n = sizes[source]
        start, direction = self._rng.randint(0, n - 1), self._rng.choice((1, -1))
        return (lambda x, signals: x[start:][::direction]), n - start

    def _draw_mixed(self, sizes, source):
        n, shared = sizes[source], self._new(1)[0]
        constant = Value(self._rng.uniform(-1, 1))

        def step(x, signals):
            kinds = (lambda a: a * a, lambda a: a * shared, lambda a: constant)
            return [kinds[k % 3](a) if k % 4 else a for k, a in enumerate(x)]

        return step, n
