"""The work of the moons page, on a page as in PyScript's documentation."""

import random

import js
from pyodide.ffi import to_js

import moongrad
from moongrad import MLP, SGD, Trainer, linear_decay, make_moons


def mark(name):
    js.performance.mark(f"moongrad:{name}")


points, labels = make_moons(100, noise=0.1, seed=1337)
model = MLP(2, [16, 16, 1], rng=random.Random(1337))
optimizer = SGD(linear_decay(1.0, 0.1, 100))
trainer = Trainer(model, points, labels, loss="hinge", l2=1e-4, optimizer=optimizer)
mark("engine-ready")

records = [trainer.step()]
mark("first-step")

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402

from moongrad.plot import (  # noqa: E402
    LIGHT,
    add_axes,
    boundary_grid,
    draw_boundary,
    draw_loss,
    new_figure,
)

curve, boundary = (new_figure(480, 384, 1, LIGHT) for _ in range(2))
draw_loss(add_axes(curve), records)
scorer = moongrad.compile(lambda x, y: model([x, y]), model.parameters(), 2)
scores = scorer.forward(boundary_grid(points, 40))
draw_boundary(add_axes(boundary), points, labels, scores)
for name, figure in {"loss": curve, "boundary": boundary}.items():
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    colors = js.Uint8ClampedArray.new(to_js(bytes(canvas.buffer_rgba())))
    data = js.ImageData.new(colors, 480, 384)
    js.document.getElementById(name).getContext("2d").putImageData(data, 0, 0)
mark("first-figure")
