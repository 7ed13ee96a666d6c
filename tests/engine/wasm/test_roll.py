"""Rolling: what becomes a loop, and that no bit changes."""

from __future__ import annotations

import os
import random

import pytest
from random_graphs import N_INPUTS, RandomFunction
from random_networks import make_trainer, train

from moongrad import MLP, SGD, Trainer, Value, compile, hinge
from moongrad.engine import ADD, MULTIPLY, TANH
from moongrad.wasm import trace
from moongrad.wasm.derivative import differentiate
from moongrad.wasm.program import ADD_TO_GRADIENT, WEIGHTED_SUM
from moongrad.wasm.roll import roll

# `MOONGRAD_NETWORKS=500` tests as many.
N_NETWORKS = int(os.environ.get("MOONGRAD_NETWORKS", "40"))


def rolled(model, n_inputs=2):
    """Return the rolled program of a model's first output."""
    program = trace(lambda *xs: model(xs), model.parameters(), n_inputs)
    return roll(program)


def shapes(program):
    """Return (operation, n, n_terms) of each instruction."""
    return [(i.operation, i.n, i.n_terms) for i in program.instructions]


@pytest.fixture
def unrolled(monkeypatch):
    """Return a function that makes a trainer whose program has no loops."""

    def make(*arguments, **keywords):
        with monkeypatch.context() as patch:
            patch.setattr("moongrad.wasm.wasm_kernel.roll", lambda program: program)
            return make_trainer(*arguments, **keywords)

    return make


# --- what becomes a loop --------------------------------------------------------------


def test_network_is_an_instruction_for_each_layer_and_activation():
    program = rolled(MLP(2, [16, 8, 1], activation="tanh"))
    assert shapes(program) == [
        (WEIGHTED_SUM, 16, 2),
        (TANH, 16, 0),
        (WEIGHTED_SUM, 8, 16),
        (TANH, 8, 0),
        (WEIGHTED_SUM, 1, 8),
    ]


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_network_with_classes_is_rolled(n_classes):
    points = [[0.1 * k, 1.0 - 0.2 * k] for k in range(10)]
    labels = [k % n_classes for k in range(10)]
    model = MLP(2, [16, 16, n_classes], rng=random.Random(1))
    trainer = Trainer(model, points, labels, loss="cross_entropy", backend="wasm")
    loops = [i for i in trainer.kernel._forward_program.instructions if i.is_loop]
    assert len(loops) >= 5


def test_backward_pass_has_loops_over_the_same_weights():
    program = differentiate(rolled(MLP(2, [16, 8, 1])))
    assert (WEIGHTED_SUM, 16, 8) in shapes(program)[program.n_forward :]
    tables = {(i.n, i.n_terms) for i in program.additions}
    assert {(16, 2), (8, 16), (1, 8)} <= tables
    assert {i.operation for i in program.additions} == {ADD_TO_GRADIENT}


def test_listing_shows_loops_and_both_passes():
    text = str(differentiate(rolled(MLP(2, [4, 1]))))
    assert "t[j] = p[2 + 3j] + sum of p[3j + i] * x[i]    for j < 4, i < 2" in text
    assert "  t[4 + j] = ReLU(t[j])    for j < 4" in text
    assert "p[3j + i].grad += x[i] * t" in text
    forward = text.partition("backward")[0]
    assert "grad" not in forward and "return t8" in forward


def hand_written(weights, biases, xs, form):
    """Return a layer as different people write it."""
    neurons = []
    for row, bias in zip(weights, biases, strict=True):
        pairs = list(zip(row, xs, strict=True))
        if form == "x * w":
            total = bias
            for w, x in pairs:
                total = total + x * w
        elif form == "sum, then bias":
            total = sum((w * x for w, x in pairs), Value(0.0)) + bias
        elif form == "product + total":
            total = bias
            for w, x in pairs:
                total = w * x + total
        else:
            total = sum(w * x for w, x in pairs)
            total = total + bias
        neurons.append(total.relu())
    return neurons


