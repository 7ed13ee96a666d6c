"""Engines that are written unlike the solutions pass every step."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.checking import check
from lab.lesson import list_lessons

ENGINES = sorted((Path(__file__).parent / "engines").glob("*.py"))
TRIALS = {
    "graph": "a, b, c, f = map(Value, (1, 2, 3, 4))\nL = (e := a * b) + c\nL = L * f",
    "closures": """
a, b, c, f = map(Value, (1.5, -2.0, 3.0, 4.0))
e = b * a
d = c + e
L = f * d
L.grad = 1
for node in (L, d, e):
    node._backward()
""",
    "loop": """
def train(net, rows, wishes, steps, rate):
    def one():
        cost = squared_loss(net, rows, wishes)
        descend(net, cost, rate)
        return cost.data

    return [one() for _ in range(steps)]
""",
    "moons": """
import random
from lab import moons


def train(net, rows, sides, steps, tell):
    kept = []
    for k in range(steps):
        scores = list(map(net, rows))
        share = accuracy(scores, sides)
        cost = objective(scores, sides, net.parameters())
        kept += [cost.data]
        descend(net, cost, learning_rate(k))
        tell(k, kept[-1], model=net, accuracy=share)
    return kept


random.seed(1337)
model = MLP(2, [16, 16, 1])
points, labels = moons.load()
losses = train(model, points, labels, 1, moons.show)
""",
}


@pytest.mark.parametrize("lesson", list_lessons(), ids=lambda lesson: lesson.name)
@pytest.mark.parametrize("engine", ENGINES, ids=lambda path: path.stem)
def test_other_engine_passes(engine, lesson, run_cell):
    code = engine.read_text() + TRIALS.get(lesson.name, "")
    namespace = run_cell(code, must_work=True)
    verdict = check(lesson.checks, namespace, code)
    if lesson.name == "moons":  # all 100 steps take a minute; the first one agrees
        assert "So far it agrees with ours" in verdict.sentence, verdict.sentence
    else:
        assert verdict.passed, verdict.sentence


@pytest.mark.parametrize(
    ("stem", "is_noted"), [("sets_and_recursion", True), ("dataclass_and_loops", False)]
)
def test_recursion_passes_with_a_note(stem, is_noted, run_cell):
    (code,) = (path.read_text() for path in ENGINES if path.stem == stem)
    (lesson,) = (lesson for lesson in list_lessons() if lesson.name == "backward")
    verdict = check(lesson.checks, run_cell(code), code)
    assert verdict.passed
    assert ("too deep for your recursion" in verdict.sentence) == is_noted
