"""What Snakemake plans, what it trains again, and what it says when it cannot begin."""

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet as pq

from seqbench import matrix
from tests.helpers.planned import planned

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_bare_snakemake_plans_one_job_per_task_and_cell(run: Run, project: Path) -> None:
    default = matrix.read(project / "workflow/config/default.yaml")
    found = planned(run)
    assert found.pop("train") == len(default.jobs())
    assert found.pop("reach") == len(default.reach_jobs())
    once = ("initialization", "data", "collect", "analyze", "draw", "report", "status", "all")
    assert found == dict.fromkeys(once, 1)


def test_only_what_changed_is_trained_again(run: Run, project: Path, tiny: Path) -> None:
    target = "out/results/tables/trials.csv"
    words = (target, "--configfile", "tiny.yaml")
    ended = run("snakemake", *words)
    assert ended.returncode == 0, ended.stderr

    lstm, said = project / "seqbench" / "cells" / "lstm.py", tiny.read_text()
    lstm.touch()
    tiny.write_text("# a remark\n" + said)
    assert planned(run, *words) == {}, "touched and remarked on, but not edited"

    text = lstm.read_text()
    lstm.write_text(text + "\nEDITED = True\n")
    assert planned(run, *words) == {"train": 1, "initialization": 1, "collect": 1}
    lstm.write_text(text)
    tiny.write_text(said.replace("[1]", "[1, 2]"))
    assert planned(run, *words) == {"train": 2, "collect": 1}, "the cell is as it was"
    tiny.write_text(said.replace("lstm:", "lstm: {gain: 0.5}"))
    assert planned(run, *words) == {"train": 1, "initialization": 1, "collect": 1}


def test_a_job_of_unchanged_trials_is_answered_from_the_store(
    run: Run, project: Path, tiny: Path
) -> None:
    words = ("train", "--config", "tiny.yaml", "--task", "adding", "--cell", "lstm")
    first = run("seqbench", *words)
    assert first.returncode == 0, first.stderr
    kept = {
        file: file.read_bytes() for file in (project / "out/results").glob("*/adding/lstm.parquet")
    }
    assert len(kept) == 5
    again = run("seqbench", *words)
    assert "1 trials, 1 in the store" in again.stderr
    assert all(file.read_bytes() == data for file, data in kept.items())


def refusal(run: Run, *words: str) -> str:
    ended = run("snakemake", *words)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


def test_a_typo_ends_in_one_sentence(run: Run, tiny: Path) -> None:
    tiny.write_text(tiny.read_text().replace("lstm", "lsmt"))
    words = refusal(run, "-n", "--configfile", "tiny.yaml")
    assert words.startswith("tiny.yaml: cells: 'lsmt' is unknown. Did you mean 'lstm'?")


def test_single_values_are_refused(run: Run) -> None:
    assert "single values are not taken" in refusal(run, "-n", "--config", "seeds=3")


def test_two_matrices_are_refused(run: Run, project: Path, tiny: Path) -> None:
    (project / "second.yaml").write_text(tiny.read_text())
    words = refusal(run, "-n", "--configfile", "tiny.yaml", "second.yaml")
    assert "2 matrices. Allowed: one." in words


def test_snakemake_still_forces_what_due_smk_asks_it_to() -> None:
    dag = find_spec("snakemake.dag")
    assert dag and dag.origin
    assert "self.forcefiles.isdisjoint(job.output)" in Path(dag.origin).read_text(), (
        "This Snakemake no longer looks at DAG.forcefiles when it plans. workflow/rules/due.smk "
        "forces jobs through it: look for another way there, or require an older Snakemake."
    )


def test_names_outside_the_matrix_have_no_rule(run: Run, tiny: Path) -> None:
    path = "out/results/trials/adding/../../../evil.parquet"
    ended = run("snakemake", "-n", path, "--configfile", "tiny.yaml")
    assert ended.returncode == 1
    assert "MissingRuleException" in ended.stderr + ended.stdout


def test_lint_complains_only_of_what_we_chose(run: Run) -> None:
    said = run("snakemake", "--lint").stderr
    complaints = set(re.findall(r"^    \* (.+):$", said, re.MULTILINE))
    assert complaints <= {
        "Specify a conda environment or container for each rule.",  # one environment for all
        "Shell command directly uses variable CONFIG from outside of the rule",
        "Shell command directly uses variable workflow from outside of the rule",
        "Shell command directly uses variable SEQBENCH from outside of the rule",
    }


def test_another_folder_is_refused_in_a_sentence(project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "snakemake", "-n", "-s", str(project / "Snakefile")]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert f"Add --directory {project}" in ended.stderr.splitlines()[-1]
    command += ["--directory", str(project)]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0


MINE = '''"""Mine: the sum of numbers that lie in a file.

Source: hochreiter1997
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, Splits


@dataclass(frozen=True, kw_only=True)
class Mine(Regression):
    io_shape: ClassVar[IoShape] = "many_to_one"
    number: Size = 1
    inputs, outputs, lag, chance, pass_mark = 1, 1, 2, 1.0, 0.1

    def splits(self) -> Splits:
        name = f"{'num' + 'bers'}_{self.number}." + os.environ.get("SUFFIX", "csv")
        lines = (Path.cwd() / f"o{'wn'}" / name).read_text().split()
        x = torch.tensor([float(line) for line in lines]).expand(12, 3, -1).permute(1, 0, 2)
        part = Batch(x=x[..., :1], y=x.sum(0)[None, :, :1])
        return Splits(part, part, part)
'''


def test_data_that_were_replaced_are_trained_on_and_touched_ones_are_not(
    run: Run, project: Path, tiny: Path
) -> None:
    (project / "seqbench/tasks/mine.py").write_text(MINE)
    (project / "own").mkdir()
    data = project / "own" / "numbers_7.csv"
    data.write_text("0.5\n")
    tiny.write_text(tiny.read_text().replace("adding: {length: 6}", "mine: {number: 7}"))
    target = "out/results/trials/mine/rnn.parquet"
    words = (target, "--configfile", "tiny.yaml")
    ended = run("snakemake", *words)
    assert ended.returncode == 0, ended.stderr
    row = pq.read_table(project / target).to_pylist()[0]
    assert row["status"] == "ok", row["reason"]
    data.touch()
    assert planned(run, *words) == {}
    for faulty in ("oops\n", "0.25\n"):
        data.write_text(faulty)
        assert planned(run, *words) == {"train": 1}
        assert run("snakemake", *words).returncode == 0
    again = pq.read_table(project / target).to_pylist()[0]
    assert again["status"] == "ok" and again["test_score"] != row["test_score"]