@pytest.mark.parametrize(
    "form", ["x * w", "sum, then bias", "product + total", "sum of all"]
)
@pytest.mark.parametrize(
    "order", ["by row", "by column", "biases first", "reversed", "shuffled"]
)
def test_layers_written_by_hand_are_rolled_with_the_same_bits(form, order):
    results = []
    for backend in ("python", "wasm"):
        rng = random.Random(form + order)
        w1 = [[Value(rng.uniform(-1, 1)) for _ in range(3)] for _ in range(6)]
        w2 = [[Value(rng.uniform(-1, 1)) for _ in range(6)] for _ in range(5)]
        b1, b2 = ([Value(rng.uniform(-1, 1)) for _ in range(n)] for n in (6, 5))
        last = [Value(rng.uniform(-1, 1)) for _ in range(5)]
        by_row = [*(w for row in (*w1, *w2) for w in row), *b1, *b2, *last]
        parameters = {
            "by row": by_row,
            "by column": [*(w for c in zip(*w1, strict=True) for w in c), *by_row[18:]],
            "biases first": [*b1, *b2, *by_row[:48], *last],
            "reversed": by_row[::-1],
            "shuffled": random.Random(0).sample(by_row, len(by_row)),
        }[order]

        def fn(*xs, w1=w1, b1=b1, w2=w2, b2=b2, last=last):
            h = hand_written(w1, b1, xs, form)
            h = hand_written(w2, b2, h, form)
            return sum((w * x for w, x in zip(last, h, strict=True)), Value(0.5))

        kernel = compile(fn, parameters, 3, backend=backend)
        rows = [[rng.uniform(-2, 2) for _ in range(3)] for _ in range(7)]
        values, mean = kernel.forward(rows), kernel.backward(rows)
        results.append([*values, mean, *(p.grad for p in parameters)])
        if backend == "wasm" and order not in ("reversed", "shuffled"):
            operations = [i for i in kernel._forward_program.instructions if i.is_loop]
            assert len(operations) >= 4
    assert results[0] == results[1]


