"""What is exported: it is executed, and reproduces the run."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import random
import re
import subprocess
import sys

import numpy as np
import pytest

from builder.paths import ROOT
from moongrad import (
    MLP,
    SGD,
    Adam,
    DivergenceError,
    Neuron,
    Record,
    Trainer,
    linear_decay,
    make_blobs,
    make_moons,
)
from moongrad.export import (
    from_json,
    layer_graph,
    model_file,
    notebook,
    protobuf,
    to_json,
    to_notebook,
    to_onnx,
    to_python,
    to_pytorch,
)
from moongrad.export.description import describe, describe_model
from moongrad.nn import ACTIVATIONS

MOONS = make_moons(20, noise=0.1, seed=7)
BLOBS = make_blobs(21, centers=[(0, 0), (2, 0), (0, 2)], spread=0.5, seed=3)
WAVE = [(k / 10,) for k in range(-10, 10)]

# What is trained, on what, and with which arguments of Trainer.
RUNS = {
    "hinge": (
        lambda rng: MLP(2, [5, 4, 1], rng=rng),
        *MOONS,
        {"optimizer": SGD(linear_decay(0.5, 0.05, 8)), "l1": 1e-3},
    ),
    "hinge in batches": (
        lambda rng: MLP(2, [4, 4, 1], activation=["tanh", "sine"], rng=rng),
        *MOONS,
        {"optimizer": SGD(0.1, momentum=0.9), "batch_size": 6, "batch_seed": 2**32 - 1},
    ),
    "binary cross-entropy": (
        lambda rng: MLP(2, [4, 3, 1], activation="sigmoid", bias="uniform", rng=rng),
        *MOONS,
        {
            "loss": "binary_cross_entropy",
            "optimizer": Adam(0.05, beta1=0.8, beta2=0.99, epsilon=1e-6),
            "batch_size": 7,
            "batch_seed": 5,
            "l2": 0,
        },
    ),
    "cross-entropy of classes": (
        lambda rng: MLP(2, [4, 3], activation="leaky_relu", rng=rng),
        *BLOBS,
        {
            "loss": "cross_entropy",
            "optimizer": SGD(np.float64(0.2), momentum=0.5),
            "l1": 1e-3,
            "test_points": BLOBS[0][:5],
            "test_labels": np.array(BLOBS[1][:5]),
        },
    ),
    "cross-entropy of probabilities": (
        lambda rng: MLP(2, [3, 2], activation="sigmoid", rng=rng),
        MOONS[0],
        [(0.75, 0.25) if label > 0 else (0.0, 1.0) for label in MOONS[1]],
        {"loss": "cross_entropy", "optimizer": Adam(linear_decay(0.1, 0.01, 4))},
    ),
    "one number": (
        lambda rng: MLP(1, [5, 1], activation="softplus", rng=rng),
        WAVE,
        [x * x for (x,) in WAVE],
        {"loss": "squared_error", "optimizer": SGD(0.05), "batch_size": 20},
    ),
    "two numbers": (
        lambda rng: MLP(1, [5, 2], activation="sine", rng=rng),
        WAVE,
        [(x, x * x) for (x,) in WAVE],
        {
            "loss": "squared_error",
            "test_points": WAVE[:2],
            "test_labels": [(0.5, 1), (0, 1)],
        },
    ),
    "squared error of classes": (
        lambda rng: MLP(2, [3], output="tanh", rng=rng),
        *BLOBS,
        {"loss": "squared_error", "test_points": [(1, 2)], "test_labels": [2]},
    ),
    "epochs": (
        lambda rng: MLP(2, [4, 2, 1], activation="tanh", rng=rng),
        *MOONS,
        {
            "optimizer": SGD(0.1),
            "batch_size": 6,  # two of 20 rows are left over
            "batch_seed": 3,
            "batch_order": "epochs",
            "test_points": MOONS[0][:4],
            "test_labels": MOONS[1][:4],
        },
    ),
    "wide rows": (
        lambda rng: MLP(12, [1], rng=rng),
        [[rng_.random() for _ in range(12)] for rng_ in map(random.Random, range(4))],
        [1, -1, 1, -1],
        {},
    ),
}
N_STEPS = 10


def make(name, **changes):
    """Return a trainer that has not begun."""
    model, points, labels, arguments = RUNS[name]
    arguments = {**arguments, **changes}
    return Trainer(model(random.Random(42)), points, labels, **arguments)


def train(name, **changes):
    """Return a trainer that has trained, and the records of its steps."""
    trainer = make(name, **changes)
    return trainer, trainer.fit(N_STEPS)


every_run = pytest.mark.parametrize("name", RUNS)
long_runs = pytest.mark.parametrize(
    ("name", "n_steps"),
    [("epochs", 300), ("epochs", 101), ("hinge in batches", 250), ("hinge", 200)],
)


def read_lines(text):
    """Return what a script has printed: steps, losses and perhaps test losses."""
    return [list(map(float, line.split())) for line in text.splitlines()]


def measures(records):
    return [
        [r.step, r.loss, *([] if r.test_loss is None else [r.test_loss])]
        for r in records
    ]


def lines_of(trainer, records):
    """Return what a script has to print: the records, and what is measured after."""
    end = trainer.measure()
    losses = [end.loss, *([] if end.test_loss is None else [end.test_loss])]
    return [*measures(records), losses]


def train_long(name, n_steps):
    """Return a trainer, and the records of those steps that a script prints."""
    trainer = make(name)
    records = trainer.fit(n_steps)
    size = -(-n_steps // 100)
    return trainer, [*records[size - 1 : n_steps - 1 : size], records[-1]]


def execute(script):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(script, "<script>", "exec"), {"__name__": "__main__"})
    return read_lines(output.getvalue())


def execute_file(path, script):
    """Return what a script prints that runs by itself."""
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return read_lines(done.stdout)


def approx(rows, tolerance):
    return [pytest.approx(row, rel=tolerance, abs=tolerance) for row in rows]


# --- Python ---------------------------------------------------------------------------


@every_run
def test_python_script_reproduces_the_run(name):
    trainer, records = train(name)
    assert execute(to_python(trainer)) == approx(lines_of(trainer, records), 1e-9)


@long_runs
def test_python_script_of_a_long_run_prints_about_100_lines(name, n_steps):
    trainer, records = train_long(name, n_steps)
    lines = execute(to_python(trainer))
    assert lines == approx(lines_of(trainer, records), 1e-9)
    assert 50 <= len(lines) - 1 <= 100


def test_python_script_runs_by_itself(tmp_path):
    trainer, records = train("binary cross-entropy")
    lines = execute_file(tmp_path / "run.py", to_python(trainer))
    assert lines == approx(lines_of(trainer, records), 1e-9)


def test_script_of_a_run_that_has_not_begun_makes_100_steps():
    trainer = make("wide rows")
    lines = execute(to_python(trainer))
    assert lines == approx(lines_of(trainer, trainer.fit(100)), 1e-9)


def test_scripts_are_as_ruff_wants_them(tmp_path):
    trainers = [*map(make, RUNS), train_long("epochs", 300)[0]]
    trainers.append(train_long("hinge", 101)[0])
    for k, trainer in enumerate(trainers):
        (tmp_path / f"python_{k}.py").write_text(to_python(trainer))
        (tmp_path / f"pytorch_{k}.py").write_text(to_pytorch(trainer))
        (tmp_path / f"notebook_{k}.ipynb").write_text(to_notebook(trainer))
    config = ["--config", ROOT / "pyproject.toml"]
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        files = [] if command[0] == "check" else ["--exclude", "*.ipynb"]
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *files, *config, tmp_path],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_deep_model_stands_in_lines_of_88_columns():
    model = MLP(1, [1] * 30, activation=list(itertools.islice(cycle_activations(), 29)))
    script = to_python(Trainer(model, [[1.0], [2.0]], [-1, 1]))
    assert "\nTrain a deep MLP with moongrad" in script
    assert "model = MLP(\n    1,\n" in script


def cycle_activations():
    return itertools.cycle(ACTIVATIONS)


# --- PyTorch --------------------------------------------------------------------------


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch", reason="PyTorch (extra oracle) is missing")
    yield torch
    torch.set_default_dtype(torch.float32)


@every_run
def test_pytorch_script_reproduces_the_run(name, torch):
    trainer, records = train(name)
    assert execute(to_pytorch(trainer)) == approx(lines_of(trainer, records), 1e-6)


@long_runs
def test_pytorch_script_of_a_long_run_prints_the_same_lines(name, n_steps, torch):
    trainer, records = train_long(name, n_steps)
    assert execute(to_pytorch(trainer)) == approx(lines_of(trainer, records), 1e-6)


@every_run
def test_pytorch_script_needs_torch_alone(name):
    script = to_pytorch(make(name))
    imports = re.findall(r"^ *(?:import|from) +([\w.]+)", script, re.MULTILINE)
    assert set(imports) <= {"random", "torch", "torch.nn.functional"}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_pytorch_computes_every_activation(activation, torch):
    model = MLP(2, [3, 1], activation=activation, rng=random.Random(3))
    trainer = Trainer(model, [(30.0, 50.0), (-40.0, 30.0), (0.1, 0.2)], [1, -1, 1])
    records = trainer.fit(2)
    assert execute(to_pytorch(trainer)) == approx(lines_of(trainer, records), 1e-9)


# --- notebook -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "n_steps"), [("cross-entropy of classes", N_STEPS), ("epochs", 230)]
)
def test_notebook_reproduces_the_run_and_draws_its_loss(name, n_steps):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    trainer, records = train_long(name, n_steps)
    document = nbformat.reads(to_notebook(trainer), as_version=4)
    nbclient.NotebookClient(document, timeout=None).execute()
    outputs = [
        output
        for cell in document.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    printed = "".join(o.text for o in outputs if o.output_type == "stream")
    assert read_lines(printed) == approx(lines_of(trainer, records), 1e-9)
    assert "image/png" in outputs[-1].data


@every_run
def test_notebook_is_the_same_with_and_without_the_library(name):
    pytest.importorskip("nbformat")
    cells = notebook.write_cells(describe(make(name)))
    by_library = json.loads(notebook.write_with_library(cells))
    by_itself = json.loads(notebook.write_json(cells))
    assert by_library.keys() == by_itself.keys()
    for field in by_library:
        assert by_library[field] == by_itself[field], field


def test_notebook_explains_its_code():
    cells = notebook.write_cells(describe(make("hinge")))
    assert cells[0].kind == "markdown" and "pip install" in cells[0].source
    assert sum(cell.kind == "markdown" for cell in cells) >= 6


def test_libraries_are_not_needed(monkeypatch):
    trainer = make("hinge")
    written = to_notebook(trainer), to_onnx(trainer.model)
    monkeypatch.setitem(sys.modules, "nbformat", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert (to_notebook(trainer), to_onnx(trainer.model)) == written


# --- ONNX -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run_onnx():
    onnxruntime = pytest.importorskip("onnxruntime")

    def run(data, points):
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        return session.run(["scores"], {"points": np.array(points, dtype=float)})[0]

    return run


@every_run
def test_onnx_file_computes_the_models_scores(name, run_onnx):
    trainer, _ = train(name)
    expected = [trainer.model.predict(point) for point in trainer.points]
    scores = run_onnx(to_onnx(trainer.model), trainer.points)
    assert scores.tolist() == approx(expected, 1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("write", ["write_bytes", "write_with_library"])
def test_onnx_computes_every_activation_in_double_precision(
    activation, write, run_onnx
):
    model = MLP(2, [3, 2], activation=activation, output=activation)
    points = [(800.0, -900.0), (-800.0, 50.0), (0.1, -0.2), (0.0, 0.0)]
    graph = layer_graph.build_graph(describe_model(model))
    scores = run_onnx(getattr(model_file, write)(graph), points)
    assert scores.dtype == np.float64
    expected = [model.predict(point) for point in points]
    assert scores.tolist() == approx(expected, 1e-11)


@every_run
def test_onnx_file_is_the_same_with_and_without_the_library(name):
    onnx = pytest.importorskip("onnx")
    graph = layer_graph.build_graph(describe_model(make(name).model))
    by_library = onnx.load_from_string(model_file.write_with_library(graph))
    by_itself = onnx.load_from_string(model_file.write_bytes(graph))
    onnx.checker.check_model(by_itself, full_check=True)
    assert read_message(by_itself) == read_message(by_library)
    assert by_itself == by_library


def read_message(message):
    """Return a protobuf message as dicts and lists of its fields that are set."""
    if not hasattr(message, "ListFields"):
        return message
    return {
        field.name: [read_message(item) for item in content]
        if not isinstance(content, str | bytes) and hasattr(content, "__iter__")
        else read_message(content)
        for field, content in message.ListFields()
    }


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (150, b"\x96\x01")],
)
def test_varints_are_those_of_the_specification(number, expected):
    assert protobuf.varint(number) == expected


def test_negative_varint_is_refused():
    with pytest.raises(ValueError, match="varint needs a number >= 0, got -1"):
        protobuf.varint(-1)


# --- JSON: in again -------------------------------------------------------------------


def bits(records):
    """Return records with numbers as text, for NaN is not equal to itself."""
    return [[x if x is None else float(x).hex() for x in record] for record in records]


@every_run
@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_json_comes_in_again_with_the_same_bits_and_goes_on(name, backend):
    trainer, records = train(name, backend=backend)
    text = to_json(trainer, records)
    again, same = from_json(text, backend=backend)
    assert bits(same) == bits(records)
    assert to_json(again, same) == text
    assert bits(again.fit(N_STEPS)) == bits(trainer.fit(N_STEPS))
    assert to_json(again) == to_json(trainer)
    again.restart()
    assert bits(again.fit(N_STEPS)) == bits(records)


@pytest.mark.parametrize("backend", ["python", "wasm"])
def test_five_steps_json_and_five_steps_are_ten(backend):
    whole, records = train("binary cross-entropy", backend=backend)
    part = make("binary cross-entropy", backend=backend)
    first = part.fit(5)
    again, _ = from_json(to_json(part, first), backend=backend)
    assert first + again.fit(5) == records
    assert to_json(again) == to_json(whole)


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4])
def test_run_inside_an_epoch_comes_in_again(n_steps):
    """An epoch has three steps."""
    trainer = make("epochs")
    records = trainer.fit(n_steps)
    again, _ = from_json(to_json(trainer))
    assert again.batch_order == "epochs"
    assert records + again.fit(6) == make("epochs").fit(n_steps + 6)


def test_document_from_before_there_were_epochs_comes_in():
    trainer, _ = train("hinge in batches")
    document = json.loads(to_json(trainer))
    del document["batch_order"]
    again, _ = from_json(json.dumps(document))
    assert to_json(again) == to_json(trainer)


def test_run_that_has_not_begun_comes_in_again():
    again, records = from_json(to_json(make("hinge")))
    assert records == [] and again.steps_done == 0
    assert again.fit(3) == make("hinge").fit(3)


def test_divergence_after_json_restores_the_step_before():
    trainer = make("hinge", optimizer=SGD(1e4, momentum=0.9))
    trainer.fit(1)
    again, _ = from_json(to_json(trainer))
    for each in (trainer, again):
        with pytest.raises(DivergenceError):
            each.fit(9)
    assert to_json(again) == to_json(trainer)


def test_numbers_may_be_those_of_numpy():
    points, labels = map(np.array, MOONS)
    trainer = Trainer(
        MLP(2, [3, 1]),
        points.astype(np.float32),
        labels,
        optimizer=Adam(np.float32(0.01)),
        l2=np.float32(0.001),
        batch_size=np.int64(5),
        batch_seed=np.int64(3),
    )
    records = trainer.fit(4)
    again, same = from_json(to_json(trainer, records))
    assert bits(same) == bits(records)
    assert bits(again.fit(3)) == bits(trainer.fit(3))
    assert "np." not in to_python(trainer) + to_pytorch(trainer)


def test_measures_that_json_lacks_are_kept():
    record = Record(0, 1.0, float("nan"), 0.1, float("inf"), float("-inf"))
    text = to_json(make("hinge"), [record])
    json.loads(text, parse_constant=pytest.fail)
    assert bits(from_json(text)[1]) == bits([record])


def test_reading_json_leaves_the_module_random_alone():
    text = to_json(make("hinge"))
    random.seed(1)
    expected = random.random()
    random.seed(1)
    from_json(text)
    assert random.random() == expected


# --- JSON: refused --------------------------------------------------------------------


@pytest.fixture(scope="module")
def document():
    trainer, records = train(
        "binary cross-entropy", test_points=[(1.0, 2.0)], test_labels=[1]
    )
    return to_json(trainer, records)


MISSING = object()
HUGE = 10**400


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("format", "onnx", "needs 'moongrad run' at format, got 'onnx'"),
        ("version", 2, "needs 1 at version, got 2"),
        ("version", True, "needs 1 at version, got True"),
        ("version", MISSING, "needs 1 at version, got None"),
        ("loss", MISSING, "needs the field 'loss'$"),
        ("colour", "red", "knows no field 'colour'$"),
        ("sizes", [2], r"at least two sizes at sizes, got \[2\]"),
        ("sizes.1", 0, r"whole number >= 1 at sizes\[1\], got 0"),
        ("sizes.1", True, r"whole number >= 1 at sizes\[1\], got True"),
        ("sizes.1", 10**12, r"needs 1000000000000 items at layers\[0\].weights, got 4"),
        ("activations", ["relu"], "needs 3 items at activations, got 1"),
        (
            "activations.0",
            "cosine",
            r"one of relu.* at activations\[0\], got 'c",
        ),
        (
            "activations.0",
            ["relu"],
            r"one of relu.* at activations\[0\], got \[",
        ),
        ("layers", {}, "needs a list at layers, got {}"),
        ("layers.1", [], r"an object at layers\[1\], got \[\]"),
        ("layers.1.biases", MISSING, r"the field 'biases' at layers\[1\]"),
        ("layers.1.name", "b", r"no field 'name' at layers\[1\]"),
        ("layers.1.biases", [1.0], r"3 items at layers\[1\].biases, got 1"),
        ("layers.1.weights.2", [1.0], r"4 items at layers\[1\].weights\[2\], got 1"),
        (
            "layers.1.weights.2.0",
            float("nan"),
            r"finite .*layers\[1\].weights\[2\]\[0\]",
        ),
        (
            "layers.1.weights.2.0",
            float("inf"),
            r"finite .*layers\[1\].weights\[2\]\[0\]",
        ),
        (
            "layers.1.weights.2.0",
            HUGE,
            r"layers\[1\].weights\[2\]\[0\], got 10+",
        ),
        ("layers.1.weights.2.0", "0.5", r"layers\[1\].weights\[2\]\[0\], got '0.5'"),
        ("layers.1.weights.2.0", False, r"layers\[1\].weights\[2\]\[0\], got False"),
        ("start.0.weights", [], r"4 items at start\[0\].weights, got 0"),
        ("points", [], r"at least one row at points, got \[\]"),
        ("points.3", [1.0], r"2 items at points\[3\], got 1"),
        ("points.3.1", None, r"a finite number at points\[3\]\[1\], got None"),
        ("labels", [1], "20 items at labels, got 1"),
        ("labels.2", "moon", r"a finite number at labels\[2\], got 'moon'"),
        ("labels.2", [1, 1], r"1 items at labels\[2\], got 2"),
        ("labels.2", 0, "can't make the trainer: .* labels -1 and .1"),
        ("test_labels", [], "1 items at test_labels, got 0"),
        ("test_points.0", [1], r"2 items at test_points\[0\], got 1"),
        ("loss", "l2", "one of hinge, .* at loss, got 'l2'"),
        (
            "loss",
            "cross_entropy",
            "can't make the trainer: .* an output for each",
        ),
        ("l2", -1, "a number >= 0 at l2, got -1"),
        ("l1", "0", "a finite number at l1, got '0'"),
        ("optimizer", None, "an object at optimizer, got None"),
        ("optimizer.name", "Lion", "one of SGD, Adam at optimizer.name, got 'Lion'"),
        ("optimizer.name", MISSING, "one of SGD, Adam at optimizer.name, got None"),
        ("optimizer.name", "SGD", "needs the field 'momentum' at optimizer"),
        ("optimizer.beta1", 1.5, "can't use optimizer: beta1 must be from 0"),
        ("optimizer.beta1", None, "a finite number at optimizer.beta1"),
        ("optimizer.learning_rate", 0.1, "an object at optimizer.learning_rate"),
        (
            "optimizer.learning_rate.rate",
            0,
            "can't use optimizer.learning_rate: a",
        ),
        ("batch_size", 21, "whole number from 1 to 20 at batch_size, got 21"),
        ("batch_size", 2.0, "whole number from 1 to 20 at batch_size, got 2.0"),
        ("batch_size", None, "null, as batch_size is null, at progress.random"),
        ("batch_order", "rows", "one of draws, epochs at batch_order, got 'rows'"),
        ("batch_order", None, "one of draws, epochs at batch_order, got None"),
        ("batch_seed", -1, "from 0 to 4294967295 at batch_seed, got -1"),
        ("progress.steps_done", 1.5, "a whole number >= 0 at progress.steps_done"),
        ("progress.loss_limit", -1, "a number >= 0 at progress.loss_limit"),
        ("progress.state", None, "an object at progress.state"),
        ("progress.state.s", [], "31 items at progress.state.s, got 0"),
        ("progress.previous_state.u", [], "no field 'u' at progress.previous_state"),
        (
            "progress.previous_parameters",
            None,
            "a list at progress.previous",
        ),
        ("progress.random", None, "a list at progress.random, got None"),
        ("progress.random.0", 2**32, r"4294967295 at progress.random\[0\]"),
        ("progress.random.624", 625, r"from 0 to 624 at progress.random\[624\]"),
        ("records", None, "a list at records"),
        ("records.1.step", -1, r"a whole number >= 0 at records\[1\].step"),
        ("records.1.loss", None, r"a finite number at records\[1\].loss"),
        ("records.1.loss", "zero", r"one of nan, inf, -inf at records\[1\].loss"),
        ("records.1.loss", MISSING, r"the field 'loss' at records\[1\]"),
        ("records.1.test_loss", [], r"a finite number at records\[1\].test_loss"),
    ],
)
def test_json_that_is_wrong_somewhere_is_refused(document, path, content, message):
    document = json.loads(document)
    *parents, last = [int(k) if k.isdecimal() else k for k in path.split(".")]
    place = document
    for key in parents:
        place = place[key]
    if content is MISSING:
        del place[last]
    else:
        place[last] = content
    with pytest.raises(ValueError, match=f"^from_json .*{message}"):
        from_json(json.dumps(document))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "needs JSON, got text with Expecting value"),
        ("{", "needs JSON, got text with Expecting property name"),
        ("[" * 100_000, "needs JSON, got text with maximum recursion"),
        ("[1]", r"needs an object, got \[1\]"),
        (json.dumps("x" * 99), r"needs an object, got 'x{59}\.\.\.$"),
    ],
)
def test_text_that_is_no_document_is_refused(text, message):
    with pytest.raises(ValueError, match=f"^from_json {message}"):
        from_json(text)


def test_what_is_no_text_is_refused():
    with pytest.raises(TypeError, match="from_json needs a str, got bytes"):
        from_json(b"{}")


# --- what cannot be written -----------------------------------------------------------

WRITERS = [to_json, to_python, to_pytorch, to_notebook]


class Own(MLP):
    """It may compute anything."""


class OwnSGD(SGD):
    """Likewise."""


def own_loss(score, label):
    return (score - label) ** 2


def own_schedule(step):
    return 0.1 / (step + 1)


def mix_activations():
    model = MLP(2, [3, 1])
    model.layers[0].neurons[1].activation = ACTIVATIONS["tanh"]
    return model


def add_activation():
    model = MLP(2, [3, 1])
    own = model.layers[1].neurons[0]
    own.activation = lambda x: x.exp()
    own.activation.forward = abs
    return model


def tie_weights():
    model = MLP(2, [3, 1])
    model.layers[0].neurons[0].w = model.layers[0].neurons[1].w
    return model


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        (Neuron(2), {}, "an MLP as model, got Neuron"),
        (Own(2, [1]), {}, "an MLP as model, got Own"),
        (mix_activations(), {}, r"one of the activations .* in layers\[0\]"),
        (add_activation(), {}, r"one of the activations .* in layers\[1\]"),
        (tie_weights(), {}, "neurons share no parameters"),
        (MLP(2, [1]), {"loss": own_loss}, "one of the losses .*, got own_loss"),
        (MLP(2, [1]), {"optimizer": OwnSGD(1)}, "SGD or Adam as optimizer, got OwnSGD"),
        (
            MLP(2, [1]),
            {"optimizer": SGD(own_schedule)},
            r"a number or linear_decay\(...\) as learning rate, got own_schedule",
        ),
    ],
)
def test_what_cannot_be_written_is_refused(write, model, arguments, message):
    trainer = Trainer(model, *MOONS, backend="python", **arguments)
    with pytest.raises(TypeError, match=f"^export needs .*{message}"):
        write(trainer)


@pytest.mark.parametrize("write", WRITERS)
def test_something_else_than_a_trainer_is_refused(write):
    with pytest.raises(TypeError, match="export needs a Trainer, got MLP"):
        write(MLP(2, [1]))


def test_onnx_of_something_else_than_an_mlp_is_refused():
    with pytest.raises(TypeError, match="export needs an MLP as model, got Neuron"):
        to_onnx(Neuron(2))


def test_records_of_another_kind_are_refused():
    with pytest.raises(TypeError, match=r"Records as records, got \(0, 1.0\)"):
        to_json(make("hinge"), [(0, 1.0)])


def test_model_that_has_grown_since_is_refused():
    trainer = make("hinge")
    trainer.model.layers = MLP(2, [9, 1]).layers
    with pytest.raises(ValueError, match="with 44 parameters, got one with 37"):
        to_json(trainer)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(number):
    message = f"export needs finite numbers, got {number} at "
    model = MLP(2, [3, 1])
    trainer = Trainer(model, [[1.0, 0.5], [2.0, 3.0]], [-1, 1])
    trainer.points[0][1] = number
    with pytest.raises(ValueError, match=rf"{message}points\[0\]\[1\]"):
        to_json(trainer)
    model.layers[0].neurons[2].w[1].data = number
    with pytest.raises(ValueError, match=rf"{message}layers\[0\].weights\[2\]\[1\]"):
        to_onnx(model)
    model = MLP(2, [3, 1])
    model.layers[1].neurons[0].b.data = number
    with pytest.raises(ValueError, match=rf"{message}layers\[1\].biases\[0\]"):
        to_onnx(model)


# --- what it costs --------------------------------------------------------------------


def load(statement):
    """Return the modules that a statement loads in a fresh Python."""
    code = f"""
import sys
before = set(sys.modules)
{statement}
print(*set(sys.modules) - before)
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_moongrad_starts_without_it():
    loaded = load("import moongrad")
    assert "moongrad.train" in loaded
    assert not {"json", "onnx", "nbformat", "moongrad.export"} & loaded


def test_it_loads_no_library_before_it_writes():
    loaded = load("import moongrad.export")
    assert "moongrad.export.notebook" in loaded
    assert not {"onnx", "nbformat", "numpy"} & loaded
