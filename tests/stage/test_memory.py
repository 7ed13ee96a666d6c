"""A long time of playing, with everything that visitors do, takes no more memory."""

from __future__ import annotations

import gc
import statistics
import tracemalloc

from desk import Desk

from moongrad.wasm.wasm_kernel import WasmKernel

OPTIONS = {"points": "60", "hidden": "4", "speed": "epoch"}
FRAMES = 480  # an hour has two hundred times as many
EVERY = 6  # frames from one thing that is done to the next
SAMPLE = 60  # frames from one measurement to the next: all that is done once each
RATES = ("0.1", "0.05", "0.2")


def visit(desk, k):
    """Do the next of the things that visitors do while it plays."""
    weight = f"{0.1 + k % 7:.3f}"
    n = len(desk.demo.run.history)
    deeds = (
        lambda: desk.set(rate=RATES[k % len(RATES)]),
        lambda: desk.ask("select", figure="network", index=2),
        lambda: desk.ask("edit", text=weight),
        lambda: (desk.ask("seek", moment=n // 2), desk.ask("play")),
        lambda: desk.ask("act", name="keep"),
        lambda: (desk.ask("seek", moment=n // 3), desk.ask("act", name="forget")),
        lambda: (desk.ask("play"), desk.set(noise=f"0.{k % 3}")),
        lambda: desk.set(data_seed=k % 5),
        lambda: desk.set(hidden="4" if k % 20 < 10 else "3,3"),
        lambda: desk.ask("play"),
    )
    deeds[k % len(deeds)]()


def measure(desk):
    """Return how much memory Python has, and how many compiled functions there are."""
    gc.collect()
    kernels = [it for it in gc.get_objects() if issubclass(type(it), WasmKernel)]
    return tracemalloc.get_traced_memory()[0], len(kernels)


def test_memory_is_bounded_while_it_plays():
    desk = Desk("playground", texts=OPTIONS)
    desk.work(limit=12)
    desk.ask("play")
    samples = []
    tracemalloc.start()
    try:
        for k in range(FRAMES):
            desk.clock.now += 0.03
            desk.controller.work()
            if k % EVERY == 0:
                visit(desk, k // EVERY)
            desk.view  # noqa: B018  what the page would get
            desk.controller.take_records()
            if k % SAMPLE == 0:
                samples.append((k, *measure(desk)))
    finally:
        tracemalloc.stop()
    assert desk.view.problem is None
    half = samples[len(samples) // 2 :]
    frames, sizes, kernels = zip(*half, strict=True)
    slope = statistics.linear_regression(frames, sizes).slope
    print(
        f"\n{FRAMES} frames: {sizes[-1] / 1e6:.2f} MB of Python more than at first, "
        f"{slope:+.0f} bytes a frame in the second half, {kernels[-1]} kernels"
    )
    assert max(kernels) <= 8
    assert slope < 300
