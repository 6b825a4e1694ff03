"""The answer on the report's first page: what to take, how sure that is, and what it rests on.

A few sentences per question, computed from the tables; where the trials of a question were not
run, its sentence says so. Names of variants stand between backticks, which both editions print in
their code font. What is best was chosen by its mean validation skill (`seqbench.analysis.leaders`);
printed is its test skill, with an interval over seeds. No sentence is about two optimizers at once.
"""

from typing import NamedTuple

from seqbench.analysis.tables.comparisons import ASKED
from seqbench.analysis.tidy import Tables
from seqbench.report.first_page import reasons, recommend
from seqbench.report.first_page.exploding import clipped, truncated
from seqbench.report.first_page.limits import FEW
from seqbench.report.numbers import plural


class Said(NamedTuple):
    """Some sentences, and what they are about in a word or two."""

    lead: str
    words: str


def first(tables: Tables) -> list[Said]:
    """What a reader sees first: how sure, what to take, what to avoid, and why."""
    said = [
        Said("How sure", sure(tables)),
        Said("Unknown lag", recommend.unknown_lag(tables)),
        Said("Known lag", recommend.known_lag(tables)),
        Said(f"It must stay {tables.baseline}", recommend.stay(tables)),
        Said("Plain gradient descent", recommend.descent(tables)),
        Said("Another size", recommend.other_size(tables)),
        Said("To avoid", recommend.avoid(tables)),
        Said("Why", reasons.why(tables)),
    ]
    return [one for one in said if one.words]


def more(tables: Tables) -> list[Said]:
    """What it rests on: cells in focus, the forget bias, references, clipping, truncation."""
    said = [
        *(Said(cell, recommend.focus(tables, cell)) for cell in tables.design.focus),
        Said("Forget bias", reasons.forget_bias(tables)),
        Said("What learning through time buys", reasons.bought(tables)),
        Said("Clipping", clipped(tables)),
        Said("Truncation", truncated(tables)),
    ]
    return [one for one in said if one.words]


def sure(tables: Tables) -> str:
    """Whether the run can decide anything, before it says what it found."""
    verdicts = tables.comparisons["verdict"]
    asked = verdicts[verdicts.isin(ASKED)]
    if asked.empty:
        return "No remedy was compared with `none`, so this run concludes nothing about remedies."
    if asked.eq(FEW).all():
        pairs = int(tables.comparisons["n"].max())
        return (
            f"No comparison of a remedy with `none` can be significant in this run, however large "
            f"the effect: each rests on {plural(pairs, 'pair')} of runs at most. What follows "
            "describes these runs and concludes nothing."
        )
    better, worse = (int(asked.eq(name).sum()) for name in ("better", "worse"))
    return (
        f"Of {plural(len(asked), 'comparison')} of a remedy with `none`, each on one task and "
        f"cell, {better:,} {'is' if better == 1 else 'are'} better and {worse:,} worse after "
        "Holm's correction. Where a sentence below names no test, it describes these runs."
    )
