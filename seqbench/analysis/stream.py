"""Tables of many rows per trial, written a job at a time: they may be more than memory holds."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute, csv

from seqbench.files import sealed

PLAIN = csv.WriteOptions(include_header=False, quoting_style="none")
QUOTED = csv.WriteOptions(include_header=False, quoting_style="needed")


def write(stem: Path, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    """Write stem.parquet, a row group per part, and stem.csv, without the fingerprints."""
    shown = [name for name in schema.names if name != "fingerprint"]
    with (
        sealed(stem.with_suffix(".parquet")) as file,
        sealed(stem.with_suffix(".csv")) as page,
        pq.ParquetWriter(file, schema, compression="zstd") as rows,
    ):
        page.write((",".join(shown) + "\n").encode())
        for part in parts:
            rows.write_table(part)
            csv.write_csv(printed(part.select(shown)), page, QUOTED if _commas(part) else PLAIN)


def _commas(part: pa.Table) -> bool:
    """Whether text may have a comma in it: what networks say, and several knobs of a setting."""
    found = compute.any(compute.match_substring(part["setting"], ","))
    return "sample" in part.column_names or found.as_py() is True


def printed(table: pa.Table) -> pa.Table:
    """With numbers as pandas prints them; text and whole numbers look the same from arrow."""
    columns = {name: table[name] for name in table.column_names}
    floats = {k: _words(v) for k, v in columns.items() if pa.types.is_floating(v.type)}
    return pa.table(columns | floats)


def _words(column: pa.ChunkedArray) -> pa.Array:
    """Each distinct number is printed once; what is no number is left empty."""
    coded = column.combine_chunks().dictionary_encode()
    words = [repr(x) if x == x else None for x in coded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(coded.indices)
