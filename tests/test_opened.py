"""What a piece of work reads is its input, whoever opens it and however the name came to be."""

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pandas as pd
import pytest
import torch

from seqbench import opened

READERS: dict[str, Callable[[str], object]] = {
    "open": lambda name: Path(name).read_bytes(),
    "os.open": lambda name: os.close(os.open(name.encode(), os.O_RDONLY)),
    "pandas, in C": lambda name: pd.read_csv(name),
    "pandas, mapped": lambda name: pd.read_csv(Path(name), memory_map=True),
    "pandas, in Python": lambda name: pd.read_csv(name, sep=None, engine="python"),
    "pandas, by Arrow": lambda name: pd.read_csv(name, engine="pyarrow"),
    "numpy": lambda name: np.loadtxt(name, delimiter=",", skiprows=1),
    "numpy, bytes": lambda name: np.fromfile(name, dtype=np.int8),
    "numpy, mapped": lambda name: np.memmap(name, mode="r"),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with some data in it."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/mine_7.csv").write_text("a,b\n1,2\n")
    return tmp_path


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_whoever_reads_is_seen(reader: Callable[[str], object]) -> None:
    with opened.recorded(Path("results")) as files:
        reader(os.path.join("data", f"mine_{3 + 4}.csv"))
    assert files.sums() == {"data/mine_7.csv": opened.digest(Path("data/mine_7.csv"))}


@pytest.mark.parametrize("mapped", ["r", None], ids=["mapped", "read"])
def test_arrays_are_seen(mapped: str | None) -> None:
    np.save("a.npy", np.zeros(3))
    torch.save({"a": 1}, "b.pt")
    with opened.recorded(Path("results")) as files:
        np.load("a.npy", mmap_mode=mapped)
        torch.load("b.pt", mmap=bool(mapped))
    assert {*files.sums()} == {"a.npy", "b.pt"}


def test_what_is_no_input_is_left_out(here: Path) -> None:
    for name in ("results/old.json", ".cache/a.bin", ".hidden", "code.py", "ledger", "notes"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("x")
    with opened.recorded(Path("results")) as files:
        for name in ("results/old.json", ".cache/a.bin", ".hidden", "code.py", np.__file__):
            Path(name).read_bytes()
        Path("/proc/self/stat").read_bytes()
        Path("notes").write_text(Path("notes").read_text())
        with NamedTemporaryFile(dir=here) as file, opened.unrecorded():
            Path(file.name).read_bytes()
            Path("ledger").read_bytes()
        with pytest.raises(FileNotFoundError):
            Path("absent").read_bytes()
    assert files.sums() == {}
    Path("data/mine_7.csv").read_bytes()
    assert files.sums() == {} and opened.so_far() == {}


def test_what_is_replaced_while_it_is_at_work_has_no_checksum() -> None:
    file = Path("data/mine_7.csv")
    with opened.recorded(Path("results")) as files:
        file.read_bytes()
        assert opened.so_far() == {str(file): opened.digest(file)}
        file.write_bytes(b"another")  # by somebody else: this is the audit of one process
        files.written.clear()
    assert files.sums() == {str(file): ""}
    (file.parent / "beside").mkdir()
    os.chdir(file.parent / "beside")
    assert files.sums() == {os.path.abspath("../mine_7.csv"): ""}
