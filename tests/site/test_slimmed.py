"""What slim.toml leaves of the runtime draws all that the pages draw."""

from __future__ import annotations

import base64
import re
from io import BytesIO

import pytest
from demo import run_in_worker
from PIL import Image

from builder.catalog import DEMOS
from workbench import own_points
from workbench.dataset import DATASETS, make
from workbench.features import STANDARD, compute

FEATURES = [text for text, _ in STANDARD]

# Everything the pages do with Python's library and with matplotlib, at once.
PROGRAM = """
import importlib, logging, random, sys, traceback, warnings
warnings.simplefilter("error")
said = []  # matplotlib tells of missing fonts so
handler = logging.Handler()
handler.emit = lambda record: said.append(record.getMessage())
logging.getLogger("matplotlib").addHandler(handler)

import micrograd.nn
import moongrad
from workbench import csv_text, dataset, features, history, own_points, words
from moongrad import MLP, SGD, Trainer, linear_decay, make_moons
from matplotlib.backends.backend_agg import FigureCanvasAgg
from figures.bars import TimeBars
from figures.confusion import ConfusionMatrix
from figures.directions import list_places, make_directions, project
from figures.landscape import LossLandscape
from figures.loss import LossCurve
from figures.losses import AccuracyCurves, LossCurves
from figures.norms import GradientNorms
from figures.picture import Picture
from figures.plane import OutputPlane
from figures.surface import OutputSurface
from moongrad.plot import THEMES, decision_boundary, loss_curve, summary

points, labels = make_moons(20, noise=0.1, seed=1)
model = MLP(2, [4, 1], rng=random.Random(1))
trainer = Trainer(model, points, labels, optimizer=SGD(linear_decay(1.0, 0.1, 9)))
records = list(trainer.run(9))

def make_curve(axes):
    return LossCurve(axes, steps=9, theme=theme)

def make_boundary(axes):
    return OutputPlane(axes, points, labels, theme=theme)

def make_bars(axes):
    return TimeBars(axes, ["a", "b"], theme=theme)

# Those of a workbench: several classes, numbers, and three dimensions, which only the
# surface itself imports.
def make_workbench(theme):
    kinds = [i % 4 for i in range(len(points))]
    yield (lambda axes: OutputPlane(axes, points, kinds, classes="abcd", theme=theme),
           lambda plot: plot.update([[x, y, -x, -y] for x, y in plot.rows]))
    yield (lambda axes: OutputPlane(axes, points, labels, classes=(), theme=theme),
           lambda plot: plot.update([x * y for x, y in plot.rows]))
    yield (lambda axes: LossCurves(axes, theme=theme), see_losses)
    yield (lambda axes: AccuracyCurves(axes, epoch=5, theme=theme), see_losses)
    yield (lambda axes: ConfusionMatrix(axes, ["a", "b"], theme=theme),
           lambda plot: plot.update([[9, 1], [0, 5]]))
    yield (lambda axes: GradientNorms(axes, ["hidden 1", "output"], theme=theme),
           lambda plot: plot.update([0.0, 1e-9]))
    yield lambda axes: LossLandscape(axes, theme=theme), see_landscape
    yield lambda axes: OutputSurface(axes, points, labels, theme=theme), see_surface

def see_losses(plot):
    plot.update([0, 1, 9], [0.9, 0.5, 0.1], [1.0, 0.6, 0.2])
    plot.compare([0, 9], [0.9, 0.3], name="before")
    plot.read(200, 200)

def see_landscape(plot):
    start = [parameter.data for parameter in model.parameters()]
    directions = make_directions(model, 1)
    losses = [[sum(p * p for p in row)] for row in list_places(start, directions, 1, 5)]
    import numpy
    path = project([start], start, directions)
    plot.update(numpy.reshape(losses, (5, 5)), 1.0, path)

def see_surface(plot):
    plot.update([x for x, y in plot.rows])
    plot.turn(20, 40)

n_colors, drawings = [], []
early = "mpl_toolkits.mplot3d.axes3d" in sys.modules
for theme in THEMES.values():
    for ratio in (1, 2.5):
        makers = make_curve, make_boundary, make_bars
        pictures = [Picture(make, ratio=ratio, theme=theme) for make in makers]
        curve, boundary, bars = (picture.plot for picture in pictures)
        curve.update(records)
        boundary.update([model.predict(row)[0] for row in boundary.rows])
        boundary.select(1)
        bars.update({"a": 1.0, "b": 20.0})
        for picture in pictures:
            width, height, pixels = picture.render()
            n_colors.append(len(set(pixels.cast("B").cast("I"))))
    for make, see in make_workbench(theme):
        picture = Picture(make, theme=theme)
        see(picture.plot)
        width, height, pixels = picture.render()
        n_colors.append(len(set(pixels.cast("B").cast("I"))))
for name in DEMOS:
    page = importlib.import_module(f"pages.{name}")
    demo = page.Demo(page.OPTIONS.read({}))
    for _ in range(3):
        demo.step()
    for figure in page.FIGURES:
        picture = Picture(lambda axes: demo.make_plot(figure, axes, theme), theme=theme)
        demo.update_plot(figure, picture.plot)
        width, height, pixels = picture.render()
        n_colors.append(len(set(pixels.cast("B").cast("I"))))
        drawings.append(picture.to_svg())
for figure in (
    loss_curve(records), decision_boundary(model, points, labels),
    summary(model, points, labels, records),
):
    FigureCanvasAgg(figure).draw()
past = history.History()
past.add(records[-1], trainer.start, trainer.progress)
table = "x;y;Äpfel\\n0,5;1;a\\n1;2;b"
tables = [b"\\xff\\xfe" + table.encode("utf-16-le"), table.encode("latin-1")]
read = [csv_text.read_csv(table)[0] for table in tables]
own = [own_points.read(own_points.write(data)) == data for data in read]
made = [dataset.make(name, 50, 0.1, 1) for name in dataset.DATASETS]
names = [text for text, _ in features.STANDARD]
workbench = {
    "own": own,
    "links": [own_points.write(data) for data in made],
    "features": [features.compute(names, data.points) for data in made],
    "step": past.moments[0].progress.steps_done,
    "words": words.describe_network(model, ["x", "y"]),
}
try:
    1 / 0
except ZeroDivisionError:
    trace = traceback.format_exc()
try:
    import PIL.Image
    PIL.Image.open("x.png")
except AttributeError:
    pass
{
    "colors": min(n_colors), "trace": trace, "backend": trainer.backend, "said": said,
    "early": early, "workbench": workbench, "drawings": drawings,
}
"""


