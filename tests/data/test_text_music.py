"""Texts, names, sentences, piano rolls: as published, split without leaks, refused if damaged."""

from collections import Counter, defaultdict
from collections.abc import Callable
from io import BytesIO
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from seqbench.data import files
from seqbench.data.baselines import ngrams
from seqbench.data.guards import Blob
from seqbench.data.sets import names, ptb, rolls, sentences, tinyshakespeare
from seqbench.errors import InputError, MissingData
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR


@pytest.fixture(autouse=True)
def _mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path / "cache"))


def raw(place: str) -> str:
    return (MIRROR / place).read_text(encoding="utf-8")


# ------------------------------------------------------------------ n-grams


def counted(train: ngrams.Pairs, test: ngrams.Pairs, symbols: int) -> tuple[float, float]:
    """Unigram and bigram, by dictionaries."""
    single, after = Counter(train.now.tolist()), defaultdict(Counter)
    for past, now in zip(*map(np.ndarray.tolist, train), strict=True):
        after[past][now] += 1
    plain = paired = 0.0
    for past, now in zip(*map(np.ndarray.tolist, test), strict=True):
        p = (single[now] + 1) / (len(train.now) + symbols)
        plain -= log(p)
        if n := after[past].total():
            left = ngrams.DISCOUNT * len(after[past]) / n
            p = max(after[past][now] - ngrams.DISCOUNT, 0) / n + left * p
        paired -= log(p)
    return plain / len(test.now), paired / len(test.now)


def test_ngrams_against_dictionaries() -> None:
    draw = np.random.default_rng(0)
    train, test = (ngrams.follow(draw.geometric(0.3, n).clip(max=19)) for n in (3000, 500))
    train.past[train.past == 5] = 4  # so 5 is a past that was never seen
    plain, paired = counted(train, test, 20)
    assert ngrams.unigram(train, test, 20) == pytest.approx(plain)
    assert ngrams.bigram(train, test, 20) == pytest.approx(paired)


def test_a_bigram_model_is_a_distribution() -> None:
    train = ngrams.follow(np.random.default_rng(1).integers(0, 6, 200))
    for past in range(8):  # 6 and 7 never occur
        each = [
            ngrams.bigram(train, ngrams.Pairs(np.array([past]), np.array([now])), 8)
            for now in range(8)
        ]
        assert sum(exp(-nats) for nats in each) == pytest.approx(1)


# ------------------------------------------------------------------ texts


@mirrored
def test_shakespeare_is_split_in_order_and_spelled_right() -> None:
    text, parts = raw("tinyshakespeare/input.txt"), tinyshakespeare.parts()
    assert [len(part) for part in parts] == [1_003_854, 55_770, 55_770]
    assert "".join(tinyshakespeare.ALPHABET[k] for k in np.concatenate(parts)) == text
    assert sorted(set(text)) == list(tinyshakespeare.ALPHABET)
    assert len(tinyshakespeare.ALPHABET) == 65


@mirrored
def test_ptb_has_its_published_sizes() -> None:
    words, letters = ptb.words(ptb.WORDS), ptb.characters()
    assert [len(part) for part in words[:3]] == [929_589, 73_760, 82_430]
    assert [len(part) for part in letters[:3]] == [5_017_482, 393_042, 442_423]
    assert len(words.symbols) == 10_000 and len(letters.symbols) == 50
    assert {k for part in letters[:3] for k in np.unique(part)} == set(range(50))


@mirrored
def test_ptb_decodes_to_its_file() -> None:
    lines = [line.split() for line in raw("ptb/ptb.test.txt").splitlines()]
    words, letters = ptb.words(ptb.WORDS), ptb.characters()
    said = " ".join(words.symbols[k] for k in words.test)
    assert said == " ".join(" ".join([*line, "<eos>"]) for line in lines)
    spelled = "".join(letters.symbols[k] for k in letters.test)
    assert spelled == "".join("_".join(line) + "\n" for line in lines)


@mirrored
def test_a_smaller_vocabulary_is_the_frequent_end_of_the_larger() -> None:
    large, small = ptb.words(ptb.WORDS), ptb.words(1000)
    assert small.symbols == large.symbols[:1000]
    counts = np.bincount(large.train)
    assert (np.diff(counts) <= 0).all() and "<unk>" in small.symbols
    unknown = small.symbols.index("<unk>")
    assert np.array_equal(small.test, np.where(large.test < 1000, large.test, unknown))


@mirrored
def test_language_baselines_by_hand() -> None:
    train, _, test = (part[:20_000] for part in tinyshakespeare.parts())
    plain, paired = counted(ngrams.follow(train), ngrams.follow(test), 65)
    assert plain == pytest.approx(ngrams.unigram(ngrams.follow(train), ngrams.follow(test), 65))
    assert paired == pytest.approx(ngrams.bigram(ngrams.follow(train), ngrams.follow(test), 65))
    assert exp(ptb.nats(0, ptb.WORDS)) == pytest.approx(640, abs=1)
    assert exp(ptb.nats(1, ptb.WORDS)) == pytest.approx(194, abs=1)


