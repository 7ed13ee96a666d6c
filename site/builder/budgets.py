"""
What the site and the engine may cost. The page Under the hood prints these numbers, and
tests hold them.

Imports nothing, so that every test may import it.
"""

from __future__ import annotations

#: Lines of engine.py that are neither blank nor comment.
ENGINE_LINES = 350
#: Bytes of the engine's wheel.
WHEEL = 145_000
#: Bytes of a `Value` in the training graph of the standard network.
VALUE = 200
#: A relative difference of the parameters that all engines may have after training.
SAME = 1e-9

#: How many times as fast as each peer a step of the standard moons is at least, as
#: `python build.py bench` measures it: interpreted, compiled, and compiled in Chromium.
INTERPRETED = {"micrograd": 2.5}
COMPILED = {"PyTorch, f64": 15, "NumPy by hand": 3}
COMPILED_IN_CHROMIUM = {"micrograd": 8000, "tfjs 4.22, cpu": 50, "ConvNetJS": 25}
#: Bytes of WebAssembly memory that `N_ROWS` rows take at most.
N_ROWS, MEMORY = 100_000, 64_000_000

#: Epochs a second of TensorFlow Playground, one for each frame, and how many times as
#: many the engine makes in Chromium at least, in batches of 10 of 500 rows.
PLAYGROUND_EPOCHS, PLAYGROUND_TIMES = 60, 20
#: While it plays: pictures a second, at least; and seconds, at most, that the page's
#: longest task takes, until a change is seen, and until two spirals are told apart.
PICTURES, LONGEST_TASK, CHANGE, SPIRALS = 20, 0.05, 0.2, 10

#: A drag retrains for 100 steps and redraws, in so many times what drawing takes.
DRAG = 3
#: A run of so many steps takes so many times what its frames take, and has so many.
RUN_STEPS, RUN, RUN_FRAMES = 2000, 2, 30

#: Bytes that a new visitor downloads to the first figure, step and paint, at most.
TO_FIGURE, TO_STEP, TO_PAINT = 11_000_000, 7_000_000, 120_000
#: Bytes that a chapter adds after the first page.
CHAPTER = 60_000
#: Bytes of ours that a page with a demo loads until the demo is started.
EMBED = 40_000
