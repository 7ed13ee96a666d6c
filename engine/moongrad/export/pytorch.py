"""A run as Python code that reproduces it with PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moongrad.export.description import Dense, Run, describe
from moongrad.export.literal import (
    indent,
    write_call,
    write_labels,
    write_list,
    write_rows,
)
from moongrad.export.script import Section, name_lines, name_model, write_script
from moongrad.train import Trainer

# torch's softplus is linear above a threshold of 20, which shows in the 9th digit.
_MODULES = {
    "relu": "torch.nn.ReLU()",
    "tanh": "torch.nn.Tanh()",
    "sigmoid": "torch.nn.Sigmoid()",
    "leaky_relu": "torch.nn.LeakyReLU(0.01)",
    "softplus": "torch.nn.Softplus(threshold=40)",
    "sine": "Sine()",
}
_SINE = [
    "class Sine(torch.nn.Module):",
    "    def forward(self, x):",
    "        return torch.sin(x)",
]
_LOSSES = {
    "hinge": "torch.relu(1 - labels * scores).mean()",
    "binary_cross_entropy": "-F.logsigmoid(labels * scores).mean()",
    "cross_entropy": "F.cross_entropy(scores, labels)",
    "squared_error": "F.mse_loss(scores, labels)",
}
_SHUFFLE = """
words = [{seed}]
for i in range(1, 624):
    previous = words[-1] ^ (words[-1] >> 30)
    words.append((1812433253 * previous + i) & 0xFFFFFFFF)
twister = random.Random()
twister.setstate((3, (*words, 624), None))


def shuffle_rows():
    rows = list(range({n}))
    for i in range({n} - 1, 0, -1):
        j = i + 1
        while j > i:
            j = twister.getrandbits(32) & ((1 << i.bit_length()) - 1)
        rows[i], rows[j] = rows[j], rows[i]
    return rows
"""
_DRAW_BATCH = {
    "draws": """
def draw_batch():
    return shuffle_rows()[:{size}]
""",
    "epochs": """
epoch = []


def draw_batch():
    if len(epoch) < {size}:  # what is left is not used
        epoch[:] = shuffle_rows()
    batch = epoch[:{size}]
    del epoch[:{size}]
    return batch
