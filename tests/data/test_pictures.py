"""Pictures, captions, drawings, translations: as published, split without leaks, else refused."""

import csv
import gzip
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from struct import pack

import numpy as np
import pytest
from PIL import Image

from seqbench.data import files
from seqbench.data.baselines import overlap
from seqbench.data.formats import captioned
from seqbench.data.guards import Blob
from seqbench.data.sets import fxemoji, mnist, multi30k, omniglot, tiny_coco
from seqbench.errors import InputError, MissingData
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR


@pytest.fixture(autouse=True)
def _mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path / "cache"))


def refused(read: Callable[[], object]) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+: [^\n]+\. Allowed: [^\n]+\. Fetch [^\n]+\.$"):
        read()


# ------------------------------------------------------------------ overlap


def counted(said: list[str], meant: list[str]) -> float:
    """chrF2 by dictionaries; sacrebleu leaves out runs longer than what was meant."""
    shares = []
    for n in range(1, 7):
        pairs = [
            [Counter(t[i : i + n] for i in range(len(t) - n + 1)) for t in texts]
            for texts in ([s.replace(" ", "") for s in said], [m.replace(" ", "") for m in meant])
        ]
        alike = sum((s & m).total() for s, m in zip(*pairs, strict=True))
        there = [
            sum(s.total() for s, m in zip(*pairs, strict=True) if m),
            sum(c.total() for c in pairs[1]),
        ]
        shares.append([alike / total for total in there])
    precision, recall = np.mean(shares, 0)
    return 500 * precision * recall / (4 * precision + recall)


def test_chrf_is_the_published_one() -> None:
    said, meant = ["red heart", "the clock face"], ["blue heart", "clock at nine"]
    assert overlap.chrf(said, meant) == pytest.approx(counted(said, meant), rel=1e-6)
    assert overlap.chrf(meant, meant) == pytest.approx(100) and overlap.chrf(["", ""], meant) == 0


def test_bleu_is_the_published_one() -> None:
    """By hand: of 6 words 5 are meant, of 5 pairs 3, of 4 triples 2, of 3 runs of four 1."""
    said, meant = ["the cat sat on a mat"], ["the cat sat on the mat ."]
    by_hand = 100 * np.exp(1 - 7 / 6) * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** (1 / 4)
    assert overlap.bleu(said, meant) == pytest.approx(by_hand)
    assert overlap.bleu(meant, meant) == pytest.approx(100)


def test_the_blind_sentence_is_the_best_one() -> None:
    sentences = [
        "a man in a blue shirt is on a ladder .",
        "a man in a red shirt is on a horse .",
        "two dogs run .",
        "a man in a blue shirt is asleep .",
    ]
    best = max(sentences, key=lambda text: overlap.bleu([text] * 4, sentences))
    assert overlap.blind_bleu(sentences) == best


def test_whoever_does_not_look_is_corrected_to_nothing() -> None:
    names = [f"{color} {thing}" for color in ("red", "blue", "green") for thing in "abcdefgh"]
    assert overlap.corrected_chrf(["red face with tears"] * 24, names) == pytest.approx(0, abs=1e-9)
    assert overlap.chrf(["red face with tears"] * 24, names) > 5
    assert overlap.corrected_chrf(names, names) == pytest.approx(100)
    half = [name if n % 2 else "" for n, name in enumerate(names)]
    assert 30 < overlap.corrected_chrf(half, names) < 70
    rotations = [2, 4, 6, 8, 10, 13, 15, 17, 19, 21]  # k * 24 // 11
    said = names[3:] + names[:3]
    others = np.mean([overlap.chrf(said, names[k:] + names[:k]) for k in rotations])
    by_hand = 100 * (overlap.chrf(said, names) - others) / (100 - others)
    assert overlap.corrected_chrf(said, names) == pytest.approx(by_hand)
    assert overlap.corrected_chrf(["a"], ["a"]) == pytest.approx(100)


# ------------------------------------------------------------------ MNIST


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


# ------------------------------------------------------------------ captions


