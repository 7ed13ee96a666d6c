"""The page Playground, as the benchmarks play on it and watch it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

LOAD = 120_000  # ms
# Keeps what was seen last, and the tasks that kept the page from answering.
WATCH = """
addEventListener("moongrad:view", ({ detail }) => { window.view = detail; });
window.tasks = [];
window.observer = new PerformanceObserver((list) => {
  window.tasks.push(...list.getEntries());
});
window.observer.observe({ type: "longtask" });
window.count = (view) => Number(view.outputs.step.replaceAll(",", ""));
"""
# Plays until there have been so many views; resolves with what has been done meanwhile.
PLAY = """(n) => new Promise((resolve) => {
  let [left, first, started] = [n, 0, 0];
  window.tasks = [];
  window.observer.takeRecords();
  addEventListener("moongrad:view", function see({ detail }) {
    if (detail.state !== "running") return;
    if (!started) [first, started] = [count(detail), performance.now()];
    if (left--) return;
    removeEventListener("moongrad:view", see);
    const tasks = [...window.tasks, ...window.observer.takeRecords()];
    resolve({
      seconds: (performance.now() - started) / 1000,
      steps: count(detail) - first,
      longest: Math.max(0, ...tasks.map((task) => task.duration)) / 1000,
    });
  });
})"""
# Changes an option; resolves with the seconds until it has taken effect: the first view
# with it after which training has gone on is on the screen.
CHANGE = """([name, text]) => new Promise((resolve) => {
  const control = document.querySelector(`:is(input, select)[name="${name}"]`);
  const started = performance.now();
  let before = Infinity;
  addEventListener("moongrad:view", function see({ detail }) {
    if (detail.texts[name] !== text || detail.state !== "running") return;
    if (count(detail) <= before) {
      before = count(detail);
      return;
    }
    removeEventListener("moongrad:view", see);
    requestAnimationFrame(() => resolve((performance.now() - started) / 1000));
  });
  control.value = text;
  control.dispatchEvent(new Event("change", { bubbles: true }));
})"""
# Presses the button that adds a neuron; resolves with the seconds until the network
# with these sizes is on the screen.
ADD_NEURON = """(sizes) => new Promise((resolve) => {
  const button = document.querySelector(".layers [data-change='1']");
  const started = performance.now();
  addEventListener("moongrad:view", function see({ detail }) {
    if (!detail.labels.network.includes(sizes)) return;
    removeEventListener("moongrad:view", see);
    requestAnimationFrame(() => resolve((performance.now() - started) / 1000));
  });
  button.click();
})"""
# Presses a preset's button, which plays it; resolves with the seconds until so large a
# part of the test points is right.
SOLVE = """([preset, share]) => new Promise((resolve) => {
  const button = document.querySelector(`button[data-preset="${preset}"]`);
  const started = performance.now();
  addEventListener("moongrad:view", function see({ detail }) {
    const right = parseFloat(detail.outputs.test_accuracy) / 100;
    if (detail.texts.data !== "spirals" || detail.state !== "running") return;
    if (!(right >= share)) return;
    removeEventListener("moongrad:view", see);
    const seconds = (performance.now() - started) / 1000;
    resolve({ seconds, steps: count(detail), right });
  });
  button.click();
})"""
FRAMES = """() => performance.getEntriesByName("moongrad:frame")
  .map(({ startTime, duration }) => [startTime / 1000, duration / 1000])"""


@contextmanager
def opening(browser, address, path="playground.html"):
    """Open a page in a profile of its own, and give it when it's ready to play."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(LOAD)
    context.add_init_script(WATCH)
    try:
        page = context.new_page()
        page.goto(address + path)
        page.wait_for_selector(".loader", state="hidden")
        page.wait_for_selector("main:not([data-pending])")
        yield page
    finally:
        context.close()


def play(page, n_views):
    """Play on for so many views; return what was done, and when the frames were."""
    page.workers[0].evaluate("performance.clearMeasures('moongrad:frame')")
    return page.evaluate(PLAY, n_views) | {"frames": page.workers[0].evaluate(FRAMES)}


def count_pictures(frames):
    """Return how many pictures a second were drawn."""
    starts = [start for start, _ in frames]
    return (len(starts) - 1) / (starts[-1] - starts[0])


def measure_first_figure(browser, address, path):
    """Return the seconds from a click on a link to the first figure."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(LOAD)
    try:
        page = context.new_page()
        page.goto(address + path)
        mark = "performance.getEntriesByName('moongrad:first-figure')"
        page.wait_for_function(f"{mark}.length")
        return page.evaluate(f"{mark}[0].startTime / 1000")
    finally:
        context.close()


def read_resident(session):
    """Return the bytes in memory of the process with the page and its worker."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [p for p in processes if p["type"] == "renderer"]
    busiest = max(pages, key=lambda process: process["cpuTime"])
    pages_held = int(Path(f"/proc/{busiest['id']}/statm").read_text().split()[1])
    return pages_held * 4096
