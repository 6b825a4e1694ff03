"""Scanned digits: split as published, permuted as documented, else refused."""

import gzip
from hashlib import sha256
from pathlib import Path
from struct import pack

import numpy as np
import pytest

from seqbench.data.guards import Blob
from seqbench.data.sets import mnist
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refused


def idx(array: np.ndarray) -> bytes:
    return pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@mirrored
def test_mnist_is_split_as_published() -> None:
    train, valid, test = mnist.parts(14, False)
    assert [len(p.labels) for p in (train, valid, test)] == [55_000, 5_000, 10_000]
    with gzip.open(MIRROR / "mnist/train-images-idx3-ubyte.gz") as file:
        raw = np.frombuffer(file.read()[16:], np.uint8).reshape(60_000, 28, 28)
    with gzip.open(MIRROR / "mnist/train-labels-idx1-ubyte.gz") as file:
        digits = np.frombuffer(file.read()[8:], np.uint8)
    for part, place, n in ((train, 0, 0), (train, 54_999, 54_999), (valid, 0, 55_000)):
        corner = raw[n, 10:12, 14:16].mean() / 255  # row 5, column 7 of the blocks
        assert part.pixels[place, 5 * 14 + 7] == pytest.approx(corner)
        assert part.pixels[place].mean() == pytest.approx(raw[n].mean() / 255, rel=1e-5)
        assert part.labels[place] == digits[n]
    assert train.pixels.min() == 0 and train.pixels.max() == 1
    rows = [{row.tobytes() for row in part.pixels} for part in (train, valid, test)]
    assert not rows[0] & rows[1] and not rows[0] & rows[2] and not rows[1] & rows[2]
    assert mnist.majority() == np.mean(test.labels == 1) == 0.1135


@mirrored
def test_mnist_permuted_is_the_same_in_another_order() -> None:
    plain, permuted = mnist.parts(7, False)[2], mnist.parts(7, True)[2]
    np.testing.assert_array_equal(permuted.pixels, plain.pixels[:, mnist.permutation(7)])
    assert mnist.nearest_mean(7, True) == mnist.nearest_mean(7, False)
    train = mnist.parts(7, False)[0]
    means = [train.pixels[train.labels == k].astype(float).mean(0) for k in range(10)]
    right = [
        np.argmin([np.linalg.norm(image - mean) for mean in means]) == label
        for image, label in zip(plain.pixels[::50], plain.labels[::50], strict=True)
    ]
    assert np.mean(right) == pytest.approx(mnist.nearest_mean(7, False), abs=0.08)


@pytest.mark.parametrize(
    ("side", "checksum"),
    (
        (28, "96240fe27409981c3ed3e92c20d995f7103a94c2282307bc776923030113be74"),
        (14, "c4e50b70c46de9550e0d3d91d8ce583f9ae1ef189ecf7b87c213f9f3eb56afcb"),
    ),
)
def test_permutation_is_the_one_of_the_docstring(side: int, checksum: str) -> None:
    order = mnist.permutation(side)
    assert sorted(order) == list(range(side * side))
    assert sha256(order.astype("<i8").tobytes()).hexdigest() == checksum
    name = "mnist_permuted" + ("" if side == 28 else f"_{side}")
    said = (Path(mnist.__file__).parents[2] / "tasks" / f"{name}.py").read_text()
    assert checksum in said and " ".join(f"p{pixel}" for pixel in order[:3]) in said


@pytest.mark.parametrize(
    "content",
    (
        idx(np.zeros((9, 28, 28), np.uint8)),
        idx(np.zeros((10_000, 27, 28), np.uint8)),
        idx(np.zeros((10_000, 28, 28), np.uint8))[:-1],
        b"",
        b"GIF89a",
    ),
)
def test_mnist_refuses_other_images(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "read", lambda *_: Blob("mnist: images", gzip.compress(content)))
    refused(lambda: mnist.images("t10k"))


@pytest.mark.parametrize(
    "content",
    (
        idx(np.zeros(9_999, np.uint8)),
        idx(np.full(10_000, 10, np.uint8)),
        idx(np.zeros((10, 10), "u1")),
    ),
)
def test_mnist_refuses_other_labels(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "read", lambda *_: Blob("mnist: labels", gzip.compress(content)))
    refused(lambda: mnist.labels("t10k"))
