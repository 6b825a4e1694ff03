"""Files are whole or absent, edits are noticed, and tables keep their schema."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from seqbench import files, records
from seqbench.errors import InputError


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "x.bin"
    files.write_sealed(path, b"abc")
    assert files.read_verified(path) == b"abc"
    files.write_sealed(path, b"abcd")
    assert files.read_verified(path) == b"abcd"
    assert {f.name for f in path.parent.iterdir()} == {"x.bin", files.seal_of(path).name}


@pytest.mark.parametrize("position", range(0, 100, 7))
def test_one_flipped_bit_is_noticed(tmp_path: Path, position: int) -> None:
    path = tmp_path / "x.bin"
    files.write_sealed(path, bytes(100))
    stat = path.stat()
    damaged = bytearray(path.read_bytes())
    damaged[position] ^= 1
    path.write_bytes(bytes(damaged))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(InputError, match="changed after it was written"):
        files.read_verified(path)


def test_an_absent_seal_or_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    with pytest.raises(InputError, match="cannot be read"):
        files.read_verified(path)
    files.write_sealed(path, b"abc")
    files.seal_of(path).unlink()
    with pytest.raises(InputError, match="Delete it and run snakemake again"):
        files.read_verified(path)


def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        files.atomic_write(tmp_path / "results" / "x", b"abc")
    with pytest.raises(InputError, match="cannot be written"):
        files.ensure_writable(tmp_path / "results")


@pytest.mark.parametrize("moment", ["fsync", "chmod", "replace"])
def test_a_crash_leaves_the_old_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    path = tmp_path / "x.bin"
    files.atomic_write(path, b"old")

    def crash(*words: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, moment, crash)
    with pytest.raises(InputError, match="No space left on device"):
        files.atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [f.name for f in tmp_path.iterdir()] == ["x.bin"]


@pytest.mark.parametrize("table", records.TABLES)
def test_rows_come_back_and_missing_values_are_empty(tmp_path: Path, table: str) -> None:
    path = tmp_path / "x.parquet"
    rows = [{"task": "adding", "cell": "rnn", "remedy": "none"}, {"task": "copy", "seed": 3}]
    records.write(path, table, rows)
    found = records.read(path, table)
    assert found.column_names == list(records.TABLES[table])
    assert found.to_pylist()[1]["seed"] == 3
    assert found.to_pylist()[0]["seed"] is None


@pytest.mark.parametrize("table", records.TABLES)
def test_every_column_is_described(table: str) -> None:
    for field in records.schema(table):
        assert field.metadata[b"description"], field.name


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    rows = [{"task": "adding", "seed": seed, "value": seed / 3} for seed in range(50)]
    for name in ("a", "b"):
        records.write(tmp_path / name, "curves", rows)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_unknown_column_or_a_wrong_type_is_our_own_mistake(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no columns"):
        records.write(tmp_path / "x", "trials", [{"taks": "adding"}])
    with pytest.raises(pa.ArrowInvalid):
        records.write(tmp_path / "x", "trials", [{"seed": "three"}])
