"""The training loop: one `Record` per step. It does not print, plot or wait."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn, Protocol, SupportsIndex

from moongrad.batches import ORDERS, Batches
from moongrad.engine import Value
from moongrad.floats import add_up
from moongrad.loss import LOSSES, Loss, penalised_mean
from moongrad.optim import SGD, Optimizer, State
from moongrad.record import DivergenceError, Record
from moongrad.rng import RandomState, as_int
from moongrad.rows import Rows, check_rows, read_rows, read_test_rows
from moongrad.target import is_right, lead
from moongrad.until import Until
from moongrad.wasm.kernel import BACKENDS, compile_for
from moongrad.wasm.rows import PackedBatches
from moongrad.wasm.shuffle import Shuffler
from moongrad.wasm.steps import check_steps
from moongrad.wasm.wasm_kernel import Steps, WasmKernel, training_for

# A loss this many times the first one (or 1) counts as divergence.
_DIVERGENCE_FACTOR = 1e6
# Compiled steps between two checks of `until`.
_BLOCK = 100
# Compiled steps, and row numbers of their batches, in one call at most: they take room.
_MAX_BLOCK, _MAX_NUMBERS = 5000, 1_000_000

#: The output of a compiled step whose sign says whether a row is right.
_SCORE_OUTPUT = 1


class Model(Protocol):
    """
    What can be trained: called with a row, it returns a value or a list of them.

    A method `predict`, which returns the outputs as floats, makes tests faster.
    """

    def __call__(self, x: Any, /) -> Value | list[Value]: ...

    def parameters(self) -> list[Value]: ...


class Progress:
    """How far training has come, apart from the parameters themselves."""

    def __init__(self, parameters: Sequence[float], batch_seed: int) -> None:
        # Draws the batches. With epochs it stands where that of the next step begins.
        self.random = RandomState(batch_seed)
        self.state = State(len(parameters))  # the optimiser's
        # What both were before the last update:
        self.previous_parameters = list(parameters)
        self.previous_state = State(len(parameters))
        self.loss_limit: float | None = None  # set by the first step
        self.steps_done = 0

    def remember(self, parameters: Sequence[Value]) -> None:
        """Note what an update is about to change."""
        self.previous_parameters = [p.data for p in parameters]
        self.previous_state = self.state.copy()


class Trainer:
    """
    Fits a model to rows of numbers, each with a label, one step at a time.

    * `model`: returns a value for a row, or a list of several. `points`: the rows.
      `labels`: -1 or +1 for `hinge` and `binary_cross_entropy`, any number for
      `squared_error`; for several outputs the number of a class, counted from 0, or a
      number for each output.
    * `loss`: a name in `moongrad.loss.LOSSES`, or a function of (score, label); of
      several outputs one of (list of scores, list of targets), where the target of a
      class is a 1 among zeros.
    * `l2`, `l1`: strength of the penalties on the squared and on the absolute
      parameters, at least 0.
    * `optimizer`: `SGD(0.1)` by default. What it remembers between steps belongs to the
      trainer, so several may share it.
    * `batch_size`: rows used in a step; None uses them all, in order.
    * `batch_order`: with `"draws"` each step draws new rows without replacement, the
      first ones of `permutation(n)` of NumPy's `RandomState(batch_seed)`. With
      `"epochs"` such a permutation is an epoch, of which each step takes the next
      rows; the `n % batch_size` rows that are left are not used in it.
    * `test_points`, `test_labels`: rows that are measured in each step, and not trained
      on.
    * `backend`: `"wasm"` compiles the step, `"python"` runs it on `Value`s, `"auto"`
      takes the faster one that works here. The attribute `backend` says which, `reason`
      why `"auto"` took Python. If the step uses only + - * / and relu, both give the
      same bits.

    Compiling calls model and loss once, for all rows and steps: what they choose by
    chance, or read from attributes, stays as it was then. Update parameters by their
    `data`. With `"python"` model and loss are called for each row of each step.

    A step's loss is `sum(losses) * (1 / n) + l2 * sum(p * p)`. Raises `ValueError` for
    bad arguments. A step whose loss is not finite, or a million times the first one,
    raises `DivergenceError` and restores the parameters of the step before.

    >>> from moongrad import MLP, make_moons
    >>> import random
    >>> points, labels = make_moons(20, noise=0.1, seed=1)
    >>> model = MLP(2, [8, 1], rng=random.Random(1))
    >>> records = list(Trainer(model, points, labels, optimizer=SGD(0.5)).run(30))
    >>> records[-1].loss < records[0].loss
    True
    """

    def __init__(
        self,
        model: Model,
        points: Sequence[Sequence[float]],
        labels: Sequence[Any],
        *,
        loss: str | Loss = "hinge",
        l2: float = 1e-4,
        l1: float = 0.0,
        optimizer: Optimizer | None = None,
        batch_size: int | None = None,
        batch_seed: int = 0,
        batch_order: str = "draws",
        test_points: Sequence[Sequence[float]] = (),
        test_labels: Sequence[Any] = (),
        backend: str = "auto",
    ) -> None:
        if backend not in BACKENDS:
            raise ValueError(
                f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}"
            )
        if batch_order not in ORDERS:
            raise ValueError(
                f"batch_order must be one of {', '.join(ORDERS)}, got {batch_order!r}"
            )
        check_rows(points, labels, test_points, test_labels)
        for name, strength in (("l2", l2), ("l1", l1)):
            if not (strength >= 0 and math.isfinite(strength)):
                raise ValueError(
                    f"Trainer needs a finite {name} >= 0, got {name}={strength!r}"
                )
        optimizer = SGD(0.1) if optimizer is None else optimizer
        if isinstance(optimizer, type) or not hasattr(optimizer, "update"):
            raise TypeError(
                f"Trainer needs an optimizer such as SGD(0.1), got {optimizer!r}"
            )
        n = len(points)
        if batch_size is not None:
            batch_size = as_int(
                batch_size, "Trainer needs a whole number as batch_size"
            )
        if batch_size is not None and not 1 <= batch_size <= n:
            raise ValueError(
                f"Trainer needs batch_size from 1 to the number of points, {n}, "
                f"got batch_size={batch_size!r}. None uses every point."
            )
        self.model = model
        self._loss = _find_loss(loss)
        self.l2, self.l1 = l2, l1
        self._optimizer = optimizer
        self._batch_size, self.batch_seed = batch_size, batch_seed
        self._batch_order = batch_order
        self._batches: Batches | None = None
        if batch_size is not None:
            self._batches = Batches(n, batch_size, batch_order)
        self._parameters = tuple(model.parameters())
        self._start = [p.data for p in self._parameters]
        self.restart()
        # A row of a wrong length raises here, not at the first step.
        n_outputs = len(self._predict(points[0]))
        self._rows = read_rows(points, labels, n_outputs, self._loss)
        self._tests = read_test_rows(
            test_points, test_labels, n_outputs, self._loss, like=self._rows
        )
        self._kind = self._rows.kind
        self._kernel, self.reason = self._compile(backend)
        self.backend = "python" if self._kernel is None else "wasm"
        if self._batches and self._kernel:
            self._batches.permute = Shuffler().permutations

    # Fixed when the step is compiled: make another trainer for other data.

    @property
    def points(self) -> Sequence[Sequence[float]]:
        """The rows to train on. A row may be replaced by another: `points[k] = ...`."""
        return self._rows.points

    @property
    def labels(self) -> Sequence[Any]:
        """The label of each row."""
        return self._rows.labels

    @property
    def test_points(self) -> Sequence[Sequence[float]]:
        """The rows to test with."""
        return self._tests.points

    @property
    def test_labels(self) -> Sequence[Any]:
        """The label of each row to test with."""
        return self._tests.labels

    @property
    def loss(self) -> Loss:
        """The function of scores and a target."""
        return self._loss

    @property
    def batch_size(self) -> int | None:
        """The rows of a step; None is all."""
        return self._batch_size

    @property
    def batch_order(self) -> str:
        """How the rows of a step are chosen: "draws" or "epochs"."""
        return self._batch_order

    @property
    def optimizer(self) -> Optimizer:
        """What moves the parameters. Another one begins with nothing remembered."""
        return self._optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Optimizer) -> None:
        if optimizer is not self._optimizer:
            n = len(self._parameters)
            self._progress.state, self._progress.previous_state = State(n), State(n)
        self._optimizer = optimizer

    @property
    def kernel(self) -> WasmKernel | None:
        """The compiled step, or None when training in Python."""
        return self._kernel

    @property
    def steps_done(self) -> int:
        """How many steps were made, which is also the number of the next one."""
        return self._progress.steps_done

    @property
    def start(self) -> list[float]:
        """The parameters that the model had at first."""
        return list(self._start)

    @property
    def progress(self) -> Progress:
        """A copy of how far training has come; `resume` takes it."""
        return copy.deepcopy(self._progress)

    def resume(self, parameters: Sequence[float], progress: Progress) -> None:
        """
        Go on where a trainer with the same arguments and the same start has stopped.

        `parameters` are those of its model then, `progress` its progress. Raises
        `ValueError` for another number of parameters.
        """
        state, before = progress.state, progress.previous_state
        for numbers in (
            parameters,
            progress.previous_parameters,
            *(state.s, state.t, before.s, before.t),
        ):
            if len(numbers) != len(self._start):
                raise ValueError(
                    f"resume needs {len(self._start)} parameters, as the model has, "
                    f"got {len(numbers)}"
                )
        for parameter, data in zip(self._parameters, parameters, strict=True):
            parameter.data = data
        self._progress = copy.deepcopy(progress)

    def restart(self) -> None:
        """Start over, with the parameters that the model had at first."""
        for parameter, data in zip(self._parameters, self._start, strict=True):
            parameter.data = data
        self._progress = Progress(self._start, self.batch_seed)

    def run(
        self, steps: SupportsIndex, until: Callable[[Record], bool] | None = None
    ) -> Iterator[Record]:
        """
        Do `steps` more steps, yielding the record of each as soon as it is done.

        `until`, an `Until` or a function of a record, stops after the first step for
        whose record it is true.
        """
        return self._run(self._check_request(steps, until), until)

    def _run(
        self, steps: int, until: Callable[[Record], bool] | None
    ) -> Iterator[Record]:
        for _ in range(steps):
            record = self.step()
            yield record
            if until is not None and until(record):
                return

    def fit(
        self, steps: SupportsIndex, until: Callable[[Record], bool] | None = None
    ) -> list[Record]:
        """Like `run`, but return all records at once. Compiled, it is much faster."""
        steps = self._check_request(steps, until)
        records: list[Record] = []
        try:
            # A function of one's own may look at the model after each step, too.
            if self._kernel is None or not isinstance(until, Until | None):
                for record in self._run(steps, until):
                    records.append(record)
            elif until is None:
                self._fit_compiled(self._kernel, steps, records)
            else:
                self._fit_until(self._kernel, steps, until, records)
        except DivergenceError as error:
            error.records = records
            raise
        return records

    def advance(self, steps: SupportsIndex) -> Record | None:
        """
        Like `fit`, but return the record of the last step alone; None for 0 steps.

        Compiled, the steps before it cost no Python and no memory, and don't measure
        the test rows.

        >>> from moongrad import MLP
        >>> trainer = Trainer(MLP(1, [1]), [[1.0], [2.0]], [-1, 1])
        >>> trainer.advance(1000).step, trainer.steps_done
        (999, 1000)
        """
        steps = check_steps(steps, "advance")
        last: list[Record] = []
        try:
            if self._kernel is None:
                for record in self._run(steps, None):
                    last = [record]
            else:
                self._fit_compiled(self._kernel, steps, last, is_last_enough=True)
        except DivergenceError as error:
            error.records = last
            raise
        return last[0] if last else None

    def step(self) -> Record:
        """Do one step and return its record."""
        if self._kernel is not None:
            records: list[Record] = []
            self._fit_compiled(self._kernel, 1, records)
            return records[0]
        return self._step_in_python()

    def evaluate(self) -> float:
        """
        Return the loss of the current model over all rows, without changing anything.

        It equals the loss of the next full-batch record, except for rounding.
        """
        return self._measure(self._rows)[0]

    def measure(self) -> Record:
        """
        Return the record of the current model over all rows, without changing anything.

        Loss, with the penalties, and accuracy are those of all rows, never of a batch;
        the test rows are measured, too. `step` and `learning_rate` are the next step's.

        >>> from moongrad import MLP
        >>> model = MLP(1, [1])
        >>> trainer = Trainer(model, [[1.0], [2.0]], [-1, 1], batch_size=1)
        >>> before, _ = trainer.measure(), trainer.fit(100)
        >>> trainer.measure().loss < before.loss, trainer.measure().step
        (True, 100)
        """
        tested = self._measure(self._tests) if self._tests.targets else (None, None)
        rate = self.optimizer.learning_rate(self.steps_done)
        return Record(self.steps_done, *self._measure(self._rows), rate, *tested)

    # --- one step on values ---

    def _step_in_python(self) -> Record:
        """Measure a batch, pass the gradients back, and move the parameters."""
        progress, step = self._progress, self.steps_done
        random = progress.random
        batch: Sequence[int] = range(len(self.points))
        if self._batches:
            random = random.copy()
            batch = self._batches.draw(random, step, 1)
        chosen = [(self.points[k], self._rows.targets[k]) for k in batch]
        outputs = [self._outputs(point) for point, _ in chosen]
        targets = [target for _, target in chosen]
        pairs = list(zip(outputs, targets, strict=True))
        losses = [self._row_loss(scores, target) for scores, target in pairs]
        total = penalised_mean(losses, self._parameters, l2=self.l2, l1=self.l1)
        self._check_loss(total.data)
        tested = self._measure(self._tests) if self._tests.targets else (None, None)
        progress.remember(self._parameters)

        for parameter in self._parameters:
            parameter.grad = 0.0
        total.backward()
        self.optimizer.update(self._parameters, step, progress.state)

        progress.steps_done += 1
        progress.random = random
        n_right = sum(
            self._is_right([score.data for score in scores], target)
            for scores, target in pairs
        )
        accuracy = self._share(n_right, len(pairs))
        rate = self.optimizer.learning_rate(step)
        return Record(step, total.data, accuracy, rate, *tested)

    # --- one row ---

    def _outputs(self, point: Sequence[Any]) -> list[Value]:
        scores = self.model(point)
        return [scores] if isinstance(scores, Value) else scores

    def _predict(self, point: Sequence[Any]) -> list[float]:
        """Return the outputs as floats, also of a model without `predict`."""
        predict = getattr(self.model, "predict", None)
        if predict is not None:
            return list(predict(point))
        return [score.data for score in self._outputs(point)]

    def _row_loss(self, scores: list[Value], target: Sequence[Any]) -> Value:
        is_single = len(scores) == 1
        loss = self.loss(*((scores[0], target[0]) if is_single else (scores, target)))
        if not isinstance(loss, Value):
            raise TypeError(
                f"Trainer needs a loss that returns a Value, got {loss!r}. Compute it "
                f"with Values, not with their data."
            )
        return loss

    def _is_right(self, scores: list[float], target: Sequence[float]) -> bool:
        return is_right(self._kind, scores, target)

    def _share(self, n_right: float, n: int) -> float:
        """Return an accuracy; where labels are numbers there is none."""
        return math.nan if self._kind == "numbers" else n_right / n

    # --- many rows ---

    def _measure(self, rows: Rows) -> tuple[float, float]:
        """Return the loss and the accuracy of rows, and change nothing."""
        losses, n_right = (
            self._run_in_python(rows)
            if self._kernel is None
            else self._run_compiled(self._kernel, rows)
        )
        # The same operations as those of a step, so the loss has the same bits.
        loss = add_up(losses) * (1.0 / len(losses))
        parameters = [p.data for p in self._parameters]
        if self.l2 and parameters:
            loss += self.l2 * add_up(p * p for p in parameters)
        if self.l1 and parameters:
            loss += self.l1 * add_up(map(abs, parameters))
        return loss, self._share(n_right, len(losses))

    def _run_in_python(self, rows: Rows) -> tuple[list[float], int]:
        """Return the loss of each row, and how many rows are right."""
        outputs = [self._predict(point) for point in rows.points]
        pairs = list(zip(outputs, rows.targets, strict=True))
        losses = [
            self._row_loss(list(map(Value, s)), target).data for s, target in pairs
        ]
        return losses, sum(self._is_right(*pair) for pair in pairs)

    def _run_compiled(
        self, kernel: WasmKernel, rows: Rows
    ) -> tuple[Sequence[float], int]:
        """Return the same as `_run_in_python`."""
        results = kernel.forward(rows.pack())
        if self._kind == "numbers":
            return results, 0
        losses, scores = zip(*results, strict=True)
        if self._kind == "class":  # the score is a lead
            return losses, sum(score > 0 for score in scores)
        pairs = zip(scores, rows.targets, strict=True)
        return losses, sum(self._is_right([score], target) for score, target in pairs)

    # --- compiled ---

    def _compile(self, backend: str) -> tuple[WasmKernel | None, str]:
        """Return the compiled step, or why there is none."""
        if backend == "python":
            return None, ""
        n_features = len(self.points[0])

        def row_loss(*numbers: Value) -> tuple[Value, ...]:
            scores, target = self._outputs(numbers[:n_features]), numbers[n_features:]
            loss = self._row_loss(scores, target)
            if self._kind == "numbers":
                return (loss,)
            return loss, lead(scores, target) if len(scores) > 1 else scores[0]

        n_inputs = n_features + len(self._rows.targets[0])
        try:
            kernel = compile_for(
                training_for(self.optimizer, self._sign_match),
                row_loss,
                self._parameters,
                n_inputs,
                backend,
            )
        except ValueError as error:  # such as a parameter that is not used
            if backend == "wasm":
                raise
            return None, str(error)
        if isinstance(kernel, WasmKernel):
            return kernel, ""
        return None, kernel.reason

    @property
    def _sign_match(self) -> tuple[int, int | None] | None:
        """The output and the input whose signs are compared to count right rows."""
        if self._kind == "numbers":
            return None
        label = len(self.points[0])
        return (_SCORE_OUTPUT, label if self._kind == "sign" else None)

    def _fit_until(
        self,
        kernel: WasmKernel,
        steps: int,
        until: Until,
        records: list[Record],
    ) -> None:
        """Make steps in blocks, and repeat the last one up to the step to stop at."""
        while len(records) < steps:
            block: list[Record] = []
            size = min(_BLOCK, steps - len(records))
            parameters = [p.data for p in self._parameters]
            progress = copy.deepcopy(self._progress)
            error: Exception | None = None
            try:
                self._fit_compiled(kernel, size, block)
            except Exception as reason:  # it may lie behind the step to stop at
                error = reason
            last = next((k for k, r in enumerate(block) if until(r)), None)
            if last is None:
                records += block
                if error is not None:
                    raise error
                continue
            if error is not None or last + 1 < size:  # go back, and stop in time
                for parameter, data in zip(self._parameters, parameters, strict=True):
                    parameter.data = data
                self._progress = progress
                block = []
                self._fit_compiled(kernel, last + 1, block)
            records += block
            return

    def _fit_compiled(
        self,
        kernel: WasmKernel,
        steps: int,
        records: list[Record],
        *,
        is_last_enough: bool = False,
    ) -> None:
        """
        Make steps and add the record of each, up to one that diverges.

        If the last record is enough, it replaces those in the list.
        """
        most = min(_MAX_BLOCK, max(1, _MAX_NUMBERS // (self.batch_size or 1)))
        while steps:
            # The loss of the very first step sets the limit of the others.
            size = 1 if self._progress.loss_limit is None else min(steps, most)
            is_tested = not is_last_enough or size == steps == 1
            if is_last_enough and self._tests.targets and 1 < size == steps:
                size -= 1  # only the last step measures the test rows
            done = self._fit_block(kernel, size, is_tested)
            self._take_records(done, records, is_last_enough)
            if done.error is not None:
                raise done.error
            steps -= size

    def _fit_block(self, kernel: WasmKernel, steps: int, is_tested: bool) -> Steps:
        """Make steps, up to one that fails or diverges, and note how far they came."""
        progress, step = self._progress, self.steps_done
        random, batches = progress.random, None
        if self._batches:
            random = random.copy()
            numbers = self._batches.draw(random, step, steps)
            batches = PackedBatches(numbers, self._batches.size)
        done = kernel.fit_steps(
            self._rows.pack(),
            steps,
            self.optimizer,
            progress.state,
            l2=self.l2,
            l1=self.l1,
            first_step=step,
            batches=batches,
            test_rows=self._tests.pack() if is_tested else (),
            sign_match=self._sign_match,
            max_loss=self._max_loss,
        )
        if done.n_done == steps:
            progress.random = random
        elif self._batches:  # draw again only the batches that were used
            self._batches.draw(progress.random, step, done.n_done)
        if done.n_done:
            progress.previous_parameters = done.previous_parameters
            progress.previous_state = done.previous_state
        return done

    def _take_records(
        self, done: Steps, records: list[Record], is_last_enough: bool
    ) -> None:
        """Add the records of compiled steps; raise at a loss that shows divergence."""
        n, n_tests = self.batch_size or len(self.points), len(self._tests.targets)
        # Only the last loss can be too large: compiled steps stop there. It has no
        # record, and its test rows were not measured.
        diverges = bool(done.losses) and not done.losses[-1] <= self._max_loss
        n_good = len(done.losses) - diverges
        first = max(n_good - 1, 0) if is_last_enough else 0
        numbers = range(self.steps_done + first, self.steps_done + n_good)
        columns: list[Iterable[Any]] = [
            numbers,
            done.losses[first:n_good],
            [self._share(k, n) for k in done.n_correct[first:n_good]],
            map(self.optimizer.learning_rate, numbers),
        ]
        if len(done.test_losses):
            columns.append(done.test_losses[first:n_good])
            tested = done.n_tests_correct[first:n_good]
            columns.append([self._share(k, n_tests) for k in tested])
        if n_good:
            self._check_loss(done.losses[0])  # may set the limit
            if is_last_enough:
                records.clear()
        records += map(Record, *columns)
        self._progress.steps_done += n_good
        if diverges:
            self._check_loss(done.losses[-1])

    # --- bad requests, and divergence ---

    def _check_request(
        self, steps: SupportsIndex, until: Callable[[Record], bool] | None
    ) -> int:
        """Return the number of steps, if the request can be fulfilled."""
        number = check_steps(steps)
        if until is not None and not callable(until):
            raise TypeError(f"fit needs an Until or a function as until, got {until!r}")
        if isinstance(until, Until) and until.needs_tests and not self._tests.targets:
            raise ValueError(
                f"fit can't stop at {until!r}: Trainer has no test_points to measure"
            )
        if isinstance(until, Until) and until.needs_classes and self._kind == "numbers":
            raise ValueError(
                f"fit can't stop at {until!r}: labels of several numbers have no "
                f"accuracy"
            )
        return number

    @property
    def _max_loss(self) -> float:
        """The largest loss that is no divergence: any finite one at the first step."""
        limit = self._progress.loss_limit
        return sys.float_info.max if limit is None else limit

    def _check_loss(self, loss: float) -> None:
        """Raise if a loss shows divergence. The first loss sets the limit."""
        if not loss <= self._max_loss:  # NaN, too, is not <= anything
            self._raise_divergence(loss)
        if self._progress.loss_limit is None:
            self._progress.loss_limit = _DIVERGENCE_FACTOR * max(1.0, loss)

    def _raise_divergence(self, loss: float) -> NoReturn:
        """Restore the parameters and the state of the step before, and raise."""
        progress = self._progress
        for parameter, data in zip(
            self._parameters, progress.previous_parameters, strict=True
        ):
            parameter.data = data
        progress.state = progress.previous_state.copy()
        if math.isnan(loss):
            size = "NaN"
        else:
            size = "infinite" if math.isinf(loss) else f"{loss:.1e}"
        # The cause is the update before this step, or else the initial weights.
        rate = self.optimizer.learning_rate(max(self.steps_done - 1, 0))
        raise DivergenceError(
            f"The network diverged: the loss became {size} at step {self.steps_done}. "
            f"Lower the learning rate (now {rate:g})."
        )


def _find_loss(loss: str | Loss) -> Loss:
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(f"unknown loss {loss!r}: use one of {', '.join(LOSSES)}")
    return LOSSES[loss]