""",
}


def to_pytorch(trainer: Trainer) -> str:
    """
    Return a script that reproduces a run with PyTorch and prints losses.

    It computes in float64 and needs torch alone. The data and the parameters at the
    start stand in it as they are; a few lines draw the batches that the trainer drew,
    those of NumPy's `RandomState`. Steps, lines and errors are those of `to_python`.

    >>> from moongrad import MLP
    >>> script = to_pytorch(Trainer(MLP(1, [1]), [[1.0], [2.0]], [-1, 1]))
    >>> "torch.nn.Linear(1, 1)" in script
    True
    """
    run = describe(trainer)
    sections = [
        Section("", "", _write_imports(run)),
        Section(
            "",
            "The rows to train on, and the label of each.",
            _write_data(run, run.points, run.labels),
            has_data=True,
        ),
        *_write_tests(run),
        Section(
            "",
            "The parameters at the start: the weights and the biases of each layer.",
            _write_start(run.start),
            has_data=True,
        ),
        *_write_sine(run),
        Section("", "The model, with these parameters.", _write_model(run)),
        Section("", "The mean loss of the rows, and the penalties.", _write_loss(run)),
        *_write_batches(run),
        Section("", "How it is trained.", _write_optimizer(run)),
        Section("", f"Train, and print {name_lines(run)}.", _write_loop(run)),
        Section("", "The loss over all rows after the last step.", _write_end(run)),
    ]
    intro = f"Train {name_model(run)} with PyTorch, as in a run that was exported."
    return write_script(intro, sections)


def _write_imports(run: Run) -> list[str]:
    lines = [] if run.batch_size is None else ["import random", ""]
    lines.append("import torch")
    if "F." in _LOSSES[run.loss] or _is_one_hot(run):
        lines.append("import torch.nn.functional as F")
    return [*lines, "", "torch.set_default_dtype(torch.float64)"]


# --- the data -------------------------------------------------------------------------


def _write_data(
    run: Run, points: Sequence[Any], labels: Sequence[Any], prefix: str = ""
) -> list[str]:
    dtype = "torch.int64" if run.kind == "class" else "torch.float64"
    lines = [
        *write_list(
            write_rows(points),
            f"{prefix}points = torch.tensor([",
            "], dtype=torch.float64)",
        ),
        *write_list(
            write_labels(labels),
            f"{prefix}labels = torch.tensor([",
            f"], dtype={dtype})",
        ),
    ]
    if _is_one_hot(run):
        name = f"{prefix}labels"
        lines.append(f"{name} = F.one_hot({name}, {run.sizes[-1]}).double()")
    return lines


def _write_tests(run: Run) -> list[Section]:
    if not run.test_points:
        return []
    code = _write_data(run, run.test_points, run.test_labels, "test_")
    text = "Rows that are measured in each step, and not trained on."
    return [Section("", text, code, has_data=True)]


def _is_one_hot(run: Run) -> bool:
    """Whether class numbers become a number for each output."""
    return run.kind == "class" and run.loss == "squared_error"


# --- the model ------------------------------------------------------------------------


def _write_start(layers: Sequence[Dense]) -> list[str]:
    lines = []
    for layer in layers:
        weights = write_list(write_rows(layer.weights, "[]"), "[", "],")
        biases = write_rows([layer.biases], "[]")
        lines += write_list([*weights, *biases], "(", "),")
    return write_list(lines, "start = [")


def _write_sine(run: Run) -> list[Section]:
    if all(layer.activation != "sine" for layer in run.layers):
        return []
    return [Section("", "An activation that PyTorch has no module for.", _SINE)]


def _write_model(run: Run) -> list[str]:
    modules = []
    for layer in run.layers:
        modules.append(f"torch.nn.Linear({layer.n_inputs}, {layer.n_outputs})")
        if layer.activation != "linear":
            modules.append(_MODULES[layer.activation])
    return [
        *write_call("model = torch.nn.Sequential", modules),
        "layers = [part for part in model if isinstance(part, torch.nn.Linear)]",
        "with torch.no_grad():",
        "    for layer, (weights, biases) in zip(layers, start, strict=True):",
        "        layer.weight.copy_(torch.tensor(weights))",
        "        layer.bias.copy_(torch.tensor(biases))",
    ]


# --- the training ---------------------------------------------------------------------


def _write_loss(run: Run) -> list[str]:
    scores = "model(points)[:, 0]" if run.sizes[-1] == 1 else "model(points)"
    lines = [f"scores = {scores}", f"loss = {_LOSSES[run.loss]}"]
    parameters = "for p in model.parameters()"
    if run.l2:
        lines.append(f"loss += {run.l2!r} * sum((p * p).sum() {parameters})")
    if run.l1:
        lines.append(f"loss += {run.l1!r} * sum(p.abs().sum() {parameters})")
    return ["def compute_loss(points, labels):", *indent([*lines, "return loss"])]


def _write_batches(run: Run) -> list[Section]:
    if run.batch_size is None:
        return []
    code = "\n\n\n".join(map(str.strip, (_SHUFFLE, _DRAW_BATCH[run.batch_order])))
    code = code.format(seed=run.batch_seed, n=len(run.points), size=run.batch_size)
    text = "The rows of each batch, those that NumPy's RandomState(seed) would draw."
    return [Section("", text, code.split("\n"))]


def _write_optimizer(run: Run) -> list[str]:
    optimizer = run.optimizer
    schedule = optimizer["learning_rate"]
    lines, rate = [], repr(schedule.get("rate"))
    if schedule["name"] == "LinearDecay":
        start, end, steps = (schedule[field] for field in ("start", "end", "steps"))
        rate = "learning_rate(0)"
        lines = [
            "def learning_rate(step):",
            f"    if step >= {steps!r}:",
            f"        return {end!r}",
            f"    return {start!r} - ({start!r} - {end!r}) * step / {steps!r}",
            "",
            "",
        ]
    arguments = ["model.parameters()", f"lr={rate}"]
    if optimizer["name"] == "Adam":
        arguments.append(f"betas=({optimizer['beta1']!r}, {optimizer['beta2']!r})")
        arguments.append(f"eps={optimizer['epsilon']!r}")
    elif optimizer["momentum"]:
        arguments.append(f"momentum={optimizer['momentum']!r}")
    name = f"optimizer = torch.optim.{optimizer['name']}"
    return [*lines, *write_call(name, arguments)]


def _write_loop(run: Run) -> list[str]:
    lines, loss = [], "compute_loss(points, labels)"
    if run.batch_size is not None:
        lines.append("batch = draw_batch()")
        loss = "compute_loss(points[batch], labels[batch])"
    lines.append(f"loss = {loss}")
    output = ["print(step, loss.item())"]
    if run.test_points:
        output = [
            "with torch.no_grad():",
            "    test_loss = compute_loss(test_points, test_labels)",
            "print(step, loss.item(), test_loss.item())",
        ]
    if run.steps_a_line > 1:
        condition = f"(step + 1) % {run.steps_a_line} == 0"
        if run.steps % run.steps_a_line:
            condition += f" or step == {run.steps - 1}"
        output = [f"if {condition}:", *indent(output)]
    lines += output
    if run.optimizer["learning_rate"]["name"] == "LinearDecay":
        lines.append('optimizer.param_groups[0]["lr"] = learning_rate(step)')
    lines += ["optimizer.zero_grad()", "loss.backward()", "optimizer.step()"]
    return [f"for step in range({run.steps}):", *indent(lines)]


def _write_end(run: Run) -> list[str]:
    losses = ["compute_loss(points, labels).item()"]
    if run.test_points:
        losses.append("compute_loss(test_points, test_labels).item()")
    return ["with torch.no_grad():", *indent(write_call("print", losses))]