@mirrored
def test_emoji_are_split_as_the_file_says() -> None:
    with (MIRROR / "fxemoji/captions.tsv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    images = np.load(MIRROR / "fxemoji/fxemoji_32.npz")["images"]
    parts = dict(zip(("train", "valid", "test"), fxemoji.parts(), strict=True))
    assert [len(part.texts) for part in parts.values()] == [789, 103, 119]
    for kind, part in parts.items():
        own = [row for row in rows if row["split"] == kind]
        assert list(part.texts) == [row["caption"].lower() for row in own]
        last = images[int(own[-1]["index"])]
        green = part.pictures[-1].reshape(3, 16, 16)[1]
        assert green[5, 9] == pytest.approx(1 - last[10:12, 18:20, 1].mean() / 255)
    names = [set(part.texts) for part in parts.values()]
    assert not names[0] & names[1] and not names[0] & names[2] and not names[1] & names[2]
    everything = "".join(sorted({letter for part in names for name in part for letter in name}))
    assert everything == fxemoji.LETTERS
    assert max(len(name) for part in names for name in part) == fxemoji.LONGEST


@mirrored
def test_coco_is_split_by_photograph() -> None:
    train, valid, test = tiny_coco.parts()
    shown = [len({row.tobytes() for row in part.pictures}) for part in (train, valid, test)]
    assert shown == [40, 10, 50]
    captions = json.loads((MIRROR / "tiny_coco/captions_val2017.json").read_text())["annotations"]
    short = [" ".join(c["caption"].lower().split()) for c in captions]
    assert sorted(test.texts) == sorted(text for text in short if len(text) <= 60)
    rows = [{row.tobytes() for row in part.pictures} for part in (train, valid, test)]
    assert not rows[0] & rows[1] and not rows[0] & rows[2] and not rows[1] & rows[2]
    assert len(train.texts) + len(valid.texts) == 200 and len(test.texts) == 205
    ids = np.load(MIRROR / "tiny_coco/tiny_coco_64.npz")["val_ids"]
    first = min(ids)
    own = {t for t, c in zip(short, captions, strict=True) if c["image_id"] == first}
    assert test.texts[0] in own


@mirrored
def test_people_agree_and_pictures_tell() -> None:
    assert tiny_coco.agreement() > 10 and captioned.nearest(fxemoji.parts) > 10


@mirrored
def test_nearest_icon_by_hand() -> None:
    train, _, test = fxemoji.parts()
    said = [
        train.texts[np.argmin(np.square(train.pictures - own).sum(-1))] for own in test.pictures
    ]
    assert captioned.nearest(fxemoji.parts) == overlap.corrected_chrf(said, test.texts)
    assert overlap.chrf(said, test.texts) == pytest.approx(counted(said, [*test.texts]), rel=1e-3)


HEAD = "index\tcodepoint\tcategory\tsplit\tcaption\tcaption_source\tsvg_path\n"
ROW = "{}\t1F004\tobjects\t{}\t{}\tunicode\tx.svg\n"
WHOLE = HEAD + "".join(ROW.format(i, k, "x") for i, k in enumerate(fxemoji.SPLIT))


@pytest.mark.parametrize(
    "content",
    (
        "",
        HEAD,
        HEAD + ROW.format(0, "train", "x"),
        WHOLE.replace("1F004", "1\tF"),
        WHOLE + ROW.format(4, "train", "x"),
        WHOLE + ROW.format(3, "exam", "x"),
        WHOLE + ROW.format(3, "train", "x" * 43),
        WHOLE + ROW.format(3, "train", "ex\u00e9"),
        WHOLE + ROW.format(3, "train", ""),
    ),
)
def test_emoji_refuse_other_names(content: str) -> None:
    assert fxemoji.captions(Blob("fxemoji: captions.tsv", WHOLE.encode()))[0] == ["x"] * 3
    refused(lambda: fxemoji.captions(Blob("fxemoji: captions.tsv", content.encode())))


@pytest.mark.parametrize(
    "pictures",
    (
        np.zeros((2, 32, 32), np.uint8),
        np.zeros((2, 32, 30, 3), np.uint8),
        np.zeros((2, 24, 24, 3), np.uint8),
        np.zeros((2, 32, 32, 3)),
        np.zeros(0),
    ),
)
def test_pictures_of_another_kind_are_refused(pictures: np.ndarray) -> None:
    refused(lambda: captioned.reduced(pictures, 16, Blob("set: pictures.npz", b"")))


@pytest.mark.parametrize(
    "content",
    (
        "",
        "{",
        "[1]",
        '{"annotations": [{"image_id": 1}]}',
        '{"annotations": [{"image_id": "1", "caption": "a"}]}',
        '{"annotations": [{"image_id": 1, "caption": 7}]}',
        '{"annotations": [{"image_id": 1, "caption": "caf\u00e9"}]}',
        "[" * 100_000,
    ),
)
def test_coco_refuses_other_captions(content: str) -> None:
    refused(lambda: tiny_coco.captions(Blob("tiny_coco: captions.json", content.encode())))


# ------------------------------------------------------------------ drawings


def drawn(strokes: str) -> Blob:
    return Blob("omniglot: strokes.zip, 0001_01.txt", strokes.encode())


def png(mode: str = "1", size: tuple[int, int] = (105, 105), kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


@mirrored
def test_drawings_are_split_by_alphabet() -> None:
    found = omniglot.drawings()
    counts = Counter(drawing.name.partition("/")[0] for drawing in found)
    assert len(found) == 4840 == len({drawing.name for drawing in found})
    assert counts["Tagalog"] == 340 and counts["Korean"] == 800 and len(counts) == 8
    assert counts["Greek"] == 480 and counts["Latin"] == 520, "in both sets, and kept once"
    parts = omniglot.parts(15, 12)
    assert [len(part.pictures) for part in parts] == [3700, 340, 800]
    content = [{path.tobytes() for path in part.paths.transpose(1, 0, 2)} for part in parts]
    assert not content[0] & content[1] and not content[0] & content[2]


@mirrored
def test_strokes_lie_on_the_ink() -> None:
    """The first drawing of the test part, read anew; and that picture and path belong together."""
    parts = omniglot.parts(15, 40)
    picture, path = parts[2].pictures[0], parts[2].paths[:, 0]
    with zipfile.ZipFile(MIRROR / "omniglot/strokes_background_small1.zip") as file:
        name = min(n for n in file.namelist() if "/Korean/character01/" in n and n.endswith(".txt")
                   and not n.startswith("__"))  # fmt: skip
        first = file.read(name).decode().splitlines()[1]
    with zipfile.ZipFile(MIRROR / "omniglot/images_background_small1.zip") as file:
        name = name.replace("strokes", "images").replace(".txt", ".png")
        ink = ~np.asarray(Image.open(io.BytesIO(file.read(name))))
    x, y, _ = map(float, first.split(","))
    assert path[0] == pytest.approx([x / 105 - 0.5, -y / 105 - 0.5, 1])
    assert picture[3 * 15 + 4] == pytest.approx(ink[21:28, 28:35].mean())
    near = []
    for n in range(0, 800, 40):
        places = ((parts[2].paths[:, n, :2] + 0.5) * 15).astype(int).clip(0, 14)
        near.append((parts[2].pictures[n].reshape(15, 15)[places[:, 1], places[:, 0]] > 0).mean())
    assert np.mean(near) > 0.85
    other = parts[2].pictures[400].reshape(15, 15)
    assert (other[places[:, 1], places[:, 0]] > 0).mean() < 0.8


def test_points_are_shared_out_by_length() -> None:
    long, short = np.array([[0.0, 0], [30, 40], [60, 80]]), np.array([[105.0, 105], [105, 80]])
    path = omniglot.resampled((long, short), 12)
    assert len(path) == 12 and path[:, 2].tolist() == [1, *[0] * 7, 1, 0, 0, 0]
    assert path[0, :2] == pytest.approx([-0.5, -0.5]) and path[8, :2] == pytest.approx([0.5, 0.5])
    steps = np.hypot(*np.diff(path[:8, :2], axis=0).T)
    np.testing.assert_allclose(steps, 100 / 105 / 7)
    dot = np.array([[50.0, 50]])
    assert len(omniglot.resampled((dot,), 5)) == 5
    assert omniglot.resampled((dot, dot, dot, long), 5)[:, 2].sum() == 2, "two strokes have room"


@mirrored
def test_linear_map_by_least_squares() -> None:
    """The best of the penalties, refitted as least squares of an extended system."""
    train, _, test = omniglot.parts(15, 12)
    mean = train.paths[..., :2].mean(1, keepdims=True)
    constant = np.square(test.paths[..., :2] - mean).mean()
    assert omniglot.mean_path(15, 12) == pytest.approx(constant, rel=1e-5)
    found = []
    for penalty in omniglot.PENALTIES:
        X = np.c_[train.pictures, np.ones(3700)]
        extended = np.r_[X, penalty**0.5 * np.eye(226)]
        Y = train.paths[..., :2].transpose(1, 0, 2).reshape(3700, -1)
        W = np.linalg.lstsq(extended, np.r_[Y, np.zeros((226, 24))], rcond=None)[0]
        said = (np.c_[test.pictures, np.ones(800)] @ W).reshape(800, 12, 2).transpose(1, 0, 2)
        found.append(np.square(said - test.paths[..., :2]).mean())
    assert min(abs(np.array(found) - omniglot.linear(15, 12))) < 1e-6
    assert omniglot.linear(15, 12) < 0.9 * constant


@pytest.mark.parametrize(
    "content",
    (
        "",
        "START\n",
        "START\n1,-2,0\n",
        "1,-2,0\nBREAK\n",
        "START\nBREAK\n",
        "START\n1,-2\nBREAK\n",
        "START\n1,-2,x\nBREAK\n",
        "START\n1,nan,0\nBREAK\n",
        "START\n1e9,-2,0\nBREAK\n",
        "START\n" + "1,-2,0\n" * 10_001 + "BREAK\n",
    ),
)
def test_odd_strokes_are_refused(content: str) -> None:
    whole = omniglot.strokes_of(drawn("START\n1,-2,0\n3,-4,9\nBREAK\n5,-6,9\nBREAK\n"))
    assert [own.tolist() for own in whole] == [[[1, 2], [3, 4]], [[5, 6]]]
    refused(lambda: omniglot.strokes_of(drawn(content)))


@pytest.mark.parametrize(
    "content",
    (
        b"",
        png()[:-40],
        png("L"),
        png(size=(28, 28)),
        png(size=(60_000, 60_000))[:200],
        png(kind="GIF"),
    ),
)
def test_odd_pictures_are_refused(content: bytes) -> None:
    assert omniglot.picture(Blob("omniglot: x.png", png())).all(), "0 is ink"
    refused(lambda: omniglot.picture(Blob("omniglot: x.png", content)))


# ------------------------------------------------------------------ translation


@mirrored
def test_pairs_are_the_published_ones() -> None:
    train, valid, test = multi30k.parts(2000, 200)
    assert [len(part.numbers) for part in (train, valid, test)] == [29_000, 1_014, 1_000]
    assert (np.concatenate([train.numbers, valid.numbers, test.numbers]) == np.arange(31_014)).all()
    pairs = [*zip(multi30k.sentences("de"), multi30k.sentences("en"), strict=True)]
    learned = set(pairs[:29_000])
    assert not learned & set(pairs[29_000:]) and not set(pairs[29_000:30_014]) & set(pairs[30_014:])
    with gzip.open(MIRROR / "multi30k/test_2016_flickr.de.gz", "rt", encoding="utf-8") as file:
        line = file.readline()
    assert line == "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.\n"
    words = [*line.lower()[:-2].replace(",", " ,").split(), "."]
    assert list(pairs[30_014][0]) == words
    known = multi30k.vocabulary("de", 2000)
    row = test.source[:, 0]
    assert (row[:-11] == -1).all() and (row[-11:] >= 0).all()
    said = [known[s] for s in row[-11:]]
    assert [a == b or b == "<unk>" for a, b in zip(words, said, strict=True)] == [True] * 11
    assert said[:4] == words[:4] and (test.target[-150:, 0] == multi30k.END).all()


@mirrored
def test_long_pairs_are_left_out_of_train_only() -> None:
    train, valid, test = multi30k.parts(50, 25)
    assert [len(part.numbers) for part in (train, valid, test)] == [28_560, 1_014, 1_000]
    assert 29_000 - 28_560 == 440, "as the docstring of the task says"
    sources = multi30k.sentences("de")
    long = next(n for n in test.numbers if len(sources[n]) > 25)
    place = long - 30_014
    assert (test.source[:, place] >= 0).all(), "cut at its end"
    assert len(multi30k.whole("de", np.array([long]))[0].split()) > 25
    backwards = multi30k.parts(50, 25, True)[2].source
    for row, other in zip(test.source.T[:50], backwards.T[:50], strict=True):
        words = row[row >= 0]
        assert (other[25 - len(words) :] == words[::-1]).all()
        assert (other[: 25 - len(words)] == -1).all()


@mirrored
def test_vocabulary_is_of_train_and_by_frequency() -> None:
    words = multi30k.vocabulary("en", 300)
    assert words[:4] == ("<unk>", "<end>", "a", ".") and len(words) == 302
    counts = Counter(w for line in multi30k.sentences("en")[:29_000] for w in line)
    often = [counts[word] for word in words[2:]]
    assert often == sorted(counts.values(), reverse=True)[:300]
    with pytest.raises(InputError, match="Allowed: at most 9779"):
        multi30k.vocabulary("en", 9780)
    with pytest.raises(InputError, match="Allowed: at least 4"):
        multi30k.parts(50, 3)


def test_dictionary_of_a_small_world() -> None:
    """Kein Wort steht allein: which word is which follows from which occur together."""
    source = np.array([[2, 3], [2, 4], [3, 4], [2, 5]]).T  # das haus, das buch, haus buch, das kind
    target = np.array([[12, 13, 1], [12, 14, 1], [13, 14, 1], [12, 15, 1]]).T
    part = multi30k.Part(source, target, np.arange(4))
    assert multi30k.dictionary(part, 20)[2:6].tolist() == [12, 13, 14, 15]
    assert multi30k.dictionary(part, 20)[6] == multi30k.UNKNOWN


@mirrored
def test_word_by_word_beats_one_sentence() -> None:
    assert multi30k.blind(300, 8) < multi30k.word_by_word(300, 8) < 30


@pytest.mark.parametrize(
    "content", (b"", b"a b\n", b"a\nb", b"a\nb\nc\n", b"a\n\n", b"a\n \n", b"a\n\xff\n", b"a\n\0\n")
)
def test_other_lines_are_refused(content: bytes) -> None:
    assert multi30k.lines(Blob("multi30k: val", b"A b.\nc\n"), 2) == (("a", "b", "."), ("c",))
    refused(lambda: multi30k.lines(Blob("multi30k: val", content), 2))


# ------------------------------------------------------------------ all


@pytest.mark.parametrize(
    ("name", "read"),
    (
        ("mnist", lambda: mnist.images("train")),
        ("fxemoji", fxemoji.parts.__wrapped__),
        ("tiny_coco", tiny_coco.parts.__wrapped__),
        ("omniglot", omniglot.drawings.__wrapped__),
        ("multi30k", lambda: multi30k.sentences.__wrapped__("en")),
    ),
)
def test_absent_sets_name_the_command(
    name: str, read: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    with pytest.raises(MissingData, match=f"^{name}: .* Allowed: .*data fetch {name}"):
        read()
    assert files.download(name, next(iter(files.entry(name).files)))
