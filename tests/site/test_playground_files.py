"""What goes out of the playground, and comes in again."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import urlencode
from xml.etree import ElementTree

import numpy as np
import pytest
from demo import open_ready, press, read_output, settle, wait_for_output, wait_for_state
from PIL import Image

from bench import (
    QUICK,
    choose,
    count_points,
    label_of,
    open_csv,
    read_query,
    read_text,
    train_to,
    value_of,
)
from moongrad import export
from pages.playground_views import FIGURES

RUN = QUICK + "&optimizer=momentum&penalty=l2&features=x,y,x**2&hidden=5,3"


def save(page, selector):
    """Return the name and the content of what a button saves."""
    with page.expect_download() as download:
        page.click(selector)
    path = download.value.path()
    return download.value.suggested_filename, path.read_bytes()


@pytest.fixture(scope="module")
def run(share_page):
    """
    A run whose rate was changed on the way, and all that the page hands out of it.

    * `files`: by the name of the button. `formula`, `loss`, `test_loss`: as the page
      shows them.
    """
    page = share_page(RUN)
    train_to(page, 150)
    choose(page, "rate", 0.05)
    train_to(page, 280)
    files = {
        name: save(page, f"button[data-artifact={name}]")
        for name in ("json", "python", "pytorch", "notebook", "onnx", "csv")
    }
    trainer, _ = export.from_json(json.dumps(json.loads(files["json"][1])["run"]))
    return SimpleNamespace(
        page=page,
        files={name: content for name, (_, content) in files.items()},
        names={name: file for name, (file, _) in files.items()},
        formula=read_text(page, "formula"),
        texts={name: read_text(page, name) for name in ("python", "pytorch")},
        outputs={
            name: read_output(page, name) for name in ("step", "loss", "test_loss")
        },
        trainer=trainer,
    )


# --- code and models -----------------------------------------------------------------


def check_losses(run, printed, tolerance):
    """The last line of what a script prints has the losses of the page."""
    loss, test_loss = map(float, printed.splitlines()[-1].split())
    end = run.trainer.measure()
    assert f"{loss:.4f}" == run.outputs["loss"]
    assert f"{test_loss:.4f}" == run.outputs["test_loss"]
    assert loss == pytest.approx(end.loss, rel=tolerance, abs=tolerance)
    assert test_loss == pytest.approx(end.test_loss, rel=tolerance, abs=tolerance)


def execute(path, script):
    path.write_bytes(script)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python_script_reproduces_the_loss(run, tmp_path):
    check_losses(run, execute(tmp_path / "run.py", run.files["python"]), 1e-9)
    assert run.texts["python"] == run.files["python"].decode()


def test_pytorch_script_reproduces_the_loss(run, tmp_path):
    pytest.importorskip("torch", reason="PyTorch (extra oracle) is missing")
    check_losses(run, execute(tmp_path / "run.py", run.files["pytorch"]), 1e-6)
    assert run.texts["pytorch"] == run.files["pytorch"].decode()


def test_notebook_reproduces_the_loss(run):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    document = nbformat.reads(run.files["notebook"].decode(), as_version=4)
    nbclient.NotebookClient(document, timeout=None).execute()
    printed = "".join(
        output.text
        for cell in document.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    )
    check_losses(run, printed, 1e-9)


def test_onnx_model_predicts_as_the_page(run):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(
        run.files["onnx"], providers=["CPUExecutionProvider"]
    )
    points = [*run.trainer.points, *run.trainer.test_points]
    scores = session.run(["scores"], {"points": np.array(points, dtype=float)})[0]
    expected = [run.trainer.model.predict(point) for point in points]
    assert np.ravel(scores) == pytest.approx(np.ravel(expected), rel=1e-6, abs=1e-6)


def test_points_are_saved_as_csv_and_opened_again(run):
    rows = list(csv.DictReader(io.StringIO(run.files["csv"].decode())))
    assert len(rows) == 100
    assert {row["label"] for row in rows} == {"upper moon", "lower moon"}
    assert all(abs(float(row["x"])) < 4 for row in rows)


def test_files_have_the_endings_of_their_kinds(run):
    endings = {name: file.rsplit(".", 1)[1] for name, file in run.names.items()}
    assert endings == {
        "json": "json",
        "python": "py",
        "pytorch": "py",
        "notebook": "ipynb",
        "onnx": "onnx",
        "csv": "csv",
    }


# --- JSON in again -------------------------------------------------------------------


def open_json(page, content, name="run.json"):
    file = {"name": name, "mimeType": "application/json", "buffer": content}
    page.set_input_files("input[data-run]", file)


def test_saved_run_comes_in_again_with_the_same_bits(run, share_page):
    page = share_page(QUICK)
    open_json(page, run.files["json"])
    wait_for_output(page, "step", "280")
    settle(page)
    assert value_of(page, "hidden") == "5,3"
    assert value_of(page, "rate") == "0.05"
    assert value_of(page, "features") == "x,y,x**2"
    assert read_text(page, "formula") == run.formula
    for name, text in run.outputs.items():
        assert read_output(page, name) == text
    _, again = save(page, "button[data-artifact=json]")
    before, after = (json.loads(text)["run"] for text in (run.files["json"], again))
    assert after == before
    train_to(page, 300)
    assert read_output(page, "step") == "300"


def test_other_files_are_refused_and_the_run_stays(share_page):
    page = share_page(QUICK)
    train_to(page, 20)
    formula = read_text(page, "formula")
    for content, sentence in (
        (b"no json", "isn’t JSON"),
        (b"[1, 2]", "isn’t a run of the playground"),
        (b"\x89PNG\r\n\x00\xff", "isn’t JSON"),
        (b'{"format": "other"}', "isn’t a run of the playground"),
        (b'{"format": "moongrad playground", "version": 9}', "has version 9"),
        (b'{"format": "moongrad playground", "version": 1}', "is incomplete"),
    ):
        open_json(page, content)
        page.locator(".messages [role=alert]", has_text=sentence).wait_for()
        assert read_output(page, "step") == "20"
        assert read_text(page, "formula") == formula


# --- pictures ------------------------------------------------------------------------


@pytest.mark.parametrize("figure", [name for name in FIGURES if name != "kept"])
def test_figure_is_saved_as_png_and_svg(run, figure):
    run.page.select_option("[data-picture]", figure)
    name, content = save(run.page, "[data-picture-as=png]")
    assert name == f"moongrad-{figure}.png"
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.size) == ("PNG", (1440, 1152))
    assert np.asarray(image.convert("L")).std() > 5
    name, content = save(run.page, "[data-picture-as=svg]")
    assert name == f"moongrad-{figure}.svg"
    root = ElementTree.fromstring(content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox")
    assert len(root.findall(".//{http://www.w3.org/2000/svg}path")) > 5


# --- texts ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["formula", "python", "pytorch"])
def test_text_of_the_run_is_copied(share_page, name):
    page = share_page(QUICK)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = read_text(page, name)
    assert len(text) > 100
    button = page.locator(f"details[data-artifact={name}] button[data-copy]")
    button.click()
    button.filter(has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == text


def test_open_text_follows_the_run(share_page):
    page = share_page(QUICK)
    texts = {read_text(page, "formula")}
    train_to(page, 20)
    texts.add(read_text(page, "formula"))
    choose(page, "data", "xor")
    train_to(page, 20)
    texts.add(read_text(page, "formula"))
    assert len(texts) == 3


# --- addresses -----------------------------------------------------------------------

OPTIONS = {
    "points": "90",
    "noise": "0.2",
    "data_seed": "5",
    "test_share": "0.4",
    "features": "x,y,sin(3*x)",
    "hidden": "3,2",
    "activation": "relu,sine",
    "loss": "hinge",
    "optimizer": "adam",
    "rate": "0.02",
    "schedule": "linear",
    "batch": "7",
    "penalty": "l1",
    "strength": "0.002",
    "weight_seed": "9",
    "output": "hard",
    "stop_steps": "60",
}
TABLE = "".join(f"{k % 9},{k % 4},{'cat' if k % 9 > 4 else 'dog'}\n" for k in range(70))


def test_address_opens_the_same_with_points_and_weights(open_page):
    query = urlencode(OPTIONS | {"rate": 1, "hidden": "2"})
    page = open_ready(open_page, f"playground.html?{query}", reduced_motion="reduce")
    for name in ("rate", "hidden"):
        choose(page, name, OPTIONS[name])
    open_csv(page, TABLE)
    press(page, "play")
    wait_for_state(page, "done")
    settle(page)
    page.wait_for_url("**stop_steps=60**")
    query = read_query(page)
    assert page.evaluate("location.hash").startswith("#own=a")
    assert query.pop("v") == "1"
    assert query == OPTIONS | {"data": "own"}
    press(page, "share")
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("with the current weights").check()
    dialog.get_by_text("Link", exact=True).click()
    link = dialog.locator("code").inner_text()
    page.keyboard.press("Escape")
    assert "weights=" in link.partition("#")[2]

    again = open_ready(open_page, link.rsplit("/", 1)[1], reduced_motion="reduce")
    settle(again)
    assert "has the weights from the link" in again.inner_text(".notices")
    for name in (*OPTIONS, "data", "own"):
        assert value_of(again, name) == value_of(page, name)
    assert count_points(again) == 70
    assert label_of(again, "boundary") == label_of(page, "boundary")
    assert read_output(again, "test_accuracy") == read_output(page, "test_accuracy")


def test_what_is_wrong_in_an_address_is_said(open_page):
    wrong = "v=7&points=7&rate=fast&data=planets&features=log(x)#own=aeNpjYkxkTGJ"
    page = open_page(f"playground.html?{wrong}", reduced_motion="reduce")
    wait_for_state(page, "ready")
    notices = page.inner_text(".notices")
    for sentence in (
        "Points needs a whole number from 10 to 5000",
        "Data needs one of",
        "This link is of version “7”",
        "log(x) isn’t finite at",
        "These points are cut off",
    ):
        assert sentence in notices
    press(page, "step")
    wait_for_state(page, "paused")


def test_thousands_of_points_are_in_the_address_and_long_links_are_said(open_page):
    page = open_ready(open_page, QUICK, reduced_motion="reduce")
    draw = random.Random(1).random  # what repeats itself would make a short link
    rows = "".join(f"{6 * draw()},{6 * draw()},{k % 2}\n" for k in range(5000))
    open_csv(page, rows)
    assert count_points(page) == 5000
    page.wait_for_function("location.hash.startsWith('#own=')")
    page.click("button[name=share]")
    page.check("dialog.share input[value=link]")
    page.locator("dialog.share .cost").filter(has_text="some apps cut it").wait_for()
    page.keyboard.press("Escape")
    page.reload()
    wait_for_state(page, "ready")
    page.wait_for_selector("[data-live] canvas[data-figure=boundary]")
    settle(page)
    assert count_points(page) == 5000
    _, content = save(page, "button[data-artifact=csv]")
    assert content.count(b"\n") == 5001
