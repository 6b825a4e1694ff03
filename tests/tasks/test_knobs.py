"""Knobs that cannot be are refused in one sentence; the smallest that can be work."""

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.errors import InputError
from tests.helpers.signals import draw


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("adding", {"length": 0}),
        ("adding", {"length": 1}),
        ("adding@hs97", {"length": 19}),
        ("adding@pascanu13", {"length": 9}),
        ("copy", {"length": 0}),
        ("copy", {"memorize": 0}),
        ("copy", {"alphabet": 1}),
        ("counting", {"most": 1}),
        ("temporal_order", {"length": 9}),
        ("sunspots", {"length": 10, "warmup": 10}),
        ("sunspots", {"warmup": 0}),
        ("python_topics", {"characters": 0}),
        ("multiplication", {"length": 9}),
        ("multiplication@hs97", {"length": 19}),
        ("variable_copy", {"length": 0}),
        ("random_permutation", {"length": 1}),
        ("random_permutation", {"symbols": 2}),
        ("noiseless_memorization", {"memorize": 0}),
        ("two_sequence", {"length": 3, "telling": 3}),
        ("delayed_parity", {"length": 7}),
        ("delayed_parity", {"delay": 0}),
        ("embedded_reber", {"length": 7}),
        ("counting", {"most": 1}),
        ("dyck", {"kinds": 1}),
        ("dyck", {"depth": 1}),
        ("dyck", {"length": 2}),
        ("timing", {"length": 11}),
        ("timing", {"delays": 0}),
        ("timing@periodic", {"shape": "cosine", "interval": 0}),
        ("selective_copy", {"memorize": 0}),
        ("associative_recall", {"pairs": 27}),
        ("associative_recall", {"values": 0}),
        ("delay_memory", {"length": 20}),
        ("narma", {"length": 30}),
        ("narma", {"order": 20, "length": 60}),
        ("mackey_glass", {"length": 17}),
        ("mackey_glass", {"ahead": 0}),
        ("lorenz", {"length": 10}),
        ("sine_generation", {"length": 0}),
        ("group_words", {"length": 1}),
        ("flip_flop", {"length": 1}),
        ("noise_padded_digits", {"length": 8}),
        ("flip_flop", {"ignore": 1.1}),
        ("multi_query_recall", {"pairs": 17}),
        ("multi_query_recall", {"values": 1}),
        ("memory_kernel", {"span": 80}),
        ("memory_kernel", {"scale": 41.0}),
        ("memory_kernel", {"scale": 0.5}),
        ("even_pairs", {"length": 1}),
        ("modular_arithmetic", {"numbers": 1}),
        ("cycle_navigation", {"places": 1}),
        ("reverse_string", {"alphabet": 1}),
        ("bucket_sort", {"length": 0}),
        ("induction", {"length": 2}),
        ("random_memorization", {"patterns": 3}),
        ("arithmetic", {"digits": 7}),
        ("continual_embedded_reber", {"longest": 7}),
        ("continual_embedded_reber", {"length": 19}),
        ("fitzhugh_nagumo", {"length": 5}),
    ),
)
def test_bad_knobs_are_refused_in_one_sentence(name: str, knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r": .*\. Allowed.*: .*\. [A-Z].*\.$"):
        registry.load_task(name, knobs)


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("timing", {"length": 12}),
        ("timing@generating", {"length": 12}),
        ("timing@periodic", {"length": 12}),
        ("selective_copy", {"length": 1, "memorize": 1, "alphabet": 2}),
        ("associative_recall", {"pairs": 2, "keys": 2, "values": 2}),
        ("delay_memory", {"length": 2, "delays": 1}),
        ("narma", {"length": 31}),
        ("narma", {"length": 61, "order": 20}),
        ("mackey_glass", {"length": 18, "ahead": 1}),
        ("lorenz", {"length": 11}),
        ("sine_generation", {"length": 2}),
        ("group_words", {"length": 2, "group": "z2"}),
        ("flip_flop", {"length": 2, "ignore": 1.0}),
        ("multi_query_recall", {"pairs": 1, "keys": 1, "values": 2}),
        ("memory_kernel", {"length": 2, "span": 1, "scale": 1.0}),
        ("even_pairs", {"length": 2}),
        ("modular_arithmetic", {"numbers": 2, "modulus": 2}),
        ("cycle_navigation", {"length": 2, "places": 2}),
        ("reverse_string", {"length": 1, "alphabet": 2}),
        ("bucket_sort", {"length": 1, "alphabet": 2}),
        ("induction", {"length": 3, "symbols": 2}),
        ("random_memorization", {"length": 1, "patterns": 2, "features": 1}),
        ("arithmetic", {"digits": 1}),
        ("continual_embedded_reber", {"length": 8, "longest": 8}),
        ("fitzhugh_nagumo", {"length": 6, "ahead": 1}),
    ),
)
def test_the_smallest_that_is_allowed_works(name: str, knobs: dict[str, object]) -> None:
    task, batch = draw(name, 3, **knobs)
    right = task.encode(batch).float() * (50 if batch.y.dtype == torch.int64 else 1)
    assert task.score(right, batch).item() == pytest.approx(task.perfect, abs=1e-6)
    assert 0 <= task.lag < len(batch.x) and isinstance(batch.x, Tensor)


@pytest.mark.parametrize("value", [(0.5, 0.1), "0.5", None])
def test_what_is_no_number_is_refused_in_one_sentence_whatever_the_type_is_called(
    value: object,
) -> None:
    """A matrix leaves a type that it does not know to the constructor, lists included."""
    with pytest.raises(InputError, match=r"^ClipNorm: limit is .*\. Allowed: one number\. Change"):
        registry.load_remedy("clip_norm", {"limit": value})
