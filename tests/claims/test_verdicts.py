"""From tables to the derived table, the chapter, the figure and the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqbench import __main__, terminal
from seqbench.analysis.tidy import Tables
from seqbench.claims import table as claims
from seqbench.claims.finding import Finding, combined
from seqbench.claims.reader import ledger
from seqbench.claims.runs import Runs
from seqbench.claims.verdicts import judge
from seqbench.figures import verdicts
from seqbench.report.chapters import claims as chapter
from seqbench.results import analyze, load
from tests.helpers.claims import frame, noisy, rows, runs
from tests.helpers.collected import collect
from tests.helpers.results import write_results

SUPPORTED = Finding("supported", p=0.01, seeds=5, runs=10)
AGAINST = Finding("contradicted", p=0.02, seeds=5, runs=10)
OPEN = Finding("inconclusive", p=0.4, seeds=3, runs=6)
ABSENT = Finding("not run", why="needs more")


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ([SUPPORTED, SUPPORTED._replace(p=0.03)], "supported"),
        ([SUPPORTED, OPEN], "inconclusive"),
        ([SUPPORTED, AGAINST], "contradicted"),
        ([AGAINST, OPEN, OPEN], "inconclusive"),  # .02 of three tests is .06
        ([SUPPORTED, ABSENT], "not run"),
        ([AGAINST._replace(p=np.nan), ABSENT], "contradicted"),
    ],
)
def test_a_claim_needs_all_of_its_parts(parts: list[Finding], verdict: str) -> None:
    found = combined(parts)
    assert found.verdict == verdict
    if verdict == "supported":
        assert found.p == 0.03  # the weakest part
    assert found.runs == sum(part.runs for part in parts) or verdict == "not run"


def past(skill: float, cell: str, remedy: str = "none", n: int = 8) -> list[dict[str, object]]:
    return rows(noisy(skill, n, seed=len(cell), spread=0.01), cell=cell, remedy=remedy)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("T11", ("rnn", "none"), ("jordan", "none")),
    ],
)
def test_a_textbook_claim_flips_with_its_data(
    name: str, good: tuple[str, str], bad: tuple[str, str]
) -> None:
    claim = ledger()[name]
    assert judge(claim, runs(past(0.9, *good), past(0.3, *bad))).verdict == "supported"
    assert judge(claim, runs(past(0.3, *good), past(0.9, *bad))).verdict == "contradicted"
    few = runs(past(0.9, *good, n=3), past(0.3, *bad, n=3))
    assert judge(claim, few).verdict == "inconclusive"
    alone = judge(claim, runs(past(0.9, *good)))
    assert alone.verdict == "not run" and "needs tier S" in alone.why


def test_no_memory_without_a_loop() -> None:
    claim = ledger()["T12"]
    assert judge(claim, runs(past(0.0, "memoryless"))).verdict == "supported"
    assert judge(claim, runs(past(0.5, "memoryless"))).verdict == "contradicted"


def test_what_nobody_wrote_is_named() -> None:
    found = judge(ledger()["R10"], runs(past(0.5, "lstm")))
    assert found.verdict == "not run" and "the task `eigenworms`" in found.why


def theorem(value: float) -> Runs:
    case = {"claim": "A1", "case": "an error", "value": value, "low": 0.1, "high": 0.2}
    return runs(past(0.5, "rnn"), theorems=frame("theorems", [case]))


def test_a_theorem_holds_or_does_not() -> None:
    assert judge(ledger()["A1"], theorem(0.15)).verdict == "supported"
    against = judge(ledger()["A1"], theorem(0.3))
    assert against.verdict == "contradicted" and "an error" in against.why


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("run") / "results"
    tasks = ("adding", "copy", "temporal_order")
    cells = ("memoryless", "jordan", "rnn", "gru", "lstm")
    jobs = write_results(made, tasks=tasks, cells=cells, seeds=range(6))
    collect(made, jobs, jobs)
    analyze(made)
    return made


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return load(folder)


def test_the_table_has_every_claim_and_its_columns(tables: Tables) -> None:
    found = claims.make(tables)
    assert list(found) == list(claims.COLUMNS)
    assert list(found["claim"]) == list(ledger())
    tested = found[found["verdict"].ne("not run")]
    assert {"T5", "T10", "T11", "T12"} <= set(tested["claim"])
    assert tested["runs"][tested["kind"].ne("analytic")].gt(0).all()
    assert (tested["p_holm"].isna() | tested["p_holm"].ge(tested["p"])).all()
    why = found["why"][found["verdict"].eq("not run")].str
    assert why.startswith(("needs", "cannot be run, for want of")).all()
    assert claims.make(tables).equals(found)


def test_holm_counts_what_was_tested(tables: Tables) -> None:
    found = tables.derived["claims"]
    asked = found["p"].dropna().sort_values()
    assert len(asked) > 3
    assert found["p_holm"].min() == pytest.approx(asked.iloc[0] * len(asked))


def analogue(tables: Tables) -> pd.DataFrame:
    found = tables.derived["claims"].copy()
    found.loc[0, ["analogue", "scaled_down", "verdict"]] = [True, "a tenth of it", "supported"]
    return found


def test_the_chapter_counts_and_says_what_is_an_analogue(tables: Tables) -> None:
    made = chapter.gather(tables)
    found = tables.derived["claims"]
    assert made["words"][0].startswith(f"The ledger has {len(found)} claims")
    supported = int(found["verdict"].eq("supported").sum())
    assert f"{supported} are supported" in made["words"][0]
    textbook, published = made["tables"]
    assert len(textbook["rows"]) + len(published["rows"]) == len(found)
    assert all(len(row) == len(textbook["columns"]) for row in textbook["rows"])
    printed = json.dumps(made)
    assert "nan" not in printed and "NaN" not in printed
    assert "analogue of" not in " ".join(made["words"])
    scaled = analogue(tables)
    assert "an analogue of the published one" in " ".join(chapter.sentences(scaled))
    row = [column.entry(scaled.iloc[0]) for column in chapter.COLUMNS]
    assert row[1][0] == "supported (analogue of)"
    assert "a tenth of it" in row[-1][0]


def test_an_open_verdict_says_why(tables: Tables) -> None:
    one = tables.derived["claims"].iloc[0].copy()
    one[["verdict", "why", "low", "threshold", "high"]] = ["inconclusive", "", 0.1, 0.2, 0.3]
    assert "contains the threshold 0.2" in chapter._to_know(one)[0]
    one["threshold"] = 0.05
    assert "not every part" in chapter._to_know(one)[0]
    one["p"] = 0.2
    assert "excludes the threshold 0.05, but p is not below 0.05" in chapter._to_know(one)[0]
    one["why"] = "too few seeds"
    assert chapter._to_know(one)[0] == "too few seeds"


def test_every_trial_behind_a_verdict_is_there(tables: Tables) -> None:
    there = set(tables.trials[["task", "cell", "remedy"]].itertuples(index=False, name=None))
    behind = chapter.behind(tables)
    assert behind
    for claim, keys in behind.items():
        assert {tuple(key) for key in keys} <= there, claim


def test_the_chapter_of_nothing_says_so(tmp_path: Path) -> None:
    collect(tmp_path, [])
    analyze(tmp_path)
    empty = load(tmp_path)
    words = chapter.gather(empty)["words"]
    assert f"{len(ledger())} are not run" in words[0]
    assert chapter.sources(empty) == []
    assert verdicts.data(empty).empty


def test_the_figure_shows_every_tested_claim(tables: Tables) -> None:
    found = verdicts.data(tables)
    text = " ".join(t.get_text() for t in verdicts.draw(tables).findobj(match=_is_text))
    for name in found["claim"]:
        assert name in text


def _is_text(artist: object) -> bool:
    return hasattr(artist, "get_text")


@pytest.fixture
def config(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(folder.parent)
    path = tmp_path / "m.yaml"
    path.write_text(
        "name: test\nresults: results\ntasks: {adding: }\ncells: {rnn: }\nremedies: {none: }\n"
    )
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert __main__.main(["claims", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def words(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_command_lists_the_ledger_and_cuts_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(capsys)
    assert [line.split()[0] for line in lines if line[0] != " "] == [
        "id",
        *ledger(),
        "cost:",
        "evidence:",
    ]
    assert max(map(len, lines)) <= columns
    assert all(claim.statement in words(lines) for claim in ledger().values())


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_command_prints_verdicts_that_fit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, config: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(capsys, "--config", config)
    assert max(map(len, lines)) <= columns
    assert all(claim.statement in words(lines) for claim in ledger().values())
    row = next(line for line in lines if line.startswith("T11"))
    assert "supported" in row and "[" in row


@pytest.mark.parametrize("name", ["T1", "T11", "S2", "R5"])
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_one_claim_fits(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    config: str,
    columns: int,
    name: str,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(capsys, "--config", config, "--id", name)
    assert max(len(line) for line in lines if config not in line) <= columns
    assert ledger()[name].statement in words(lines) and not any("\x1b" in line for line in lines)


def test_a_long_command_can_still_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = ["python -m seqbench train", "--config " + "f" * 30, "--task adding", "--cell rnn"]
    for columns in range(50, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        broken = list(terminal.command("     ", *parts))
        assert max(map(len, broken)) <= columns and all(b.endswith(" \\") for b in broken[:-1])
        assert "\n".join(broken).replace("\\\n", "").split() == " ".join(parts).split()


def test_the_command_prints_one_claim_with_its_rows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    text = "\n".join(printed(capsys, "--config", config, "--id", "T11"))
    for part in ("verdict", "Holm", "adding rnn none: test_skill", f"--config {config} --task"):
        assert part in text
    text = "\n".join(printed(capsys, "--id", "S2"))
    assert "pascanu2013" in text and "in place of" in text and "verdict" not in text


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str], config: str) -> None:
    found = json.loads("\n".join(printed(capsys, "--json", "--config", config)))
    assert [claim["id"] for claim in found] == list(ledger())
    assert found[0]["found"]["claim"] == "T1"
    alone = json.loads("\n".join(printed(capsys, "--json", "--id", "T5")))
    assert alone[0]["statement"] == ledger()["T5"].statement


def test_an_unknown_claim_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["claims", "--id", "T0"]) == 2
    assert "Allowed: T1" in capsys.readouterr().err


def test_a_smaller_setting_that_falls_short_refutes_no_threshold() -> None:
    known = [claim for claim in ledger().values() if claim.kind == "threshold"]
    claim = next(claim for claim in known if claim.id == "S1")
    assert claim.scaled_down
    found = runs(past(0.0, "lstm"), past(0.0, "gru"))
    assert judge(claim, found).verdict in ("inconclusive", "not run")
