"""Whole networks: PyTorch's losses and gradients, and goals that training reaches."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from moongrad import MLP, SGD, Trainer, compile
from moongrad.engine import Value
from moongrad.loss import LOSSES
from moongrad.nn import ACTIVATIONS
from moongrad.target import read_targets

N_NETWORKS = 200
LOSS_NAMES = ("binary_cross_entropy", "cross_entropy", "squared_error", "hinge")


def draw_network(seed):
    """Return a random model, rows, labels and the name of a loss."""
    rng = random.Random(seed)
    loss = LOSS_NAMES[seed % len(LOSS_NAMES)]
    n_outputs = {"cross_entropy": rng.randint(2, 5), "squared_error": rng.randint(1, 3)}
    n_inputs, depth = rng.randint(1, 4), rng.randint(1, 3)
    sizes = [rng.randint(1, 6) for _ in range(depth)] + [n_outputs.get(loss, 1)]
    model = MLP(
        n_inputs,
        sizes,
        activation=[rng.choice(list(ACTIVATIONS)) for _ in range(depth)],
        output=rng.choice(list(ACTIVATIONS)),
        bias="uniform",
        rng=rng,
    )
    points = [[rng.uniform(-2, 2) for _ in range(n_inputs)] for _ in range(5)]
    if loss == "cross_entropy":
        labels = [k % sizes[-1] for k in range(5)]
    elif loss == "squared_error" and sizes[-1] > 1:
        labels = [[rng.uniform(-2, 2) for _ in range(sizes[-1])] for _ in range(5)]
    else:
        labels = [rng.choice([-1, 1]) for _ in range(5)]
    return model, points, labels, loss


def ask_pytorch(torch, model, points, labels, loss):
    """Return PyTorch's mean loss and its gradients, in the order of our parameters."""
    functional = torch.nn.functional
    apply = {
        "relu": torch.relu,
        "leaky_relu": functional.leaky_relu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "softplus": functional.softplus,
        "sine": torch.sin,
        "linear": lambda x: x,
    }
    names = {operation: name for name, operation in ACTIVATIONS.items()}

    def tensor(numbers):
        return torch.tensor(numbers, dtype=torch.float64)

    x, parameters = tensor(points), []
    for layer in model.layers:
        w = tensor([[v.data for v in n.w] for n in layer.neurons]).requires_grad_()
        b = tensor([n.b.data for n in layer.neurons]).requires_grad_()
        x = apply[names[layer.neurons[0].activation]](x @ w.T + b)
        parameters.append((w, b))
    if loss == "cross_entropy":
        mean = functional.cross_entropy(x, torch.tensor(labels))
    elif loss == "squared_error":
        mean = functional.mse_loss(x, tensor(labels).reshape(x.shape))
    elif loss == "hinge":
        mean = torch.relu(1 - tensor(labels) * x[:, 0]).mean()
    else:
        classes = (tensor(labels) + 1) / 2
        mean = functional.binary_cross_entropy_with_logits(x[:, 0], classes)
    mean.backward()
    gradients = []
    for w, b in parameters:
        for row, bias in zip(w.grad.tolist(), b.grad.tolist(), strict=True):
            gradients += [*row, bias]
    return mean.item(), gradients


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_200_random_networks_agree_with_pytorch(backend):
    torch = pytest.importorskip("torch", reason="pip install moongrad[oracle]")
    for seed in range(N_NETWORKS):
        model, points, labels, loss = draw_network(seed)
        n, n_outputs = len(points[0]), len(model.layers[-1].neurons)
        targets = read_targets(labels, n_outputs, "test").rows
        rows = [(*p, *t) for p, t in zip(points, targets, strict=True)]

        def row_loss(*numbers, model=model, n=n, loss=LOSSES[loss]):
            scores, target = model(numbers[:n]), numbers[n:]
            single = isinstance(scores, Value)
            return loss(scores, target[0] if single else target)

        parameters = model.parameters()
        kernel = compile(row_loss, parameters, len(rows[0]), backend=backend)
        mean = kernel.backward(rows)
        expected, gradients = ask_pytorch(torch, model, points, labels, loss)
        assert mean == pytest.approx(expected, rel=1e-9, abs=1e-9), seed
        found = [p.grad for p in parameters]
        assert found == pytest.approx(gradients, rel=1e-9, abs=1e-9), seed


@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_compiled_training_agrees_with_python(loss):
    records, parameters = [], []
    for backend in ("python", "wasm"):
        model, points, labels, _ = draw_network(LOSS_NAMES.index(loss))
        trainer = Trainer(
            model,
            points,
            labels,
            loss=loss,
            l1=1e-3,
            optimizer=SGD(0.01, momentum=0.5),
            test_points=points[1:4],
            test_labels=labels[1:4],
            backend=backend,
        )
        records.append([number for record in trainer.fit(20) for number in record])
        parameters.append([p.data for p in model.parameters()])
    assert records[1] == pytest.approx(records[0], rel=1e-11, nan_ok=True)
    assert parameters[1] == pytest.approx(parameters[0], rel=1e-9)


SPIRALS = (
    "--data spirals --points 200 --noise 0.02 --hidden 16,16,16 --activation tanh "
    "--optimizer adam --rate 0.01 --steps 2000"
)
BLOBS = "--data blobs --seed 1 --noise 1 --optimizer adam --rate 0.02 --steps 200"


@pytest.mark.parametrize(("options", "goal"), [(SPIRALS, 99.0), (BLOBS, 100.0)])
def test_command_line_learns_two_spirals_and_four_blobs(options, goal):
    done = subprocess.run(
        [sys.executable, "-m", "moongrad", *options.split()],
        capture_output=True,
        text=True,
        check=True,
    )
    last = done.stdout.splitlines()[-1]
    assert float(last.rpartition(" ")[2].rstrip("%")) >= goal
