"""What one claim consists of. Every field must be given; null says that the source is silent."""

from typing import Annotated, Literal

from annotated_types import MinLen
from pydantic import ConfigDict, Field

from seqbench.knobs import Positive, Size
from seqbench.training import Section

# predicate: (the arms that it asks for, what it says)
PREDICATES: dict[str, tuple[tuple[str, ...], str]] = {
    "paired_difference": (("a", "b"), "a minus b is more than the tolerance, pair by pair"),
    "equivalence": (("a", "b"), "a minus b is smaller than the tolerance, either way"),
    "at_chance": (("a",), "the skill is within the tolerance of chance on every task"),
    "value_within": (("a",), "the mean is within the tolerance of a value"),
    "interaction": (("a", "b"), "a minus b grows with the lag by more than the tolerance"),
    "success_rates": (("a", "b"), "a larger share of the runs of a is solved than of b"),
    "threshold": (("a",), "more than a share of the runs meets a value"),
    "ratio_of_steps": (("a", "b"), "a needs so many times the updates of b to solve"),
    "growth_of_steps": (("a",), "updates to solve grow more slowly than a power of the lag"),
    "variance_ratio": (("a", "b"), "the scores of a spread so many times wider than those of b"),
    "longest_lag": (("a", "b"), "a solves lags so many times longer than b"),
    "carries_over": (("a",), "more than a share of what is solved is solved on longer sequences"),
    "analytic": ((), "every number of the theorem lies within its bounds"),
}
TIERS = {
    "Z": "no training",
    "S": "less than 2 CPU minutes",
    "M": "less than 30 CPU minutes",
    "L": "CPU hours",
    "G": "a GPU",
}
EVIDENCE = {
    "seen": "read in the primary source",
    "second-hand": "read in a table of somebody else",
    "unverified": "not found in a source that could be opened",
}

Kind = Literal["task", "cell", "remedy"]
KINDS: tuple[Kind, ...] = ("task", "cell", "remedy")
Text = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Text, ...], MinLen(1)]
Predicate = Literal[
    "paired_difference", "equivalence", "at_chance", "value_within", "interaction",
    "success_rates", "threshold", "ratio_of_steps", "growth_of_steps", "variance_ratio",
    "longest_lag", "carries_over", "analytic",
]  # fmt: skip
Measure = Literal[
    "test_skill", "test_score", "valid_skill", "solved", "diverged", "spikes", "explosions",
    "parameters", "log_seconds",
]  # fmt: skip


class Part(Section):
    """A section that is refused in one sentence where a field is missing or unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Source(Part):
    """Where it is said: a key of references.bib, the version that was read, the place in it."""

    key: Annotated[str, Field(pattern=r"^[a-z]+\d{4}[a-z]*$")]
    version: Text
    place: Text


class Setting(Part):
    """What the source did, as it says it; null where it does not say."""

    task: Text
    knobs: dict[str, int | float | str]
    cells: Names
    remedies: Names
    hidden: Size | str | None
    length: Size | str | None
    batch: Size | str | None
    optimizer: Text | None
    learning_rate: Positive | str | None
    clip: Positive | str | None
    init: Text | None
    updates: Size | str | None


class Reported(Part):
    """The published number, in the source's unit, and the seeds behind it."""

    number: Text | None
    seeds: Size | None


class Bound(Part):
    """What a number may be."""

    at_least: float | int | None = None
    at_most: float | int | None = None


Wanted = Bound | bool | int | float | str


class Rows(Part):
    """Which rows of the tables are meant; of what is not given: any.

    tasks: names; `adding` stands for all its labels, too, `adding@` for the one without a label,
    "past" for every task whose answer lies in the past. cells and remedies: exact names, and
    without knobs of their own where they have no label, unless `knobs` says which. where: columns
    of trials. knobs: by kind (task, cell, remedy), defaults included. pick: "best" keeps, of every
    task, the combination that validates best.
    """

    tasks: tuple[str, ...] | None = None
    cells: tuple[str, ...] | None = None
    remedies: tuple[str, ...] | None = None
    where: dict[Literal["optimizer", "hidden", "batch", "updates", "lag", "match"], Wanted] = {}
    knobs: dict[Kind, dict[str, Wanted]] = {}
    pick: Literal["all", "best"] = "all"


class Question(Part):
    """One question put to the tables: the rows of every arm, and the predicate that compares them.

    rows: what all arms have in common, by which runs are paired; an arm's own fields come on top.
    rates: tuned, the learning rate chosen on validation; all, the mean over every rate tried.
    margin: in place of the claim's tolerance. value, share, group: see the predicate.
    """

    name: Predicate
    rows: Rows = Rows()
    arms: dict[Literal["a", "b"], Rows] = {}
    measure: Measure = "test_skill"
    rates: Literal["tuned", "all"] = "tuned"
    margin: float | int | None = None
    value: float | int | None = None
    direction: Literal["at_least", "at_most"] = "at_least"
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5


class Claim(Part):
    """One file of the ledger, whose name is the id."""

    id: Annotated[str, Field(pattern=r"^[TASR]\d{1,2}[a-z]?$")]
    statement: Text
    source: Source
    setting: Setting
    reported: Reported
    evidence: Literal["seen", "second-hand", "unverified"]
    kind: Literal["analytic", "ordering", "threshold", "value", "ratio"]
    predicate: Annotated[tuple[Question, ...], MinLen(1)]
    tolerance: float | int
    scaled_down: Text | None
    tier: Literal["Z", "S", "M", "L", "G"]

    @property
    def rank(self) -> tuple[int, int, str]:
        """Textbook first, then what needs no training, synthetic tasks, real data; by number."""
        digits = "".join(filter(str.isdigit, self.id))
        return "TASR".index(self.id[0]), int(digits), self.id


def merged(question: Question, arm: str) -> Rows:
    """The rows of one arm: what all have in common, with its own fields on top."""
    own = question.arms.get(arm, Rows())  # type: ignore[call-overload]
    given = {name: getattr(own, name) for name in own.model_fields_set}
    knobs = {kind: question.rows.knobs.get(kind, {}) | own.knobs.get(kind, {}) for kind in KINDS}
    given["knobs"] = {kind: wanted for kind, wanted in knobs.items() if wanted}
    given["where"] = question.rows.where | own.where
    return question.rows.model_copy(update=given)
