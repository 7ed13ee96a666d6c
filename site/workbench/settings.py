"""The options of the playground, each with the sentence that explains it."""

from __future__ import annotations

from types import SimpleNamespace

from stage.formulas import FormulaText
from stage.option import Choice, ChoiceList, Number, Sizes
from stage.options import Options
from workbench.dataset import DATASETS, MAX_POINTS
from workbench.features import FeatureList
from workbench.own_option import OwnPoints

SEEDS = 2**32 - 1  # the largest seed NumPy's stream takes

OPTIONS = Options(
    Choice(
        "data",
        "Data",
        (*((name, kind.label) for name, kind in DATASETS.items()), ("own", "my own")),
        hint="The points to learn: made by a rule, or drawn and pasted by you.",
    ),
    Number(
        "points",
        "Points",
        500,
        low=10,
        high=MAX_POINTS,
        hint="How many points there are, those to test with included.",
    ),
    Number(
        "noise",
        "Noise",
        0.1,
        low=0,
        high=1,
        step=0.01,
        hint="How far points are scattered from where the rule puts them.",
    ),
    Number(
        "data_seed",
        "Data seed",
        1337,
        low=0,
        high=SEEDS,
        hint="Another seed draws other points by the same rule.",
    ),
    Number(
        "test_share",
        "Test share",
        0.3,
        low=0,
        high=0.9,
        step=0.05,
        hint="The share of points that the network never trains on. They show whether "
        "it has learned the rule or just the points.",
    ),
    Number(
        "classes",
        "Classes",
        2,
        low=2,
        high=4,
        hint="How many classes the blobs have. The other data sets fix this.",
    ),
    FormulaText(
        "formula",
        "Formula",
        "y - sin(2*x)",
        names=("x", "y"),
        hint="For data by formula: points where it’s above 0 are orange, the others "
        "blue.",
    ),
    OwnPoints("own", "Own points"),
    FeatureList(
        "features",
        "Features",
        ("x", "y"),
        hint="What the network gets to see of each point.",
    ),
    Sizes(
        "hidden",
        "Hidden layers",
        (6, 4),
        shortest=0,
        longest=6,
        high=16,
        hint="The neurons in each hidden layer, such as 6,4. Nothing means no hidden "
        "layer.",
    ),
    ChoiceList(
        "activation",
        "Activations",
        (
            ("tanh", "tanh"),
            ("relu", "ReLU"),
            ("sigmoid", "sigmoid"),
            ("linear", "linear"),
            ("leaky_relu", "leaky ReLU"),
            ("softplus", "softplus"),
            ("sine", "sine"),
        ),
        longest=6,
        hint="The function at the end of each hidden neuron: one for all layers, or "
        "one for each.",
    ),
    Choice(
        "loss",
        "Loss",
        (
            ("cross_entropy", "cross-entropy"),
            ("hinge", "hinge"),
            ("squared_error", "squared error"),
        ),
        hint="What training makes small. Several classes need cross-entropy or squared "
        "error, numbers squared error.",
    ),
    Choice(
        "optimizer",
        "Optimizer",
        (("sgd", "SGD"), ("momentum", "momentum"), ("adam", "Adam")),
        hint="How a gradient becomes a step: straight down, with momentum 0.9, or "
        "scaled for each parameter.",
    ),
    Number(
        "rate",
        "Learning rate",
        0.1,
        low=0.00001,
        high=100,
        hint="How far each step goes. Too large, and it jumps over the valley.",
    ),
    Choice(
        "schedule",
        "Schedule",
        (("constant", "stays the same"), ("linear", "falls to a tenth")),
        hint="Whether the rate stays, or falls to a tenth over 2,000 steps.",
    ),
    Number(
        "batch",
        "Batch size",
        10,
        low=0,
        high=MAX_POINTS,
        hint="How many points each step looks at. 0 means all of them.",
    ),
    Choice(
        "penalty",
        "Penalty",
        (("none", "none"), ("l2", "L2"), ("l1", "L1")),
        hint="Part of the training loss: L2 keeps weights and biases small, L1 makes "
        "many of them 0.",
    ),
    Number(
        "strength",
        "Strength",
        0.001,
        low=0,
        high=10,
        hint="The factor of the penalty in the loss.",
    ),
    Number(
        "weight_seed",
        "Weight seed",
        1337,
        low=0,
        high=SEEDS,
        hint="Another seed draws other initial weights.",
    ),
    Choice(
        "speed",
        "Speed",
        (("fast", "full"), ("epoch", "1 epoch"), ("step", "1 step")),
        hint="How much is trained between two pictures.",
    ),
    Choice(
        "output",
        "Output",
        (("confidence", "confidence"), ("hard", "classes only")),
        hint="Paler where the network is less sure, or just the class.",
    ),
    Number(
        "stop_loss",
        "Stop at loss",
        0.0,
        low=0,
        high=100,
        hint="Training stops once the test loss is this small. 0 never stops it. "
        "Without test points, the training loss counts.",
    ),
    Number(
        "stop_accuracy",
        "Stop at accuracy",
        0.0,
        low=0,
        high=1,
        hint="Training stops once this share of test points is right. 0 never stops "
        "it.",
    ),
    Number(
        "stop_steps",
        "Stop at step",
        0,
        low=0,
        high=10_000_000,
        hint="Training stops after this many steps. 0 never stops it.",
    ),
    version=1,
)

#: Options that take another network; `DATA` are those that take other points.
NETWORK = ("features", "hidden", "activation", "weight_seed")
DATA = ("data", "points", "noise", "data_seed", "test_share", "classes", "formula")
#: Options that only change what is shown, or when it ends.
LOOKS = ("speed", "output", "stop_loss", "stop_accuracy", "stop_steps")


def list_changes(old: SimpleNamespace, new: SimpleNamespace) -> set[str]:
    """Return the names of options that differ and matter."""
    changed = set()
    for name, value in vars(new).items():
        before = getattr(old, name)
        # Formulas hold syntax trees, which are all different.
        if getattr(value, "text", value) != getattr(before, "text", before):
            changed.add(name)
    return changed if new.data == "own" else changed - {"own"}
