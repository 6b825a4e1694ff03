"""Criteria that the search for the longest lag and the tables share.

    setting         of values of a remedy's knobs and a learning rate: the fewest trials without a
                    test score, then the highest mean validation score, then the smaller rate
    length          solved if at least 80 % of the seeds solve it

Test scores are never compared. A trial without a validation score counts as chance.
"""

from collections.abc import Iterable, Mapping
from math import fsum, inf, isfinite
from typing import NamedTuple

Choice = tuple[str, float | None]  # setting, learning rate
RAN = ("ok", "diverged", "timeout")  # statuses of trials that were trained
SHARE = 0.8  # of the seeds


class Attempt(NamedTuple):
    """What counts of one trial.

    Attributes:
        learning_rate: None in closed form.
        scored:        it has a test score.
        rank:          as the function `rank` gives it.
        setting:       the values of the remedy's knobs, in words.
    """

    learning_rate: float | None
    scored: bool
    rank: float
    setting: str = ""

    @classmethod
    def of(cls, trial: Mapping[str, object]) -> "Attempt":
        """What counts of a row of the table of trials."""
        names = ("learning_rate", "test_skill", "valid_score", "chance", "perfect")
        rate, skill, *scores = (_number(trial.get(name)) for name in names)
        return cls(rate, skill is not None, rank(*scores), str(trial.get("setting") or ""))


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and isfinite(value) else None


def rank(valid_score: float | None, chance: float | None, perfect: float | None) -> float:
    """The validation score, larger is better; without one (missing or not finite), chance."""
    chance = chance or 0.0
    score = chance if valid_score is None or not isfinite(valid_score) else valid_score
    return score if (perfect or 0.0) >= chance else -score


def chosen(attempts: Iterable[Attempt]) -> Choice:
    """Setting and learning rate chosen on validation, of trials of one (task, cell, remedy)."""
    tried: dict[Choice, list[Attempt]] = {}
    for one in attempts:
        tried.setdefault((one.setting, one.learning_rate), []).append(one)

    def place(choice: Choice) -> tuple[float, float, float, str]:
        some, (setting, rate) = tried[choice], choice
        unscored = sum(not one.scored for one in some) / len(some)
        return unscored, -fsum(one.rank for one in some) / len(some), rate or -inf, setting

    return min(tried, key=place)


def enough(solved: float, seeds: float) -> bool:
    """Whether a length counts as solved: by 4 of 5 seeds it does, by 2 of 3 it does not."""
    return seeds > 0 and solved >= SHARE * seeds - 1e-9