# ------------------------------------------------------------------ piano rolls

SIZES = {"jsb_chorales": (229, 76, 77), "nottingham": (694, 173, 170)}


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_rolls_are_those_of_the_file(name: str) -> None:
    parts = rolls.pieces(name)
    assert tuple(map(len, parts)) == SIZES[name]
    whole = loadmat(MIRROR / "poly_music" / rolls.FILES[name])
    for part, key in zip(parts, rolls.PARTS, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(part, whole[key][0], strict=True))
    notes = np.concatenate(parts.train).sum(-1).mean()
    assert 3.8 < notes < 4.1, "four voices, or a melody and its chord"


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_pieces_in_two_parts_are_those_that_the_docstring_admits(name: str) -> None:
    train, valid, test = ({p.tobytes() for p in part} for part in rolls.pieces(name))
    admitted = 1 if name == "nottingham" else 0
    assert len(train & test) == len(train & valid) == admitted and not valid & test


@mirrored
def test_roll_baselines_by_hand() -> None:
    train, _, test = rolls.pieces("jsb_chorales")
    asked = sum(len(piece) - 1 for piece in train)
    odds = (sum(piece[1:].sum(0) for piece in train) + 1) / (asked + 2)
    nats = [-np.log(np.where(frame, odds, 1 - odds)).sum() for p in test for frame in p[1:]]
    assert rolls.constant("jsb_chorales") == pytest.approx(np.mean(nats))
    X = np.array([[*frame, 1] for p in train for frame in p[:-1]], float)
    Y = np.array([frame for p in train for frame in p[1:]], float)
    rows = np.vstack([X, np.eye(89)])  # a ridge of 1 is as many rows more
    fit = np.linalg.lstsq(rows, np.vstack([Y, np.zeros((89, 88))]), rcond=None)[0]
    Z = np.array([[*frame, 1] for p in test for frame in p[:-1]], float)
    now = np.concatenate([p[1:] for p in test])
    said = (Z @ fit).clip(1e-3, 1 - 1e-3)
    linear = -np.log(np.where(now, said, 1 - said)).sum(-1).mean()
    assert rolls.linear("jsb_chorales") == pytest.approx(linear, rel=1e-3)


# ------------------------------------------------------------------ names


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


# ------------------------------------------------------------------ sentences


@mirrored
def test_sst2_is_as_published() -> None:
    parts = sentences.parts("sst2", 20_000)
    assert [len(part.classes) for part in parts[:3]] == [6920, 872, 1821]
    assert len(parts.symbols) == 14_829 and parts.symbols[0] == "<unk>"
    lines = raw("sentiment/stsa.binary.train").splitlines()
    for n in (0, 17, 6919):
        said = " ".join(parts.symbols[k] for k in parts.train.sentences[n])
        assert f"{parts.train.classes[n]} {said}" == lines[n]


@mirrored
def test_sst2_s_own_leak_is_what_the_docstring_says() -> None:
    train, valid, test = (
        {line[2:] for line in raw(f"sentiment/stsa.binary.{part}").splitlines()}
        for part in ("train", "dev", "test")
    )
    assert len(train & test) == 2 and not train & valid and not valid & test


@mirrored
def test_folds_are_the_whole_and_share_nothing() -> None:
    lines = [" ".join(s.split()) for e in ("neg", "pos") for s in raw(f"sentiment/rt-polarity.{e}").split("\n") if s]  # fmt: skip  # noqa: E501
    sizes = np.bincount([sentences.fold_of(line) for line in lines], minlength=10)
    assert sizes.sum() == 10_662 and sizes.min() > 950 and len(set(lines)) == 10_662
    for fold in (0, 9):
        train, valid, test, _ = sentences.parts("rt_polarity", 30_000, fold)
        assert len(test.classes) == sizes[fold] and len(valid.classes) == sizes[(fold + 1) % 10]
        assert len(train.classes) + len(valid.classes) + len(test.classes) == 10_662
        assert 0.45 < test.classes.mean() < 0.55
    assert len(sentences.parts("rt_polarity", 10)[0].classes) == 8542


@mirrored
def test_bag_of_words_by_hand() -> None:
    train, _, test, _ = sentences.parts("sst2", 10_000)
    seen = [Counter(w for s, k in zip(*train, strict=True) if k == own for w in set(s.tolist())) for own in (0, 1)]  # fmt: skip  # noqa: E501
    total = [c.total() + 10_000 for c in seen]
    odds = {w: log((seen[1][w] + 1) / total[1] * total[0] / (seen[0][w] + 1)) for w in range(1, 10_000)}  # fmt: skip  # noqa: E501
    bias = log(train.classes.sum() / (1 - train.classes).sum())
    said = [bias + sum(odds.get(w, 0) for w in set(s.tolist())) > 0 for s in test.sentences]
    assert sentences.naive_bayes("sst2", 10_000) == pytest.approx(np.mean(said == test.classes))
    assert sentences.majority("sst2") == pytest.approx(909 / 1821)


