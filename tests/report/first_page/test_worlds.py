"""In made-up worlds, the first page says the verdicts of the tables, and no other."""

import re
from collections.abc import Iterator

import pytest

from seqbench.analysis import leaders
from seqbench.analysis.methods import statistics
from seqbench.analysis.tidy import Tables
from seqbench.report.first_page import answer, recommend
from tests.helpers import worlds
from tests.helpers.aloud import read_aloud
from tests.helpers.bare import whole
from tests.helpers.worlds import WORLDS

MANY = [1, pytest.param(40, marks=[pytest.mark.faults, pytest.mark.timeout(3600)])]
TURNS = {"raises": "better", "lowers": "worse", "changes": "no difference shown"}
OF_ONE = re.compile(r"`([^`]+)`(?: has the best mean [^:]+: it|, which has the worst,) (\w+) ")
TOO = re.compile(r"((?:`[^`]+`(?:, | and )?)+) raises? it, too\.")
SIDES = ("significantly more", "significantly less")
AGAINST = re.compile(r"against `([^`]+)`, which is (significantly more|significantly less|not)")


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random signs by the thousand: p is as right, and less fine."""
    monkeypatch.setattr(statistics, "DRAWS", 2000)


def of_remedies(text: str) -> Iterator[tuple[str, str]]:
    """What a text says of every remedy that it names."""
    for name, word in OF_ONE.findall(text):
        yield name, TURNS[word]
    for names in TOO.findall(text):
        yield from ((name, "better") for name in re.findall(r"`([^`]+)`", names))


def agree_on_remedies(tables: Tables) -> None:
    for optimizer, say in (("adam", recommend.stay), ("sgd", recommend.descent)):
        rows = tables.effects[tables.effects["tasks"].eq("telling")]
        rows = rows[rows["cell"].eq(tables.baseline) & rows["optimizer"].eq(optimizer)]
        known = rows.set_index("remedy")["verdict"]
        said = dict(of_remedies(say(tables)))
        assert said and said == {name: known[name] for name in said}
        better = {name for name, verdict in known.items() if verdict == "better"}
        assert better <= said.keys(), "what helps is told"


def agree_on_the_best(tables: Tables) -> None:
    best = leaders.best_pair(tables.parts["adam"])
    assert best is not None
    text = recommend.unknown_lag(tables)
    assert ("Every other combination is significantly worse." in text) == (not best.equals)
    names = [recommend.combination(*pair) for pair in best.equals]
    assert not names or f": {names[0]}" in text
    assert len(names) < 2 or f"{len(names)} others are not significantly worse" in text


def agree_on_counts(tables: Tables) -> None:
    verdicts = tables.comparisons.groupby("remedy")["verdict"].value_counts()
    told = {
        name: int(n) for name, n in re.findall(r"`([^`]+)` in (\d+) of", recommend.avoid(tables))
    }
    assert told == {name: n for (name, verdict), n in verdicts.items() if verdict == "worse"}
    better, worse = (int(tables.comparisons["verdict"].eq(v).sum()) for v in ("better", "worse"))
    assert re.search(rf"\b{better} (is|are) better and {worse} worse", answer.sure(tables))


def agree_on_cells(tables: Tables) -> None:
    """Of every cell against the best one and the baseline."""
    rows = tables.derived["cell_pairs"]
    rows = rows[rows["tasks"].eq("telling")]
    for optimizer, part in tables.parts.items():
        own = rows[rows["optimizer"].eq(optimizer)].set_index(["cell", "versus"])["verdict"]
        for cell in part.trials["cell"].unique():
            for other, word in AGAINST.findall(recommend.focus(part, cell)):
                sides = {(cell, other): SIDES, (other, cell): SIDES[::-1]}
                (pair,) = sides.keys() & set(own.index)
                words = dict(zip(("better", "worse"), sides[pair], strict=True))
                assert word == words.get(own[pair], "not")


@pytest.mark.parametrize("runs", MANY)
@pytest.mark.parametrize("name", WORLDS)
def test_the_first_page_says_what_the_tables_say(name: str, runs: int) -> None:
    for seed in range(runs):
        tables = whole(worlds.trials(WORLDS[name], 1, seed).drop(columns="run"))
        agree_on_remedies(tables)
        agree_on_the_best(tables)
        agree_on_counts(tables)
        agree_on_cells(tables)
        for say in (recommend.unknown_lag, recommend.stay, recommend.descent, answer.sure):
            read_aloud(say(tables))
