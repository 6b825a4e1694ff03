"""Beam search against all answers that there are, written down one by one."""

from itertools import product
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from seqbench.engine.held_out import HeldOut
from seqbench.engine.passes.forward import Forward
from seqbench.engine.scoring.beam import beam
from seqbench.engine.scoring.evaluate import evaluate
from seqbench.engine.setup import Setup
from seqbench.task import Batch
from seqbench.task.speaking import BeamSearched
from tests.helpers.toys import SYMBOLS, Caption
from tests.helpers.training import bench, trial

END = 1


class Beamed(Caption, BeamSearched):
    """A caption of at most three symbols; END ends it."""

    beam: ClassVar[int] = 3
    end: ClassVar[int] = END


class Greedy(Beamed):
    beam: ClassVar[int] = 1


class All(Beamed):
    beam: ClassVar[int] = SYMBOLS**3


def laid(folder: Path, task: BeamSearched) -> tuple[Setup, Forward]:
    made = bench(folder, "gru", task, hidden=16)
    stack = made.stack([trial()])
    noise = torch.Generator().manual_seed(0)
    loud = {k: v + torch.randn(v.shape, generator=noise) for k, v in stack.params.items()}
    return made, stack.forward("test", loud)


def test_one_hypothesis_is_the_greedy_answer(tmp_path: Path) -> None:
    made, forward = laid(tmp_path, Greedy())
    said = []

    class Watch(Greedy):
        def decide(self, outputs: Tensor, batch: Batch) -> Tensor:
            said.append(super().decide(outputs, batch))
            return said[-1]

    evaluate(forward, Watch(), made.source.test([1, 1]))
    found = beam(forward, made.task, made.source.test([1, 1]))
    greedy = said[0][:, 2:]
    before = torch.nn.functional.pad((greedy == END).cumsum(-2)[:, :-1], (0, 0, 1, 0))
    same = (found[:, 2:] == greedy) | (before > 0)  # after its end nothing counts
    assert same.all()


def odds_of(forward: Forward, batch: Batch, answers: list[tuple[int, ...]]) -> torch.Tensor:
    """Mean log-probability of each answer for each sequence, by teacher forcing: (answers, B)"""
    rows = []
    for answer in answers:
        said = torch.nn.functional.one_hot(torch.tensor(answer), SYMBOLS).float()
        x = batch.x.clone()
        x[3:, :, 16:-1] = said[:-1, None]  # heard one step later
        forced = Batch(x=x, y=batch.y, mask=batch.mask).map(lambda z: z.expand(2, *z.shape))
        features = forward.run(forced, "every").features
        odds = forward.outputs(features).log_softmax(-1)[0, 2:]
        count = answer.index(END) + 1 if END in answer else len(answer)
        rows.append(sum(odds[n, :, symbol] for n, symbol in enumerate(answer[:count])) / count)
    return torch.stack(rows)


def test_with_room_for_all_hypotheses_the_best_answer_is_found(tmp_path: Path) -> None:
    made, forward = laid(tmp_path, All())
    (batch,) = made.source.test([1, 1]).parts
    answers = [a for a in product(range(SYMBOLS), repeat=3)]
    best = odds_of(forward, batch, answers).argmax(0)
    found = beam(forward, made.task, HeldOut((batch,)))[0, 2:]
    for n, number in enumerate(best.tolist()):
        answer = answers[number]
        count = answer.index(END) + 1 if END in answer else 3
        assert tuple(found[:count, n].tolist()) == answer[:count]


@pytest.mark.parametrize("count", [1, 5, 70])
def test_pieces_change_nothing(tmp_path: Path, count: int) -> None:
    made, forward = laid(tmp_path, Beamed())
    batch = made.task._part(70, 9)
    whole = beam(forward, made.task, HeldOut((batch,)))
    some = beam(forward, made.task, HeldOut((batch.pick(slice(0, count)),)))
    assert torch.equal(whole[..., :count], some)
