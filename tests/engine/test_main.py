"""The command line: python -m moongrad."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from moongrad.__main__ import DATA, _build_parser, main

LINE = re.compile(r"step (\d+) loss (\S+) accuracy (\d+\.\d)%")


def run(*arguments, **keywords):
    return subprocess.run(
        [sys.executable, "-m", "moongrad", *arguments],
        capture_output=True,
        text=True,
        **keywords,
    )


def test_standard_moons_end_at_100_percent_with_a_loss_near_0_011():
    result = run("--steps", "100", "--seed", "1337")
    assert result.returncode == 0, result.stderr
    rows = [LINE.fullmatch(line).groups() for line in result.stdout.splitlines()]
    assert [int(step) for step, _, _ in rows] == list(range(100))
    assert float(rows[0][1]) == pytest.approx(0.8958441028683222, rel=1e-12)
    assert float(rows[-1][1]) == pytest.approx(0.011, abs=0.0005)
    assert rows[-1][2] == "100.0"


def test_json_prints_one_record_per_line():
    result = run("--steps", "3", "--json", "--points", "20", "--hidden", "4")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["step"] for record in records] == [0, 1, 2]
    assert set(records[0]) == {"step", "loss", "accuracy", "learning_rate"}


def test_json_and_text_agree():
    options = ("--steps", "2", "--points", "20", "--hidden", "4", "--batch-size", "7")
    text = [LINE.fullmatch(line) for line in run(*options).stdout.splitlines()]
    records = [json.loads(line) for line in run(*options, "--json").stdout.splitlines()]
    assert [float(m[2]) for m in text] == [record["loss"] for record in records]


def test_plot_is_saved(tmp_path):
    path = tmp_path / "moons.png"
    result = run("--steps", "2", "--points", "10", "--hidden", "3", "--plot", str(path))
    assert result.returncode == 0, result.stderr
    assert path.read_bytes().startswith(b"\x89PNG")


def test_unknown_format_of_plot_is_named_in_the_error(tmp_path):
    path = tmp_path / "moons.docx"
    result = run("--steps", "1", "--points", "10", "--hidden", "3", "--plot", str(path))
    assert result.returncode == 1
    assert f"could not save {path}" in result.stderr


def test_backends_print_the_same():
    options = ("--steps", "4", "--points", "21", "--hidden", "5,3")
    outputs = {run(*options, "--backend", b).stdout for b in ("auto", "wasm", "python")}
    (output,) = outputs
    assert len(output.splitlines()) == 4


def test_pipe_closed_by_the_reader_is_no_error():
    command = f"{sys.executable} -m moongrad --steps 2000 --points 10 | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.stdout.startswith("step 0 loss")
    assert done.stderr == ""


def test_help_explains_every_option():
    for action in _build_parser()._actions:
        assert action.help, action.option_strings
    text = run("--help").stdout
    for option in ("--steps", "--seed", "--plot", "--json", "--hidden", "--rate"):
        assert option in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--points", "1"], "make_moons needs n_samples >= 2, got n_samples=1"),
        (["--noise", "-1"], "finite noise >= 0"),
        (["--hidden", "16,x"], "needs whole numbers with commas between"),
        (["--hidden", "0"], "whole number nout >= 1"),
        (["--loss", "huber"], "invalid choice: 'huber'"),
        (["--steps", "-1"], "needs a whole number >= 0, got '-1'"),
        (["--batch-size", "101"], "batch_size from 1 to the number of points, 100"),
        (["--rate", "0"], "a learning rate must be a finite number above 0"),
        (["--seed", "-5"], "a seed must be a whole number"),
    ],
)
def test_bad_argument_is_named_in_the_error(arguments, message):
    result = run(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_divergence_ends_with_an_error_and_advice():
    result = run("--points", "10", "--hidden", "8,8", "--rate", "100000")
    assert result.returncode == 1
    assert "The network diverged" in result.stderr
    assert "Lower the learning rate" in result.stderr
    assert LINE.match(result.stdout)


@pytest.mark.parametrize("data", DATA)
def test_every_data_set_can_be_learned_and_tested(data, capsys):
    arguments = ["--data", data, "--test", "9", "--steps", "2", "--points", "20"]
    assert main([*arguments, "--rate", "0.01"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert re.search(r"accuracy \d+\.\d% test loss \S+ accuracy \d+\.\d%$", lines[-1])


def test_options_choose_activation_optimizer_and_classes(capsys):
    arguments = "--data blobs --classes 3 --activation sine --optimizer momentum"
    assert main([*arguments.split(), "--steps", "1", "--rate", "0.01", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {
        *("step", "loss", "accuracy", "learning_rate"),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "blobs", "--classes", "1"], "--classes must be at least 2, got 1"),
        (["--data", "blobs", "--plot", "x.png"], "--plot draws data of two classes"),
        (["--data", "blobs", "--loss", "hinge"], "Use cross_entropy"),
        (["--loss", "cross_entropy"], "Use binary_cross_entropy"),
    ],
)
def test_options_that_do_not_go_together_are_named(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert message in capsys.readouterr().err


def test_without_wasmtime_it_says_that_it_trains_in_python(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    assert main(["--steps", "1", "--points", "10", "--hidden", "2"]) == 0
    assert "this trains in Python" in capsys.readouterr().err


def test_without_matplotlib_the_plot_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "moongrad.plot", None)
    arguments = ["--steps", "1", "--points", "10", "--hidden", "2", "--plot", "x.png"]
    assert main(arguments) == 1
    assert "pip install moongrad[plot]" in capsys.readouterr().err
