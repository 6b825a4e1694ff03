"""The ledger of real data: what there is, where it comes from, and whether it is unchanged."""

import difflib
import importlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from seqbench.errors import InputError
from seqbench.files import sha256

LEDGER = Path(__file__).parents[2] / "workflow" / "config" / "datasets.yaml"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One data set; the fields are explained at the head of datasets.yaml."""

    name: str
    title: str
    where: str
    install: str
    n: str
    sha256: str | None
    license: str
    citation: str
    note: str | None


def entries() -> tuple[Entry, ...]:
    """All data sets, in the order of the ledger.

    Raises:
        InputError: the ledger is absent or damaged.
    """
    try:
        found = yaml.safe_load(LEDGER.read_text(encoding="utf-8"))
        return tuple(Entry(name=name, **fields) for name, fields in found.items())
    except (OSError, yaml.YAMLError, TypeError, AttributeError) as error:
        raise InputError(
            f"{LEDGER.name}: the ledger of data cannot be read ({' '.join(str(error).split())}). "
            "Allowed: workflow/config/datasets.yaml as it was published. Restore it."
        ) from error


def verify(name: str) -> str | None:
    """None where the data are here and as the ledger says, else the sentence that says what not.

    Raises:
        InputError: the ledger has no such name, or cannot be read.
    """
    known = {entry.name: entry for entry in entries()}
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else "Add it to the ledger."
        raise InputError(f"datasets.yaml: no data {name!r}. Allowed: {', '.join(known)}. {hint}")
    try:
        actual = sha256(importlib.import_module(f"seqbench.data.{name}").load().tobytes())
    except InputError as absent:
        return str(absent)
    expected = known[name].sha256
    if expected in (None, actual):
        return None
    return (
        f"{name}: its SHA-256 is {actual[:12]}, not {expected[:12]}. Allowed: the data as "
        f"published. Install it anew: {known[name].install}."
    )