def test_what_is_left_draws_everything_that_pages_draw(chromium, site):
    page = chromium.new_page()
    names = ["moongrad", "moongrad-pages", "matplotlib", "micrograd"]
    program = f"DEMOS = {DEMOS!r}\n{PROGRAM}"
    result = run_in_worker(page, site, program, names)
    page.close()
    assert result.get("error") is None, result
    assert result["colors"] > 10
    for drawing in result["drawings"]:
        assert drawing.rstrip().endswith("</svg>")
        for png in re.findall(r"data:image/png;base64,([^\"]+)", drawing):
            Image.open(BytesIO(base64.b64decode(png))).load()
    assert result["said"] == []
    assert not result["early"], "every page pays for three dimensions"
    assert result["backend"] == "wasm"
    workbench = result["workbench"]
    assert workbench["own"] == [True, True]
    assert workbench["step"] == 9
    assert workbench["words"].startswith("h1 = ReLU(")
    for name, link, rows in zip(
        DATASETS, workbench["links"], workbench["features"], strict=True
    ):
        data = make(name, 50, 0.1, 1)
        assert own_points.read(link) == own_points.adopt(data)
        for row, numbers in zip(rows, compute(FEATURES, data.points), strict=True):
            assert row == pytest.approx(numbers, rel=1e-12, abs=1e-12)
    assert "ZeroDivisionError: division by zero" in result["trace"]
    assert "line " in result["trace"]
