"""The chapter says what cells could learn but did not, and why others cannot."""

from dataclasses import replace
from pathlib import Path

import pytest

from seqbench.__main__ import main
from seqbench.analysis.tables import certified
from seqbench.analysis.tidy import Tables
from seqbench.report.chapters import certified as chapter
from seqbench.results import load
from tests.helpers.reported import make

CELLS = ("rnn", "gru", "min_gru", "leaky_rnn")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("certified")
    return make(place, tasks=("adding",), cells=CELLS, remedies=("none",), seeds=range(2))


def as_parity(tables: Tables, *learned: str) -> Tables:
    """The same run, as if its task were parity, with no trial solved but those of these cells."""
    trials = tables.trials.assign(task="parity", knobs="{}", hidden=16)
    trials["hidden"] = trials["hidden"].astype("Int64")
    trials["solved"] = trials["cell"].isin(learned).astype("boolean")
    other = replace(tables, trials=trials)
    return replace(other, derived=tables.derived | {"certified": certified.make(other)})


def test_a_pair_is_a_row_with_what_is_known_of_it(folder: Path) -> None:
    frame = as_parity(load(folder), "rnn").derived["certified"].set_index("cell")
    assert frame["status"].to_dict() == {
        "rnn": "certified, learned", "gru": "certified, not learned",
        "min_gru": "impossible", "leaky_rnn": "neither yet",
    }  # fmt: skip
    assert frame.loc["rnn", "solved"] == frame.loc["rnn", "trials"] > 0
    assert frame["solved"].drop("rnn").eq(0).all()
    assert frame.loc["min_gru", "theorem"] == "nonnegative_eigenvalues"
    assert frame.loc["gru", "units"] == 2


def test_the_chapter_names_those_that_could_and_those_that_cannot(folder: Path) -> None:
    told = chapter.gather(as_parity(load(folder), "rnn"))
    counts, missed, forbidden = told["words"]
    assert counts == (
        "Of 4 pairs of cell and task: 1 certified, learned; 1 certified, not learned; "
        "1 impossible; 1 neither yet."
    )
    assert missed == "Could, but did not learn: on `parity` `gru`."
    assert "finite precision): `min_gru` on `parity`." in forbidden
    assert "Sarrof et al. 2024" in forbidden and told["sources"] == ["sarrof2024", "grazzi2025"]
    (table,) = told["tables"]
    assert [head["label"] for head in table["columns"]] == ["Cell", "parity"]
    assert ["`gru`", "certified, not learned"] in [[row[0][0], row[1][0]] for row in table["rows"]]


def test_a_trial_that_learned_is_told_of_beside_the_theorem(folder: Path) -> None:
    told = chapter.gather(as_parity(load(folder), "min_gru"))
    assert told["words"][-1] == (
        "Learned at its length, though no weights do it at every length: `min_gru` on `parity`."
    )


def test_nothing_is_said_of_other_tasks(folder: Path) -> None:
    told = chapter.gather(load(folder))
    assert told["words"] == [] and told["tables"] == []


def test_the_command_says_it_of_a_results_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", "--results", str(folder)]) == 0
    assert capsys.readouterr().out == "No task of this run has certificates or theorems.\n"
    assert main(["certify", "--cell", "bistable", "--problem", "flip_flop"]) == 0
    said = capsys.readouterr().out
    assert "bistable                  passes (1)" in said
    assert "1 of 1 certificates pass at 25 times the length" in said
    assert main(["certify", "--cell", "lru", "--problem", "parity"]) == 0
    assert "lru                       impossible" in capsys.readouterr().out
    assert main(["certify", "--problem", "sums"]) == 2
    assert "Allowed: parity, flip_flop, counting" in capsys.readouterr().err
