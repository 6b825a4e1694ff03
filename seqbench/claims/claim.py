"""What one claim consists of. Every field must be given; null says that the source is silent."""

from typing import Annotated, Literal

from annotated_types import MinLen
from pydantic import ConfigDict, Field, PrivateAttr

from seqbench.knobs import Positive, Size
from seqbench.training import Section, Use, used

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

CHECKED = {
    "source": "read in the source once more",
    "notes": "from notes of whoever read the source",
    "no": "not checked against the source",
    "none": "nothing is said",
}

ONE_WAY = "a smaller setting than the source's, which could only support it"

PAST = "past"  # in place of tasks: all whose answer lies in the past
ANY = "*"  # in place of remedies: all but `none`
ALIASES = {  # in place of a remedy: what it is called in a matrix
    "echo_state_network": "reservoir+leaky+ridge_readout",
}

Kind = Literal["task", "cell", "remedy"]
KINDS: tuple[Kind, ...] = ("task", "cell", "remedy")
Column = Literal[(*used(Use.COLUMN), "lag")]  # type: ignore[valid-type]
Check = Literal["source", "notes", "no", "none"]
Text = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Text, ...], MinLen(1)]
Measure = Literal[
    "test_skill", "signed_skill", "test_score", "valid_skill", "solved", "diverged", "events",
    "explosions", "parameters", "score_per_weight", "log_seconds",
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


class Verified(Part):
    """How far each part of an entry was checked against the source (`CHECKED`)."""

    reported: Check
    setting: Check
    place: Check


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
    task, the combination with the best mean validation score.
    """

    tasks: tuple[str, ...] | None = None
    cells: tuple[str, ...] | None = None
    remedies: tuple[str, ...] | None = None
    where: dict[Column, Wanted] = {}  # type: ignore[valid-type]
    knobs: dict[Kind, dict[str, Wanted]] = {}
    pick: Literal["all", "best"] = "all"


class Question(Part):
    """One question put to the tables: the rows of every arm, and the predicate that compares them.

    name: a file of `seqbench.claims.predicates`, which the reader of the ledger checks.
    rows: what all arms have in common, by which runs are paired; an arm's own fields come on top.
    measure: test_skill counts what is below chance as 0, signed_skill does not.
    rates: tuned, the learning rate chosen on validation; all, the mean over every rate tried.
    margin: in place of the claim's tolerance. value, share: see the predicate.
    given: what else must be shown, or there is no verdict.
    """

    name: Text
    rows: Rows = Rows()
    arms: dict[Literal["a", "b"], Rows] = {}
    measure: Measure = "test_skill"
    rates: Literal["tuned", "all"] = "tuned"
    margin: float | int | None = None
    value: float | int | None = None
    direction: Literal["at_least", "at_most"] = "at_least"
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    given: tuple["Given", ...] = ()
    _claim: str = PrivateAttr("")

    @property
    def claim(self) -> str:
        """The id of the claim that asks it; "" where none does."""
        return self._claim


class Given(Part):
    """A condition: unless this is supported, the question that it belongs to stays open.

    otherwise: why, in a sentence without its full stop.
    """

    question: Question
    otherwise: Text


class Claim(Part):
    """One file of the ledger, whose name is the id.

    missing: what it asks for that does not exist (name: what that is, or why there is none), so
    that the claim cannot be run.
    """

    id: Annotated[str, Field(pattern=r"^[TASR]\d{1,2}[a-z]?$")]
    statement: Text
    source: Source
    setting: Setting
    reported: Reported
    evidence: Literal["seen", "second-hand", "unverified"]
    verified: Verified
    kind: Literal["analytic", "ordering", "threshold", "value", "ratio"]
    predicate: Annotated[tuple[Question, ...], MinLen(1)]
    tolerance: float | int
    missing: dict[str, Text]
    scaled_down: Text | None
    tier: Literal["Z", "S", "M", "L", "G"]

    def model_post_init(self, _: object) -> None:
        """Tell every question who asks it."""
        for question in self.questions:
            question._claim = self.id

    @property
    def questions(self) -> tuple[Question, ...]:
        """All that it asks, conditions included."""
        conditions = (condition.question for asked in self.predicate for condition in asked.given)
        return *self.predicate, *conditions

    @property
    def unverified(self) -> list[str]:
        """The parts of the entry that nobody has checked against the source."""
        return [name for name, how in self.verified.model_dump().items() if how == "no"]

    @property
    def rank(self) -> tuple[int, int, str]:
        """Textbook first, then what needs no training, synthetic tasks, real data; by number."""
        digits = "".join(filter(str.isdigit, self.id))
        return "TASR".index(self.id[0]), int(digits), self.id


def merged(question: Question, arm: str) -> Rows:
    """The rows of one arm: what all have in common, with its own fields on top."""
    alone = question.arms.get(arm, Rows())  # type: ignore[call-overload]
    given = {name: getattr(alone, name) for name in alone.model_fields_set}
    knobs = {kind: question.rows.knobs.get(kind, {}) | alone.knobs.get(kind, {}) for kind in KINDS}
    given["knobs"] = {kind: wanted for kind, wanted in knobs.items() if wanted}
    given["where"] = question.rows.where | alone.where
    rows = question.rows.model_copy(update=given)
    named = tuple(ALIASES.get(name, name) for name in rows.remedies or ()) or None
    return rows.model_copy(update={"remedies": named})
