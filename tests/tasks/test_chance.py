"""Chance is what the best predictor gets that knows the step and not the input."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench.task import Batch, Task
from tests.helpers.sampling import MANY, drawn


def asked(batch: Batch) -> Tensor:
    """Of every answer, whether the metric counts it. (A, n)"""
    weights = batch.mask if batch.scored is None else batch.scored
    return torch.ones(batch.y.shape[:2]).bool() if weights is None else weights > 0


def best_blind(task: Task, train: Batch, test: Batch) -> float:
    """The score of the best predictor that knows the step, but not the input."""
    if task.metric == "error_rate":
        constants = torch.linspace(0, 1, 201)
        rates = [task.score(c.expand(train.y.shape), train).item() for c in constants]
        outputs = constants[rates.index(min(rates))].reshape(1, 1, 1)
    elif task.metric == "exact_match":
        answers, counts = train.y.unique(dim=1, return_counts=True)
        outputs = functional.one_hot(answers[:, [counts.argmax()]], task.outputs).float()
    else:
        answers = functional.one_hot(train.y, task.outputs) * asked(train)[..., None]
        outputs = answers.sum(1, keepdim=True).float()
    return task.score(outputs.expand(-1, len(test), -1), test).item()


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("multiplication", {}),
        ("multiplication@hs97", {}),
        ("multiplication@hs97", {"length": 20}),
        ("variable_copy", {"length": 5}),
        ("variable_copy", {"length": 5, "alphabet": 3, "memorize": 4}),
        ("random_permutation", {"length": 4, "symbols": 7}),
        ("random_permutation@martens11", {"length": 4, "symbols": 7}),
        ("noiseless_memorization", {"alphabet": 2, "memorize": 3}),
        ("two_sequence", {}),
        ("two_sequence@3b", {}),
        ("delayed_parity", {}),
        ("parity", {}),
        ("parity", {"length": 2}),
        ("embedded_reber", {}),
        ("embedded_reber", {"length": 8}),
        ("counting", {}),
        ("counting", {"kinds": 3, "most": 4}),
        ("dyck", {}),
        ("dyck", {"kinds": 5, "depth": 2, "length": 9}),
        ("dyck", {"kinds": 3, "depth": 6}),
        ("group_words", {}),
        ("group_words", {"group": "a5", "length": 3}),
        ("flip_flop", {}),
        ("flip_flop", {"ignore": 0.0, "length": 2}),
        ("multi_query_recall", {}),
        ("multi_query_recall", {"pairs": 1, "keys": 1, "values": 3}),
        ("even_pairs", {}),
        ("modular_arithmetic", {}),
        ("modular_arithmetic", {"numbers": 2}),
        ("modular_arithmetic", {"numbers": 3, "modulus": 4}),
        ("cycle_navigation", {}),
        ("cycle_navigation", {"length": 3}),
        ("cycle_navigation", {"length": 4, "places": 2}),
        ("reverse_string", {"alphabet": 3}),
        ("bucket_sort", {}),
        ("bucket_sort", {"alphabet": 3, "length": 4}),
        ("induction", {"length": 5, "symbols": 4}),
        ("arithmetic", {}),
        ("arithmetic", {"digits": 1}),
        ("arithmetic", {"digits": 4}),
        ("continual_embedded_reber", {}),
    ),
)
def test_chance_is_what_the_best_blind_predictor_gets(name: str, knobs: dict[str, object]) -> None:
    task, train = drawn(name, 1, 3 * MANY, **knobs)
    _, test = drawn(name, 2, 3 * MANY, **knobs)
    assert best_blind(task, train, test) == pytest.approx(task.chance, rel=0.05)
