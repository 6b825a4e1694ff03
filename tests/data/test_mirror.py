"""The mirror beside the project, where there is one: every file of the ledger, byte by byte."""

from pathlib import Path

import pytest

from seqbench.data import files, guards, ledger
from seqbench.data.ledger import Download
from tests.helpers.places import MIRROR

PLACES = [
    (entry.name, file)
    for entry in ledger.entries()
    if isinstance(entry, Download)
    for file in entry.files
]

pytestmark = pytest.mark.skipif(
    not MIRROR.is_dir(), reason="no mirror of the data in ../shared/data beside the project"
)


@pytest.fixture(autouse=True)
def _mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path / "cache"))


@pytest.mark.parametrize(("name", "file"), PLACES, ids=lambda part: str(part))
def test_a_file_of_the_mirror_is_as_the_ledger_says(name: str, file: str, tmp_path: Path) -> None:
    source = files.download(name, file)
    blob = files.read(name, file)
    assert blob.where == f"{name}: {file}"
    assert abs(len(blob.data) - source.files[file].bytes) < 100
    assert not (tmp_path / "cache").exists()


def test_a_flipped_byte_is_detected_in_every_kind(tmp_path: Path) -> None:
    for name, file in PLACES:
        source = files.download(name, file)
        if source.files[file].bytes > 2**20:
            continue  # the same code; seconds of hashing
        data = bytearray(files.read(name, file).data)
        data[len(data) // 2] ^= 1
        path = tmp_path / file
        path.write_bytes(data)
        assert files.look(source, file, path)[1], f"{name}: {file}"


def test_the_guards_let_real_files_pass() -> None:
    read, archive = files.read, guards.Archive
    assert guards.mat(read("jsb_chorales", "JSB_Chorales.mat"), "traindata").shape == (1, 229)
    images = guards.idx(guards.gunzip(read("mnist", "t10k-images-idx3-ubyte.gz")))
    assert images.shape == (10000, 28, 28)
    rates = guards.table(guards.gunzip(read("exchange_rate", "exchange_rate.txt.gz")), width=8)
    assert rates.shape == (7588, 8)
    hours = guards.table(read("ett", "ETTh1.csv"), width=8, columns=tuple(range(1, 8)), header=1)
    assert hours.shape == (17420, 7)
    icons = guards.arrays(read("fxemoji", "fxemoji_32.npz"))["images"]
    assert icons.shape == (1011, 32, 32, 3)
    digits = archive(read("spoken_digits", "recordings.zip"))
    names = digits.names("recordings/*.wav")
    assert len(names) == 3000 and guards.wav(digits.read(names[0])).rate == 8000
    assert len(archive(read("omniglot", "strokes_background_small1.zip")).names("*.txt")) == 2720
    german = guards.text(guards.gunzip(read("multi30k", "train.de.gz")))
    assert german.count("\n") == 29000
