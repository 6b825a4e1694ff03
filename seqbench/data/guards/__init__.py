"""Readers that refuse: nothing hostile, damaged or absurdly large gets past them.

The checksum is compared first, so bad bytes rarely come this far; but a person's own mirror may
have files without one. Each reader takes a `Blob` (bytes that know where they come from) and either
gives its content or raises InputError with one sentence. None writes a file, none runs what it
reads, and none takes memory on the word of a header.
"""

from seqbench.data.guards.arrays import array, arrays, idx
from seqbench.data.guards.blob import MOST, Blob
from seqbench.data.guards.matlab import mat
from seqbench.data.guards.packed import Archive, gunzip
from seqbench.data.guards.sound import Sound, wav
from seqbench.data.guards.text import table, text

__all__ = [
    "MOST", "Archive", "Blob", "Sound", "array", "arrays", "gunzip", "idx", "mat", "table", "text",
    "wav",
]  # fmt: skip
