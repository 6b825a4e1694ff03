"""A reason names the line of the variant and the rule, and no place of this machine."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from seqbench.jobs.reasons import RULE, private
from tests.helpers.places import HOME

CELL = '''"""Broken.

Source: elman1990
"""

from dataclasses import dataclass

from seqbench.axes import State, Tensors
from seqbench.cell import affine
from seqbench.cells.rnn import Rnn
from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Broken(Rnn):
    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        (h,) = state
        BODY
        return (affine(params, x, h).tanh(),)
'''
SHAPES = "h = h @ params['W']"
NAMES = "open(__file__ + '/nowhere')"
MATRIX = """\
name: m
results: out/results
report: out/report
seeds: [1]
train: {hidden: 4, batch: 4, updates: 2, evaluate_every: 1, learning_rates: [0.01],
  valid_sequences: 8, test_sequences: 8}
tasks: {adding: {length: 6}}
cells: {shapes: , names: }
remedies: {none: , clip_norm: }
"""


def test_the_line_the_rule_and_no_place(
    project: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    for name, body in (("shapes", SHAPES), ("names", NAMES)):
        text = CELL.replace("BODY", body).replace("Broken(", f"{name.title()}(")
        (project / f"seqbench/cells/{name}.py").write_text(text)
    (project / "m.yaml").write_text(MATRIX)
    checked = run("seqbench", "check", "--config", "m.yaml")
    assert checked.returncode == 1
    first, second = checked.stderr.splitlines()
    assert first.startswith("cells.shapes: cells/shapes.py, line 19, in step: RuntimeError: Exp")
    assert first.endswith(RULE)
    assert second.startswith("cells.names: cells/names.py, line 18, in step: NotADirectoryError")
    for name, said in (("shapes", first), ("names", second)):
        words = ("--config", "m.yaml", "--task", "adding", "--cell", name)
        assert run("seqbench", "train", *words).returncode == 1
        table = pq.read_table(project / f"out/results/trials/adding/{name}.parquet")
        assert {row["reason"] for row in table.to_pylist()} == {said.partition(": ")[2]}
    assert str(project) not in checked.stderr


def test_places_of_this_machine_are_left_out() -> None:
    places = (str(HOME), str(Path.home()), os.getcwd(), socket.gethostname())
    said = private("{}/seqbench/x.py, {}/data/y.csv and {}/z on {}: no.".format(*places))
    assert not any(place in said for place in places), said
    assert "seqbench/x.py" in said and "data/y.csv" in said
