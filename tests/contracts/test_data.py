"""Real data: as the ledger says, split without leaks, and a clear sentence where absent."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqbench import registry
from seqbench.data import installed, ledger, verify
from seqbench.data.sets import digits, python_topics, sunspots
from seqbench.errors import InputError, MissingData

INSTALLED = [e for e in ledger.entries() if isinstance(e, ledger.Installed)]
KNOWN = {entry.name: entry for entry in INSTALLED}


def test_ledger_and_modules_agree() -> None:
    folder = Path(ledger.__file__).parent / "sets"
    modules = {p.stem for p in folder.glob("*.py") if "def load()" in p.read_text()}
    assert set(KNOWN) <= modules
    for entry in INSTALLED:
        assert entry.sha256 or entry.note, "no checksum: the note says why"
        assert entry.citation in registry.describe("tasks", entry.name).sources


@pytest.mark.parametrize("name", KNOWN)
def test_data_are_as_the_ledger_says(name: str) -> None:
    assert verify.problems(KNOWN[name]) == [None]


def test_one_changed_number_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = digits.load().copy()
    changed[700, 30] ^= 1
    monkeypatch.setattr(digits, "load", lambda: changed)
    (sentence,) = verify.problems(KNOWN["digits"])
    assert sentence and sentence.startswith("digits: its SHA-256 is") and "Allowed:" in sentence


def test_absent_package_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "find_spec", lambda module: None)
    for module, package in ((digits, "scikit-learn"), (sunspots, "statsmodels")):
        module.load.cache_clear()
        with pytest.raises(MissingData, match=f"Run `python -m pip install {package}`"):
            module.load()
    (sentence,) = verify.problems(KNOWN["digits"])
    assert sentence and "pip install scikit-learn" in sentence


def test_absent_help_texts_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    python_topics.load.cache_clear()
    with pytest.raises(MissingData, match="complete standard library"):
        python_topics.load()


@pytest.mark.parametrize("content", (b"1,2,x\n", b"1,2\n3\n"))
def test_damaged_file_is_refused(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "table.csv").write_bytes(content)
    monkeypatch.setattr(installed, "file_of", lambda *_: tmp_path / "table.csv")
    with pytest.raises(InputError, match="force-reinstall"):
        installed.table("any", "table.csv", "any")


def test_truncated_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = installed.file_of("sklearn", "datasets/data/digits.csv.gz", "scikit-learn").read_bytes()
    (tmp_path / "table.csv.gz").write_bytes(whole[:5000])
    monkeypatch.setattr(installed, "file_of", lambda *_: tmp_path / "table.csv.gz")
    with pytest.raises(InputError, match="force-reinstall"):
        installed.table("sklearn", "table.csv.gz", "scikit-learn")


def test_data_need_neither_torch_nor_pandas() -> None:
    code = (
        "import sys; from seqbench.data import ledger;"
        "from seqbench.data.sets import digits, python_topics, sunspots;"
        "[m.load() for m in (digits, python_topics, sunspots)];"
        "sys.exit(', '.join({'torch', 'pandas', 'sklearn', 'statsmodels'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_digits_are_split_between_writers() -> None:
    """Every writer's block begins with the digits 0 to 9 in order, twice."""
    labels = digits.load()[:, -1]
    for border in digits.BORDERS:
        assert labels[border - 1] != 9
        assert labels[border : border + 12].tolist() == [*range(10), 0, 1]
    sizes = [len(part.labels) for part in digits.parts()]
    assert sum(sizes) == len(labels) == 1797
    for part in digits.parts():
        shares = np.bincount(part.labels) / len(part.labels)
        assert shares.min() > 0.09 and shares.max() < 0.11
        assert part.pixels.min() >= 0 and part.pixels.max() == 1


def test_sunspots_are_split_in_time_and_scaled_by_train_alone() -> None:
    numbers, parts = sunspots.load()[:, 1], sunspots.years()
    assert sunspots.load()[0, 0] == 1700 and (np.diff(sunspots.load()[:, 0]) == 1).all()
    train = numbers[: len(parts.train)]
    np.testing.assert_allclose(np.concatenate(parts) * train.std() + train.mean(), numbers)
    assert abs(parts.train.mean()) < 1e-9 and parts.test.mean() > 0.5
    for part in parts:
        runs = sunspots.windows(part, 40)
        assert len(runs) == len(part) - 40
        np.testing.assert_array_equal(runs[-1], part[-41:])


def test_text_repeats_no_paragraph() -> None:
    everything = python_topics.load().tobytes().decode("utf-32-le")
    paragraphs = everything.split("\n\n")
    assert len(paragraphs) == len(set(paragraphs)) > 1000


def test_text_windows_cover_their_part_once() -> None:
    train, valid, test = python_topics.text(20_000, 50)
    for part in (train, valid, test):
        assert part.shape[1] == 51 and part.min() >= 0 and part.max() < python_topics.ALPHABET
        np.testing.assert_array_equal(part[1:, 0], part[:-1, -1])
    assert len(train) == 319 and len(valid) == len(test) == 39
    large = python_topics.text(200_000, 50)
    assert len(large.valid) == len(large.test) == python_topics.MOST_WINDOWS


def test_test_text_is_not_in_train() -> None:
    train, valid, test = python_topics.text(200_000, 50)
    seen = {
        window.tobytes()
        for window in np.lib.stride_tricks.sliding_window_view(
            np.append(train[:, :-1], train[-1, -1]), 51
        )
    }
    for part in (valid, test):
        assert np.mean([window.tobytes() in seen for window in part]) < 0.02


def test_alphabet_is_train_s_own() -> None:
    """Frequent characters keep their symbol; the last symbol, for the rest, stays rare."""
    train, _, test = python_topics.text(200_000, 50)
    counts = np.bincount(train[:, 1:].ravel(), minlength=python_topics.ALPHABET)
    assert counts[:-1].min() > 0 and counts[-1] / counts.sum() < 0.01
    assert np.mean(test == python_topics.ALPHABET - 1) < 0.01


def test_ngrams_against_counting_by_hand() -> None:
    train, _, test = python_topics.text(20_000, 50)
    K, bits = python_topics.ALPHABET, 0.0
    pairs = np.ones((K, K))
    for window in train:
        for past, now in zip(window[:-1], window[1:], strict=True):
            pairs[past, now] += 1
    share = np.bincount(test[:, 1:].ravel(), minlength=K) / test[:, 1:].size
    assert python_topics.ngram_bits(0, 20_000, 50) == pytest.approx(
        -np.log2(share[test[:, 1:]]).mean()
    )
    for window in test:
        for past, now in zip(window[:-1], window[1:], strict=True):
            bits -= np.log2(pairs[past, now] / pairs[past].sum())
    assert python_topics.ngram_bits(1, 20_000, 50) == pytest.approx(bits / test[:, 1:].size)
