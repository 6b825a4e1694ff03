"""A changed baseline changes what is told, and nothing is trained again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench import manifest, matrix
from seqbench.__main__ import main
from seqbench.design import Design, read
from seqbench.matrix import wanted
from seqbench.report.first_page import recommend
from seqbench.results import load

TEXT = """\
name: baseline
results: {folder}/results
report: {folder}/page
train:
  {{learning_rates: [0.01], hidden: 4, batch: 4, updates: 4, evaluate_every: 2,
   valid_sequences: 8, test_sequences: 8}}
tasks: {{adding: {{length: 6}}}}
cells: {{rnn: , lstm: }}
remedies: {{none: , clip_norm: }}
"""


def run(file: Path, *steps: str) -> None:
    for step in steps:
        assert main([step, "--config", str(file)]) == 0


def due(file: Path) -> set[str]:
    """The steps that would run now."""
    asked = matrix.read(file)
    every = [*wanted.before_collecting(asked), wanted.of_step(asked, "collect")]
    return {one.job for one in every if manifest.due(Path(asked.results), one)}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baseline")
    file = folder / "m.yaml"
    file.write_text(TEXT.format(folder=folder))
    for cell in ("rnn", "lstm"):
        assert main(["train", "--config", str(file), "--task", "adding", "--cell", cell]) == 0
    run(file, "initialization", "collect", "analyze")
    return file


@pytest.mark.parametrize(
    ("line", "expected"),
    [("baseline: lstm\n", Design("lstm")), ("focus: [lstm]\n", Design("rnn", ("lstm",)))],
)
def test_it_is_collected_anew_and_not_trained(finished: Path, line: str, expected: Design) -> None:
    text, results = finished.read_text(), finished.parent / "results"
    trials = (results / "tables" / "trials.parquet").read_bytes()
    assert due(finished) == set()
    finished.write_text(text + line)
    assert due(finished) == {"collect"}
    run(finished, "collect", "analyze")
    assert due(finished) == set() and read(results) == expected
    assert (results / "tables" / "trials.parquet").read_bytes() == trials
    finished.write_text(text)
    run(finished, "collect", "analyze")
    assert read(results) == Design("rnn")


def test_its_sentences_are_of_the_new_baseline(finished: Path) -> None:
    text, results = finished.read_text(), finished.parent / "results"
    assert "on `rnn`" in recommend.stay(load(results))
    finished.write_text(text + "baseline: lstm\n")
    run(finished, "collect", "analyze")
    tables = load(results)
    assert tables.baseline == "lstm" and "on `lstm`" in recommend.stay(tables)
    kinds = tables.derived["budget"]
    assert set(kinds[kinds["kind"].eq("baseline")]["name"]) == {"none", "clip_norm"}
    finished.write_text(text)
    run(finished, "collect", "analyze")


@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_text("{}")])
def test_a_design_that_is_gone_or_changed_is_collected_anew(
    finished: Path, harm: Callable[[Path], object]
) -> None:
    harm(finished.parent / "results" / "tables" / "design.json")
    assert due(finished) == {"collect"}
    run(finished, "collect")
    assert due(finished) == set()
