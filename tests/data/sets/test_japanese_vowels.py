"""Japanese vowels: as published, else refused."""

from collections import Counter

import numpy as np

from seqbench.data.sets import japanese_vowels
from tests.helpers.archive import HEADER, contents, ts
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refuses


@mirrored
def test_japanese_vowels_are_as_published() -> None:
    train, valid, test = japanese_vowels.parts()
    assert [len(p.labels) for p in (train, valid, test)] == [207, 63, 370]
    assert Counter(train.labels.tolist()) == dict.fromkeys(range(9), 23)
    lengths = [len(s) for part in (train, valid, test) for s in part.sequences]
    assert (min(lengths), max(lengths)) == (7, 29)
    assert not contents(train) & contents(valid) and not contents(train) & contents(test)
    path = MIRROR / "ucr_uea" / "JapaneseVowels_TRAIN.ts"
    *columns, speaker = path.read_text().splitlines()[-270].split(":")
    first = japanese_vowels.published("TRAIN")
    expected = np.array([column.split(",") for column in columns], float).T
    np.testing.assert_array_equal(first.sequences[0], expected)
    assert int(speaker) == first.labels[0] + 1


def test_japanese_vowels_refuse() -> None:
    header = HEADER.replace("@dimensions 2", "@dimensions 12")
    rows = [":".join(["1,2,3,4,5,6,7"] * 12) + ":left"]
    parse = lambda blob: japanese_vowels.checked(blob, (30,) * 9)  # noqa: E731
    refuses(parse, ts(header, rows), "utterances of its speakers")
    refuses(parse, ts(), "another set")
