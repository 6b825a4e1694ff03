"""A matrix of two jobs that train for an instant."""

from pathlib import Path

import pytest

TINY = """\
name: tiny
results: out/results
report: out/report
seeds: [1]
train:
  {learning_rates: [0.01], hidden: 4, batch: 4, updates: 2, evaluate_every: 1,
   valid_sequences: 8, test_sequences: 8}
tasks:
  adding: {length: 6}
cells:
  rnn:
  lstm:
remedies:
  none:
"""


@pytest.fixture
def tiny(project: Path) -> Path:
    """tiny.yaml in the copy of the project."""
    file = project / "tiny.yaml"
    file.write_text(TINY)
    return file
