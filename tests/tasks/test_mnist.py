"""The tasks on scanned digits: three orders of one image, in sizes that share their numbers."""

import pytest
import torch

from seqbench import registry
from seqbench.data.sets import mnist
from tests.helpers.mirror import given, mirrored

LARGE = {"mnist_pixels": (784, 1), "mnist_permuted": (784, 1), "mnist_rows": (28, 28)}


@pytest.mark.parametrize(("name", "shape"), LARGE.items())
def test_large_editions(name: str, shape: tuple[int, int]) -> None:
    task = registry.load_task(name)
    assert (task.lag + 1, task.inputs, task.outputs) == (*shape, 10) and task.both_ways


@mirrored
def test_one_digit_in_three_orders() -> None:
    pixels, rows, permuted = (
        given(f"mnist_{kind}_14")[1].test for kind in ("pixels", "rows", "permuted")
    )
    assert torch.equal(pixels.y, rows.y) and torch.equal(pixels.y, permuted.y)
    assert torch.equal(rows.x[:, :9].transpose(0, 1).flatten(1), pixels.x[:, :9, 0].T)
    assert torch.equal(permuted.x[:, :9], pixels.x[mnist.permutation(14), :9])
    image = rows.x[:, 0]
    assert int(rows.y[0, 0]) == 7 and image[:3].sum() == 0 and image[4].sum() > 4, "a bar on top"


@mirrored
def test_tasks_of_one_size_share_their_numbers() -> None:
    pixels, rows = given("mnist_pixels_14")[1].train, given("mnist_rows_14")[1].train
    assert pixels.x.data_ptr() == rows.x.data_ptr()