KINDS = (
    *("residual", "dense", "shared", "bias twice", "slope", "constants"),
    *("features", "parameters", "gates", "same input", "permuted"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_other_networks_keep_their_bits(kind):
    results = []
    for backend in ("python", "wasm"):
        model = MLP(4, [4, 4, 4, 1], rng=random.Random(7))

        def fn(*xs, model=model):
            first, second, third, last = model.layers
            if kind == "slope":  # of one parameter for all neurons
                slope = first.neurons[0].w[0]
                for layer in (second, third):
                    xs = [a.relu() + slope * a for a in layer(xs)]
                return last([*xs[:3], *first(xs)[1:2]]) + sum(first(xs), Value(0.0))
            if kind == "constants":
                xs = [Value(0.5), xs[0], Value(-1.5), Value(-1.5)]
            if kind == "features":
                xs = [xs[0], xs[0] * xs[1], (xs[1] * xs[2]).relu(), xs[3]]
            if kind == "parameters":
                xs = [w * 2.0 for w in first.neurons[0].w]
            if kind == "same input":
                xs = [xs[0]] * 4
            if kind == "permuted":
                h = second(xs)
                xs = [h[k] * h[j] for k, j in ((0, 2), (1, 0), (2, 3), (3, 1))]
            if kind == "gates":
                pairs = zip(second(xs), third(xs), strict=True)
                h = [a.relu() * b for a, b in pairs]
                return last([a + b for a, b in zip(h, first(h), strict=True)])
            if kind == "shared":
                return last(second(second(first(xs)))) + sum(third(xs), Value(0.0))
            h1 = first(xs)
            if kind == "bias twice":
                h1[0] = h1[0] * first.neurons[1].b
            h2 = second(h1)
            h3 = third([a + b for a, b in zip(h1, h2, strict=True)])
            if kind == "dense":
                h3 = [a + b * c for a, b, c in zip(h1, h2, h3, strict=True)]
            return last(h3)

        kernel = compile(fn, model.parameters(), 4, backend=backend)
        rows = [[0.3 * k - 1, 0.5 - k, 0.1 * k, 1.0] for k in range(6)]
        values, mean = kernel.forward(rows), kernel.backward(rows)
        results.append([*values, mean, *(p.grad for p in model.parameters())])
    assert results[0] == results[1]


def test_loops_of_which_only_a_part_is_read_are_stored():
    results = []
    for backend in ("python", "wasm"):
        model = MLP(2, [8, 1], rng=random.Random(3))
        last = MLP(4, [1], rng=random.Random(4))
        parameters = [*model.parameters(), *last.parameters()]

        def fn(x, y, model=model, last=last):
            totals = [n.b + n.w[0] * x + n.w[1] * y for n in model.layers[0].neurons]
            hidden = [total.relu() for total in totals]
            loss = model.layers[1](hidden).relu() + last(totals[4:])
            return loss, totals[3]

        kernel = compile(fn, parameters, 2, backend=backend)
        rows = [[0.5, 1.0], [-1.0, 2.0], [0.1, 0.2], [2.0, 2.0], [-0.5, 0.3]]
        results.append((kernel.forward(rows), kernel.backward(rows)))
        results[-1] += tuple(p.grad for p in parameters)
    assert results[0] == results[1]


def test_layer_over_inputs_and_features_is_rolled_with_the_same_bits():
    results = []
    for backend in ("python", "wasm"):
        model = MLP(5, [8, 1], rng=random.Random(3))

        def fn(x, y, z, model=model):
            return model([x, x * x, y * y, x * y, z * z])

        kernel = compile(fn, model.parameters(), 3, backend=backend)
        rows = [[0.5, 1.0, 2.0], [-1.0, 2.0, 0.3], [0.1, 0.2, -1.0]] * 3
        results.append((kernel.forward(rows), kernel.backward(rows)))
        results[-1] += tuple(p.grad for p in model.parameters())
        if backend == "wasm":
            loops = [i for i in kernel._forward_program.instructions if i.is_loop]
            assert len(loops) == 4
    assert results[0] == results[1]


@pytest.mark.parametrize("is_bias_first", [True, False])
def test_sum_whose_last_product_is_computed_first_keeps_its_bits(is_bias_first):
    for seed in range(40):
        results = []
        for backend in ("python", "wasm"):
            rng = random.Random(seed)
            p = [Value(rng.uniform(-1, 1)) for _ in range(9)]

            def fn(a, b, c, d, p=p):
                h = p[4] + p[0] * a + p[1] * b + p[2] * c + p[3] * d
                start = p[6] + h if is_bias_first else h + p[6]
                return p[8] * h + (start + p[7] * (p[5] * h))

            kernel = compile(fn, p, 4, backend=backend)
            kernel.backward([[rng.uniform(-1, 1) for _ in range(4)]])
            results.append([w.grad for w in p])
        assert results[0] == results[1], seed


def test_parameters_of_another_output_have_no_gradient():
    results = []
    for backend in ("python", "wasm"):
        model = MLP(3, [4, 4], rng=random.Random(7))
        other = MLP(3, [5, 6, 1], activation="tanh", rng=random.Random(8))
        parameters = [*model.parameters(), *other.parameters()]

        def fn(*xs, model=model, other=other):
            return (*model(xs), other(xs).tanh())

        kernel = compile(fn, parameters, 3, backend=backend)
        kernel.backward([[0.1, 0.2, 0.3], [1.0, -2.0, 0.5], [0.3, 0.1, -1.0]])
        results.append([p.grad for p in parameters])
    assert results[0] == results[1]
    assert not any(results[0][-60:])


def test_what_does_not_repeat_stays_as_it_is():
    w = [Value(float(k)) for k in range(3)]
    program = trace(lambda x: (w[0] * x + w[1]).tanh() * w[2], w, 1)
    assert roll(program) is program


def test_sums_that_start_at_one_result_stay_as_they_are():
    """In a loop, the gradients of their start would be added in another order."""
    w = [Value(0.1 * k) for k in range(10)]

    def fn(x, y):
        start = w[8] + w[9] * x
        sums = [start + w[k] * x + w[k + 1] * y for k in (0, 2, 4, 6)]
        return sums[0] * sums[1] + sums[2] * sums[3]

    program = trace(fn, w, 2)
    assert roll(program) is program


def test_tiny_sums_are_no_loops():
    model = MLP(1, [1, 1])
    assert {i.operation for i in rolled(model, 1).instructions} >= {ADD, MULTIPLY}


# --- the same bits --------------------------------------------------------------------


def test_random_networks_have_the_bits_of_the_engine():
    for seed in range(N_NETWORKS):
        largest = 70 if N_NETWORKS >= 500 else 20
        results = [
            train(make_trainer(seed, backend, is_exact=True, largest=largest))
            for backend in ("python", "wasm")
        ]
        assert results[0] == results[1], seed


def test_random_functions_have_the_bits_of_the_engine():
    n_loops = 0
    for seed in range(3 * N_NETWORKS):
        results = []
        for backend in ("python", "wasm"):
            fn = RandomFunction(seed)
            kernel = compile(fn, fn.parameters, N_INPUTS, backend=backend)
            values, mean = kernel.forward(fn.rows), kernel.backward(fn.rows)
            results.append([values, mean, [p.grad for p in fn.parameters]])
            if backend == "wasm":
                n_loops += any(i.is_loop for i in kernel.program.instructions)
        assert results[0] == results[1], seed
    assert n_loops > N_NETWORKS


def test_random_networks_of_all_kinds_have_the_bits_of_unrolled_code(unrolled):
    for seed in range(N_NETWORKS):
        largest = 40 if N_NETWORKS >= 500 else 12
        ours = train(make_trainer(seed, largest=largest))
        theirs = train(unrolled(seed, largest=largest))
        assert ours == theirs, seed


def test_code_for_browsers_has_the_same_bits(monkeypatch):
    native = train(make_trainer(3, is_exact=True))
    module = make_trainer(3, is_exact=True).kernel.module
    monkeypatch.setattr("moongrad.wasm.lanes.HAS_FAST_SPLAT", True)
    trainer = make_trainer(3, is_exact=True)
    assert trainer.kernel.module != module
    assert train(trainer) == native


# --- size -----------------------------------------------------------------------------


def compile_network(*hidden):
    model = MLP(2, [*hidden, 1], rng=random.Random(1))

    def fn(x, y, label):
        return hinge(model([x, y]), label)

    return compile(fn, model.parameters(), 3, backend="wasm")


def test_module_grows_with_layers_and_not_with_weights():
    rows = [[0.1, 0.2, 1.0]]
    sizes = {}
    for hidden in ((64, 64, 64), (128, 128, 128), (64, 64, 64, 64)):
        kernel = compile_network(*hidden)
        kernel.fit(rows, 1, SGD(0.1))
        sizes[hidden] = len(kernel.module)
    small, wide, deep = sizes.values()
    assert small < 12_000
    assert wide < 1.05 * small
    assert small < deep < 1.5 * small


def test_memory_of_a_large_network_and_many_rows_is_small():
    kernel = compile_network(64, 64, 64)
    rows = [(k / 1e4, 1 - k / 1e4, 1.0 if k % 2 else -1.0) for k in range(10_000)]
    kernel.fit(rows, 1, SGD(0.01))
    assert kernel.memory_size < 64e6
