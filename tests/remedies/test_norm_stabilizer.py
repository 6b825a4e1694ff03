"""The norm stabilizer compares the lengths of states that follow each other."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.remedy import Trajectory
from tests.helpers.passes import H, leaves_of, made
from tests.helpers.remedies import B, T, at, inputs, run_of


def test_norm_stabilizer_compares_lengths_from_the_first_state_on() -> None:
    cell, x = registry.load_cell("lstm"), inputs(2)
    params = leaves_of(cell, 2)
    run = run_of(cell, params, x)
    penalty = made("norm_stabilizer", weight=5.0).penalize(params, run, at(cell))
    for row in range(2):
        h = np.stack([state[0][row].detach().numpy() for state in run.states])
        norms = np.sqrt((h**2).sum(-1))  # (T, B)
        by_hand = 5.0 * ((norms[1:] - norms[:-1]) ** 2).mean(1).sum() / (T - 1)
        assert penalty[row].item() == pytest.approx(by_hand)


def test_norm_stabilizer_is_0_for_a_state_that_only_turns_or_is_0() -> None:
    cell = registry.load_cell("rnn")
    turning = [(torch.eye(H).roll(t, 0)[:B],) for t in range(T)]
    run = Trajectory(turning, torch.zeros(()), torch.zeros(T, B, 3), B)
    assert made("norm_stabilizer").penalize({}, run, at(cell)).item() == 0
    h = torch.zeros(B, H, requires_grad=True)
    run = Trajectory([(h * 1,) for _ in range(T)], torch.zeros(()), torch.zeros(T, B, 3), B)
    penalty = made("norm_stabilizer").penalize({}, run, at(cell))
    assert torch.autograd.grad(penalty, h)[0].isfinite().all()
