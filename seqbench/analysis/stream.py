"""Tables of many rows per trial, written a job at a time: they may be more than memory holds."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from seqbench.files import sealed

PLAIN = csv.WriteOptions(quoting_style="none", quoting_header="none")
QUOTED = csv.WriteOptions(quoting_style="needed", quoting_header="none")  # what networks say


def write(stem: Path, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    """Write stem.parquet, a row group per part, and stem.csv, without the fingerprints."""
    shown = [name for name in schema.names if name != "fingerprint"]
    text = printed(schema.empty_table().select(shown)).schema
    options = QUOTED if "sample" in shown else PLAIN
    with (
        sealed(stem.with_suffix(".parquet")) as file,
        sealed(stem.with_suffix(".csv")) as page,
        pq.ParquetWriter(file, schema, compression="zstd") as rows,
        csv.CSVWriter(page, text, write_options=options) as lines,
    ):
        for part in parts:
            rows.write_table(part)
            lines.write_table(printed(part.select(shown)))


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
