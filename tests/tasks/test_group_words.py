"""Words over a group: permutations, applied one after the other."""

from itertools import pairwise, permutations

import pytest
import torch

from seqbench import registry
from seqbench.tasks.group_words import elements, products
from tests.helpers.sampling import drawn

ORDERS = {"z2": 2, "z3": 3, "s3": 6, "a5": 60, "s5": 120}


@pytest.mark.parametrize("group", ORDERS)
def test_answers_are_what_the_letters_do_one_after_the_other(group: str) -> None:
    task, batch = drawn("group_words", group=group, length=9, n=50)
    found = elements(group)
    assert task.inputs == task.outputs == len(set(found)) == ORDERS[group]
    for n in range(50):
        things = tuple(range(len(found[0])))
        for t, letter in enumerate(batch.x[:, n].argmax(-1).tolist()):
            things = tuple(found[letter][place] for place in things)
            assert found[batch.y[t, n]] == things


@pytest.mark.parametrize("group", ORDERS)
def test_the_table_is_that_of_a_group(group: str) -> None:
    table = products(group)
    numbers = torch.arange(len(table))
    assert torch.equal(table[0], numbers) and torch.equal(table[:, 0], numbers)
    for lines in (table, table.T):
        assert torch.equal(lines.sort(1).values, numbers.expand_as(table)), "each once in a line"
    triples = torch.randint(len(table), (3, 500), generator=torch.Generator().manual_seed(0))
    a, b, c = triples
    assert torch.equal(table[table[a, b], c], table[a, table[b, c]])
    assert torch.equal(table, table.T) == (group in ("z2", "z3")), "the others do not commute"


def test_a5_cannot_be_solved_and_s3_can() -> None:
    """The commutators of a solvable group make a smaller group, and so on down to one element."""

    def commutators(of: set[int], table: torch.Tensor) -> set[int]:
        inverse = {int(a): int((table[a] == 0).nonzero()) for a in of}
        made = {int(table[table[a, b], table[inverse[a], inverse[b]]]) for a in of for b in of}
        while (more := {int(table[a, b]) for a in made for b in made}) != made:
            made = more
        return made

    for group, sizes in {"s3": [6, 3, 1], "a5": [60, 60]}.items():
        parts = [set(range(ORDERS[group]))]
        for _ in sizes[1:]:
            parts.append(commutators(parts[-1], products(group)))
        assert [len(part) for part in parts] == sizes


def test_every_letter_counts_and_none_alone_tells() -> None:
    task, batch = drawn("group_words", length=6)
    letters = batch.x.argmax(-1)
    assert task.lag == 5 and batch.mask is not None
    assert not batch.mask[0].any() and batch.mask[1:].all()
    for t in range(6):  # how often a letter and the last answer come together
        together = torch.zeros(6, 6).index_put_((letters[t], batch.y[5]), torch.ones(1), True)
        assert (together / together.sum() - 1 / 36).abs().max() < 0.01
    assert all(len(batch.y[t].unique()) == 6 for t in range(6))


def test_a_longer_word_fits_the_same_network() -> None:
    sizes = [5, 25, 125]
    tasks = [registry.load_task("group_words", {"length": length}) for length in sizes]
    assert all((a.inputs, a.outputs) == (b.inputs, b.outputs) for a, b in pairwise(tasks))
    assert [task.lag for task in tasks] == [length - 1 for length in sizes]


def test_z2_is_parity() -> None:
    _, batch = drawn("group_words", group="z2", n=200)
    assert list(elements("z2")) == list(permutations(range(2)))
    assert torch.equal(batch.y, batch.x[..., 1].long().cumsum(0) % 2)
