"""A run as Python code that reproduces it with moongrad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from moongrad import __version__
from moongrad.export.description import Run, describe, flatten
from moongrad.export.literal import (
    indent,
    write_call,
    write_labels,
    write_list,
    write_numbers,
    write_rows,
)
from moongrad.train import Trainer


class Section(NamedTuple):
    """A few lines of code, and what they are for."""

    title: str
    text: str
    code: list[str]
    has_data: bool = False  # lines of numbers, which a formatter would make long


def to_python(trainer: Trainer) -> str:
    """
    Return a Python script that reproduces a run with moongrad and prints losses.

    The data and the parameters at the start stand in it as they are. It makes as many
    steps as the run has made, or 100 if it has made none, and prints the loss of each;
    of more than 100 steps it prints about 100 losses. The last line is the loss over
    all rows after the last step. Raises `TypeError` for a trainer that cannot be
    written, `ValueError` for numbers that are not finite.

    >>> from moongrad import MLP
    >>> trainer = Trainer(MLP(1, [1]), [[1.0], [2.0]], [-1, 1])
    >>> print("\\n".join(to_python(trainer).splitlines()[-6:]))
    # Train, and print the loss of each step.
    for record in trainer.run(100):
        print(record.step, record.loss)
    <BLANKLINE>
    # The loss over all rows after the last step.
    print(trainer.measure().loss)
    >>> trainer = Trainer(
    ...     MLP(1, [1]), [[1.0], [2.0]], [-1, 1], batch_size=1, batch_order="epochs"
    ... )
    >>> 'batch_order="epochs"' in to_python(trainer)
    True
    """
    run = describe(trainer)
    intro = f"Train {name_model(run)} with moongrad, as in a run that was exported."
    loop = Section("Training", f"Train, and print {name_lines(run)}.", _write_loop(run))
    return write_script(intro, [*write_sections(run), loop, write_end(run)])


def write_sections(run: Run) -> list[Section]:
    """Return what a script and a notebook have in common: all but the training."""
    return [
        Section("Imports", "", _write_imports(run)),
        Section(
            "The data",
            "The rows to train on, and the label of each.",
            write_data(run.points, run.labels),
            has_data=True,
        ),
        *_write_tests(run),
        Section(
            "The parameters at the start",
            "For each neuron its weights, then its bias.",
            write_list(write_numbers(map(repr, flatten(run.start))), "start = ["),
            has_data=True,
        ),
        Section("The model", "The model, with these parameters.", _write_model(run)),
        Section("The trainer", "How it is trained.", _write_trainer(run)),
    ]


def write_script(intro: str, sections: Sequence[Section]) -> str:
    """Return sections as the text of a script, with comments between them."""
    lines = ['"""', intro, "", f"Written by moongrad {__version__}.", '"""', ""]
    was_definition = False
    for section in sections:
        # PEP 8 wants two blank lines around functions and classes.
        if was_definition or _is_definition(section.code[0]):
            lines.append("")
        was_definition = _is_definition(
            [line for line in section.code if line and line[0] != " "][-1]
        )
        lines += [f"# {section.text}"] if section.text else []
        # A formatter would give each number a line of its own.
        code = section.code
        lines += ["# fmt: off", *code, "# fmt: on"] if section.has_data else code
        lines.append("")
    return "\n".join(lines)


def _is_definition(line: str) -> bool:
    return line.startswith(("class ", "def "))


def write_data(
    points: Sequence[Any], labels: Sequence[Any], prefix: str = ""
) -> list[str]:
    """Return the assignments of points and labels."""
    return [
        *write_list(write_rows(points), f"{prefix}points = ["),
        *write_list(write_labels(labels), f"{prefix}labels = ["),
    ]


def _write_loop(run: Run) -> list[str]:
    if run.steps_a_line == 1:
        return [f"for record in trainer.run({run.steps}):", *indent([write_print(run)])]
    lines = [f"record = {write_advance(run)}", write_print(run)]
    return [f"while trainer.steps_done < {run.steps}:", *indent(lines)]


def write_advance(run: Run) -> str:
    """Return the call that makes the steps of a line, in a loop of all steps."""
    size, steps = run.steps_a_line, run.steps
    if steps % size:
        return f"trainer.advance(min({size}, {steps} - trainer.steps_done))"
    return f"trainer.advance({size})"


def name_lines(run: Run) -> str:
    """Return what a script prints in its loop."""
    size = run.steps_a_line
    return "the loss of each step" if size == 1 else f"the loss every {size} steps"


def write_print(run: Run) -> str:
    """Return the line that prints what a record has measured."""
    test = ", record.test_loss" if run.test_points else ""
    return f"print(record.step, record.loss{test})"


def write_end(run: Run) -> Section:
    """Return what prints the loss over all rows."""
    code = ["print(trainer.measure().loss)"]
    if run.test_points:
        code = ["record = trainer.measure()", "print(record.loss, record.test_loss)"]
    text = "The loss over all rows after the last step."
    return Section("The loss at the end", text, code)


def name_model(run: Run) -> str:
    """Return what the model is called in prose: `MLP(2, [16, 16, 1])`."""
    n_inputs, *sizes = run.sizes
    return f"MLP({n_inputs}, {sizes})" if len(sizes) < 10 else "a deep MLP"


def _write_imports(run: Run) -> list[str]:
    names = ["MLP", "Trainer", run.optimizer["name"]]
    if run.optimizer["learning_rate"]["name"] == "LinearDecay":
        names.append("linear_decay")
    # In ruff's order: constants, classes, functions.
    names.sort(key=lambda name: (not name.isupper(), name.islower(), name))
    return [f"from moongrad import {', '.join(names)}"]


def _write_tests(run: Run) -> list[Section]:
    if not run.test_points:
        return []
    code = write_data(run.test_points, run.test_labels, "test_")
    text = "Rows that are measured in each step, and not trained on."
    return [Section("Test rows", text, code, has_data=True)]


def _write_model(run: Run) -> list[str]:
    n_inputs, *sizes = run.sizes
    *hidden, output = (layer.activation for layer in run.layers)
    arguments = [repr(n_inputs), repr(sizes)]
    if len(set(hidden)) > 1:
        names = ", ".join(f'"{name}"' for name in hidden)
        arguments.append(f"activation=[{names}]")
    elif hidden and hidden[0] != "relu":
        arguments.append(f'activation="{hidden[0]}"')
    if output != "linear":
        arguments.append(f'output="{output}"')
    return [
        *write_call("model = MLP", arguments),
        "for parameter, number in zip(model.parameters(), start, strict=True):",
        "    parameter.data = number",
    ]


def _write_trainer(run: Run) -> list[str]:
    arguments = ["model", "points", "labels", f'loss="{run.loss}"', f"l2={run.l2!r}"]
    if run.l1:
        arguments.append(f"l1={run.l1!r}")
    arguments.append(f"optimizer={_write_optimizer(run.optimizer)}")
    if run.batch_size is not None:
        arguments += [f"batch_size={run.batch_size}", f"batch_seed={run.batch_seed}"]
        if run.batch_order != "draws":
            arguments.append(f'batch_order="{run.batch_order}"')
    if run.test_points:
        arguments += ["test_points=test_points", "test_labels=test_labels"]
    return write_list([f"{a}," for a in arguments], "trainer = Trainer(", ")")


def _write_optimizer(optimizer: dict[str, Any]) -> str:
    """Return the call that makes an optimiser: `SGD(0.1, momentum=0.9)`."""
    numbers = dict(optimizer)
    name, schedule = numbers.pop("name"), numbers.pop("learning_rate")
    if schedule["name"] == "LinearDecay":
        start, end, steps = (schedule[field] for field in ("start", "end", "steps"))
        rate = f"linear_decay({start!r}, {end!r}, {steps!r})"
    else:
        rate = repr(schedule["rate"])
    if name == "SGD" and numbers["momentum"] == 0:
        numbers = {}
    arguments = [rate, *(f"{field}={number!r}" for field, number in numbers.items())]
    return f"{name}({', '.join(arguments)})"
