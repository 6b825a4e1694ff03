"""The script for a GPU works without one: every step has its turn, and a table is left."""

import subprocess
import sys

import pytest
import torch

from tests.helpers import waits
from tests.helpers.steps import HOME, Step, made


def test_what_fails_or_hangs_keeps_no_other_step_from_its_turn() -> None:
    todo = [
        Step("good", ("-c", "print('begun'); print('well')"), 60),
        Step("bad", ("-c", "raise SystemExit('why')"), 60),
        Step("endless", ("-c", "import time; time.sleep(600)"), 2),
        Step("next", ("-c", "print('here')"), 60),
    ]
    ended = made(todo, 200)
    assert [step.how for step in ended] == ["ok", "failed", "out of time", "ok"]
    assert [step.said for step in ended] == ["well", "why", "", "here"]
    assert [step.how for step in made(todo, 0)] == ["not begun"] * 4


def test_updates_are_timed_without_a_gpu_too(capsys: pytest.CaptureFixture[str]) -> None:
    waits.main("cpu")
    assert "an update of 128 trials: loop" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so() -> None:
    command = [sys.executable, "tests/workflow/gpu.py"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True)
    assert done.returncode == 2 and "no CUDA device" in done.stdout
