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

from moongrad.plot import LIGHT, DecisionBoundary, LossCurve, Picture  # noqa: E402

curve = Picture(lambda axes: LossCurve(axes, steps=100, theme=LIGHT))
curve.plot.update(records)
boundary = Picture(lambda axes: DecisionBoundary(axes, points, labels, theme=LIGHT))
scorer = moongrad.compile(lambda x, y: model([x, y]), model.parameters(), 2)
boundary.plot.update(scorer.forward(boundary.plot.rows))
for name, picture in {"loss": curve, "boundary": boundary}.items():
    width, height, pixels = picture.render()
    colors = js.Uint8ClampedArray.new(to_js(bytes(pixels)))
    data = js.ImageData.new(colors, width, height)
    js.document.getElementById(name).getContext("2d").putImageData(data, 0, 0)
mark("first-figure")
