"""The two tasks on names have the same names."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench.data.sets import names
from tests.helpers.mirror import given, mirrored


def spelled(symbols: Tensor, first: int = 0) -> str:
    return "".join([*names.LETTERS, "."][int(k) - first] for k in symbols)


@mirrored
def test_both_tasks_on_names_have_the_same_names() -> None:
    _, reading = given("surname_language")
    writing_task, writing = given("language_surname")
    for one, other in zip(reading, writing, strict=True):
        assert torch.equal(one.y[0], other.x[0, :, 0].long()), "the language is the first input"
        assert torch.equal(one.valid.sum(0) + 1, other.valid.sum(0))
        for n in range(0, len(one), 301):
            length = int(one.valid[:, n].sum())
            name = spelled(one.x[:length, n, 0])
            assert spelled(other.x[1 : length + 1, n, 0], 18) == name
            assert spelled(other.y[: length + 1, n]) == f"{name}."
    assert names.LANGUAGES[14] == "Russian" and writing_task.outputs == 56


@mirrored
def test_a_written_name_is_fed_back() -> None:
    """Free running on the right answers gives the inputs of training."""
    task, splits = given("language_surname")
    batch = splits.test.pick(slice(0, 20))
    outputs = 50.0 * functional.one_hot(batch.y, task.outputs)
    assert batch.valid is not None
    for step in range(1, len(batch.x)):
        fed = task.feed(batch.x[step], outputs[step - 1])
        real = batch.valid[step] > 0
        assert torch.equal(fed[real], batch.x[step][real])


@mirrored
def test_letters_by_frequency_are_chance() -> None:
    task, splits = given("language_surname")
    counted = splits.test.mask
    assert counted is not None
    letters = splits.test.y[counted > 0].bincount(minlength=task.outputs).clamp(min=1e-9)
    outputs = letters.log().expand(*splits.test.y.shape, -1)
    assert task.score(outputs, splits.test).item() == pytest.approx(task.chance, rel=1e-5)


@mirrored
def test_to_say_russian_is_chance() -> None:
    task, splits = given("surname_language")
    russian = functional.one_hot(torch.full_like(splits.test.y, 14), 18).float()
    assert task.score(russian, splits.test).item() == pytest.approx(task.chance)
