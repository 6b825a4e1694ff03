"""Names: all there, in one part each, without accents."""

from collections import Counter, defaultdict
from math import log

import numpy as np
import pytest

from seqbench.data.guards import Blob
from seqbench.data.sets import names
from tests.helpers.mirror import mirrored, raw
from tests.helpers.places import MIRROR


@mirrored
def test_names_are_all_there_and_in_one_part_each() -> None:
    parts = names.parts()
    assert [len(part.names) for part in parts] == [14_407, 1786, 1793]
    assert sorted(p.stem for p in (MIRROR / "names").glob("*.txt")) == list(names.LANGUAGES)
    spelled = [{name.tobytes() for name in part.names} for part in parts]
    assert not spelled[0] & spelled[2] and not spelled[0] & spelled[1]
    assert not spelled[1] & spelled[2]
    for part in parts:
        assert set(part.languages.tolist()) == set(range(18)), "every language is in every part"
        assert max(map(len, part.names)) <= names.LONGEST


@mirrored
def test_plain_names_are_kept_as_they_are() -> None:
    parts = names.parts()
    for title in ("Arabic", "Russian", "Vietnamese"):
        own = names.LANGUAGES.index(title)
        said = {
            "".join(names.LETTERS[k] for k in name)
            for part in parts
            for name, language in zip(part.names, part.languages, strict=True)
            if language == own
        }
        assert said == set(raw(f"names/{title}.txt").split("\n")) - {""}


def test_accents_go_and_letters_stay() -> None:
    blob = Blob("names: x", "Ślusàrski\nGroß\nSee \nO'Néàl\nGroß\n".encode())
    assert names.parse(blob) == ("Gross", "O'Neal", "See", "Slusarski")


@mirrored
def test_naive_bayes_on_names_by_hand() -> None:
    train, _, test = names.parts()
    counts: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    pasts: dict[int, Counter[int]] = defaultdict(Counter)
    for name, own in zip(train.names, train.languages.tolist(), strict=True):
        symbols = [55, *name.tolist(), 55]
        counts[own].update(zip(symbols[:-1], symbols[1:], strict=True))
        pasts[own].update(symbols[:-1])
    prior = Counter(train.languages.tolist())

    def odds(own: int, symbols: list[int]) -> float:
        pairs = zip(symbols[:-1], symbols[1:], strict=True)
        return log(prior[own]) + sum(
            log((counts[own][pair] + 1) / (pasts[own][pair[0]] + 56)) for pair in pairs
        )

    right = [
        max(range(18), key=lambda own: odds(own, [55, *name.tolist(), 55])) == language
        for name, language in zip(test.names[::9], test.languages[::9], strict=True)
    ]
    whole = names.naive_bayes()
    assert np.mean(right) == pytest.approx(whole, abs=0.08)
    assert whole > names.majority() + 0.2 and names.majority() == pytest.approx(0.528, abs=1e-3)
