"""Solutions pass, starters and mistakes are answered, and the prose's numbers hold."""

from __future__ import annotations

import doctest
import random
import re
from collections import Counter
from functools import cache

import pytest

from lab.checking import check
from lab.lesson import TRY_LINE, carry_on, list_lessons
from moongrad import MLP, SGD, Trainer, linear_decay, make_moons

STEPS = list_lessons()
MOONS = STEPS[-1]
by_name = pytest.mark.parametrize("lesson", STEPS, ids=lambda lesson: lesson.name)


@cache
def our_losses():
    points, labels = make_moons(100, noise=0.1, seed=1337)
    model = MLP(2, [16, 16, 1], rng=random.Random(1337))
    optimizer = SGD(linear_decay(1.0, 0.1, 100))
    trainer = Trainer(model, points, labels, optimizer=optimizer)
    return [record.loss for record in trainer.fit(100)], trainer.measure()


def with_steps(code, n):
    """Return code that trains for fewer steps; 100 of the moons take a minute."""
    return re.sub(r"(train\(model, \w+, \w+, )100,", rf"\g<1>{n},", code)


def finish(namespace):
    """Go on with our losses, where the visitor's engine would take a minute."""
    if "points" in namespace:
        done, (ours, _) = namespace["losses"], our_losses()
        assert done == pytest.approx(ours[: len(done)], abs=1e-9)
        namespace["losses"] = done + ours[len(done) :]


@by_name
def test_solution_passes(lesson, run_cell):
    namespace = run_cell(with_steps(lesson.solution, 1), must_work=True)
    finish(namespace)
    verdict = check(lesson.checks, namespace, lesson.solution)
    assert verdict.passed, verdict.sentence
    assert verdict.sentence.startswith("Right: ")


@by_name
def test_starter_alone_fails_with_a_sentence(lesson, run_cell):
    before = STEPS[lesson.number - 2].solution if lesson.number > 1 else ""
    starter = lesson.begin(before)
    verdict = check(lesson.checks, run_cell(with_steps(starter, 0)), starter)
    assert not verdict.passed
    assert "Your code raises" not in verdict.sentence
    assert len(verdict.sentence) > 30


@by_name
def test_starter_follows_the_solution_of_the_step_before(lesson):
    if lesson.number > 1:
        before = carry_on(STEPS[lesson.number - 2].solution)
        assert lesson.begin(STEPS[lesson.number - 2].solution).startswith(before)
    assert lesson.starter.count(TRY_LINE) == lesson.solution.count(TRY_LINE) == 1
    compile(lesson.begin(), "starter", "exec")


@by_name
def test_hints_go_from_a_nudge_to_nearly_the_line(lesson):
    assert 2 <= len(lesson.hints) <= 4
    assert "`" in lesson.hints[-1]


@pytest.mark.parametrize(
    ("lesson", "mistake"),
    [
        pytest.param(lesson, mistake, id=f"{lesson.name}: {mistake.title}")
        for lesson in STEPS
        for mistake in lesson.mistakes
    ],
)
def test_mistake_is_answered_in_its_own_words(lesson, mistake, run_cell):
    # Where the training itself is as in the solution, no step of it is needed.
    same_run = mistake.code.endswith(lesson.solution.split(TRY_LINE)[1])
    namespace = run_cell(with_steps(mistake.code, 0 if same_run else 1))
    verdict = check(lesson.checks, namespace, mistake.code)
    assert not verdict.passed
    assert mistake.says in verdict.sentence


def test_mistakes_are_many_and_none_is_answered_like_another():
    assert sum(len(lesson.mistakes) for lesson in STEPS) >= 100
    for lesson in STEPS:
        assert len(lesson.mistakes) >= 3
        for parts in ("says", "title", "code"):
            counted = Counter(getattr(mistake, parts) for mistake in lesson.mistakes)
            assert counted.most_common(1)[0][1] == 1, (lesson.name, parts)


# --- the numbers of the prose ---------------------------------------------------------


@by_name
def test_examples_in_the_prose_are_what_python_answers(lesson, run_cell):
    blocks = re.findall(r"(?ms)^```(python(?: before)?)\n(>>> .*?)^```$", lesson.prose)
    assert blocks
    for marks, block in blocks:
        solution = STEPS[lesson.number - (2 if "before" in marks else 1)].solution
        namespace = run_cell(with_steps(solution, 0), must_work=True)
        example = doctest.DocTestParser().get_doctest(
            block, namespace, lesson.name, None, 0
        )
        said = []
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(example, out=said.append)
        assert not runner.summarize(verbose=False).failed, "".join(said)


def words(lesson):
    return " ".join(STEPS[lesson - 1].prose.split())


def test_slopes_of_the_prose_are_those_of_the_curve():
    def f(x):
        return 3 * x * x - 4 * x + 5

    assert f"at 3.001 it is {f(3.001):.6f}" in words(1)
    assert f"At x = 3 it is {f(3)}," in words(1)
    assert f"about {(f(3.001) - f(3)) / 0.001:.3f}." in words(1)
    assert f"6x - 4, is {6 * 3 - 4} there" in words(1)
    assert f"the slope is about {6 * -2 - 4}," in words(1)


def test_step_along_the_gradient_is_that_of_the_prose(run_cell):
    namespace = run_cell(STEPS[4].solution, must_work=True)
    a, b, c, f = (namespace[name].data for name in "abcf")
    assert f"from -8 to about {(a * b + c) * f:.3f}" in words(5)
    assert namespace["L"].data == -8


def test_loss_stays_at_4_with_a_rate_of_a_tenth(run_cell):
    code = STEPS[10].solution
    losses = run_cell(with_steps(code, 20).replace("0.01", "0.1"))["losses"]
    assert losses[-1] == 4 and "the loss stays at 4" in words(11)


def test_losses_of_the_moons_are_those_of_the_prose():
    losses, after = our_losses()
    assert f"{losses[0]:.4f} at first" in words(12)
    assert f"{losses[1]:.4f} after the first step" in words(12)
    assert f"{losses[-1]:.4f} in the end" in words(12)
    assert after.accuracy == 1 and "all 100 points are on their side" in words(12)
    assert len(MLP(2, [16, 16, 1]).parameters()) == 337
    assert "337 parameters" in words(12)


def test_graph_of_one_step_has_as_many_values_as_the_prose_says(run_cell):
    namespace = run_cell(with_steps(MOONS.solution, 0), must_work=True)
    made = []

    class Counted(namespace["Value"]):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(0)

    namespace["Value"] = Counted
    model = namespace["MLP"](2, [16, 16, 1])
    namespace["train"](
        model, namespace["points"][:10], namespace["labels"][:10], 1, lambda *_: None
    )
    n_each = (len(made) - 3 * 337) / 10
    assert f"some {round(n_each / 100) * 10_000:,} values" in words(12)
