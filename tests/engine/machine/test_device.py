"""The device: one that is asked for and is not there is refused, before a result is touched."""

from pathlib import Path

import pytest
import torch

from seqbench import jobs, matrix
from seqbench.engine.machine import device
from seqbench.errors import InputError
from tests.helpers.places import CONFIG


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def test_a_device_that_is_not_there_is_refused() -> None:
    assert device.choose("auto") == torch.device("cpu")
    with pytest.raises(InputError, match="--device cuda: .* Allowed: auto or cpu"):
        device.choose("cuda")


def test_a_refused_device_leaves_the_results_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = matrix.read(CONFIG / "smoke.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="--device cuda"):
        jobs.run_job(read, "adding", "rnn", device="cuda")
    assert not list(tmp_path.rglob("*.parquet"))