# ------------------------------------------------------------------ refused


def mat(**parts: object) -> Blob:
    file = BytesIO()
    savemat(file, parts)
    return Blob("jsb_chorales: JSB_Chorales.mat", file.getvalue())


def cells(*pieces: object) -> np.ndarray:
    found = np.empty((1, len(pieces)), object)
    for n, piece in enumerate(pieces):
        found[0, n] = piece
    return found


ROLL = np.zeros((5, 88), np.uint8)
WORDS = "the of a <unk>\n"
BAD: dict[str, tuple[Callable[[Blob], object], Blob | bytes]] = {
    "shakespeare: short": (tinyshakespeare.parse, b"First Citizen:\n"),
    "shakespeare: alien": (tinyshakespeare.parse, b"a\xc3\xa9" * 99),
    "shakespeare: latin": (tinyshakespeare.parse, b"a\xe9" * 99),
    "shakespeare: zeros": (tinyshakespeare.parse, b"\0" * 999),
    "ptb: empty": (ptb.spelled, b""),
    "ptb: blank line": (ptb.spelled, b" a b \n\n c \n"),
    "ptb: cut off": (ptb.spelled, b" a b \n c "),
    "ptb: capitals": (ptb.spelled, b" Anna \n"),
    "ptb: few words": (lambda blob: ptb.vocabulary([blob], 10), WORDS.encode()),
    "rolls: no part": (lambda blob: rolls.parse(blob, "traindata"), mat(other=cells(ROLL))),
    "rolls: no cells": (lambda blob: rolls.parse(blob, "traindata"), mat(traindata=ROLL)),
    "rolls: 87 keys": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL, ROLL[:, 1:]))),
    "rolls: loud": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL, ROLL + 2))),
    "rolls: one frame": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL[:1], ROLL))),
    "rolls: text": (lambda blob: rolls.parse(blob, "a"), mat(a=cells(ROLL, "text"))),
    "rolls: no file": (lambda blob: rolls.parse(blob, "a"), b"MATLAB 5.0" * 50),
    "names: blank": (names.parse, b"Novak\n\nSvoboda\n"),
    "names: long": (names.parse, b"Novak\n" + b"a" * 21 + b"\n"),
    "names: Greek": (names.parse, "Παππάς\n".encode()),
    "names: digits": (names.parse, b"Novak2\n"),
    "names: latin": (names.parse, b"Nov\xe1k\n"),
    "sst2: class": (sentences.labeled, b"1 good\n2 better\n"),
    "sst2: no words": (sentences.labeled, b"1 good\n0 \n"),
    "sst2: no class": (sentences.labeled, b"good\n"),
    "sst2: latin": (sentences.labeled, b"1 na\xefve\n"),
    "rt: blank": (sentences.plain, b"good \n \nbad \n"),
    "rt: empty": (sentences.plain, b""),
}


@pytest.mark.parametrize("case", BAD)
def test_malformed_content_is_one_sentence(case: str) -> None:
    parse, content = BAD[case]
    blob = content if isinstance(content, Blob) else Blob("a set: its file", content)
    with pytest.raises(InputError, match=r"^[^\n]*: [^\n]*\. Allowed: [^\n]*\. [^\n]*\.$"):
        parse(blob)


READERS: dict[str, Callable[[], object]] = {
    "tinyshakespeare": tinyshakespeare.parts.__wrapped__,
    "ptb": lambda: ptb.words.__wrapped__(3),
    "names": names.parts.__wrapped__,
    "nottingham": lambda: rolls.pieces.__wrapped__("nottingham"),
    "sst2": lambda: sentences.parts.__wrapped__("sst2", 3),
    "rt_polarity": lambda: sentences.parts.__wrapped__("rt_polarity", 3),
}


@pytest.mark.parametrize("name", READERS)
def test_absent_data_name_the_command(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    with pytest.raises(MissingData, match=f"Run `python -m seqbench data fetch {name}`"):
        READERS[name]()


@mirrored
def test_a_flipped_byte_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray((MIRROR / "tinyshakespeare" / "input.txt").read_bytes())
    data[5000] ^= 1
    (tmp_path / "tinyshakespeare").mkdir()
    (tmp_path / "tinyshakespeare" / "input.txt").write_bytes(data)
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path))
    with pytest.raises(InputError, match="damaged: its SHA-256"):
        files.read("tinyshakespeare", "input.txt")
