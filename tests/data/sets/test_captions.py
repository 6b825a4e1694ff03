"""Captions of icons and photographs: split as the files say, else refused."""

import csv
import json

import numpy as np
import pytest

from seqbench.data.baselines import captions, overlap
from seqbench.data.formats import captioned
from seqbench.data.guards import Blob
from seqbench.data.sets import fxemoji, tiny_coco
from tests.helpers.by_hand import counted_chrf
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refused


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
    assert tiny_coco.agreement() > 10 and captions.nearest(fxemoji.parts) > 10


@mirrored
def test_nearest_icon_by_hand() -> None:
    train, _, test = fxemoji.parts()
    said = [
        train.texts[np.argmin(np.square(train.pictures - own).sum(-1))] for own in test.pictures
    ]
    assert captions.nearest(fxemoji.parts) == overlap.corrected_chrf(said, test.texts)
    assert overlap.chrf(said, test.texts) == pytest.approx(
        counted_chrf(said, [*test.texts]), rel=1e-3
    )


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
