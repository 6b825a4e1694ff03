"""The ledger of real data: what there is, where it comes from, and how it is known again.

workflow/config/datasets.yaml explains the fields; here they are checked, strictly.
"""

import difflib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from seqbench.errors import InputError
from seqbench.opened import unrecorded

LEDGER = Path(__file__).parents[2] / "workflow" / "config" / "datasets.yaml"


def _in_one_line(value: object) -> object:
    """`5101618 fcea...`, the usual short form of a file."""
    if not isinstance(value, str):
        return value
    size, _, checksum = value.partition(" ")
    return {"bytes": int(size) if size.isdecimal() else size, "sha256": checksum}


Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[ -~]+$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]  # never leaves home
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Address = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9_./:%-]{1,200}$")]
Pattern = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./*-]{1,100}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class File(_Strict):
    """One file of a set."""

    bytes: Annotated[int, Field(gt=0, lt=2**31)]
    sha256: Sha256 | None
    content: Sha256 | None = None
    members: Pattern = "*"
    url: Address | None = None

    @property
    def most(self) -> int:
        """Bytes beyond which it is not looked at: another packing is allowed its own size."""
        return 4 * self.bytes + 2**20 if self.content or not self.sha256 else self.bytes


class _Entry(_Strict):
    name: Name
    title: Words
    n: Words
    license: Words
    show: bool
    citation: Annotated[str, Field(pattern=r"^[a-z]+\d{4}[a-z]*$")]
    note: Words | None = None


class Installed(_Entry):
    """A set that comes inside an installed package."""

    where: Words
    install: Words
    sha256: Sha256 | None


class Download(_Entry):
    """A set of files that are fetched."""

    folder: Name = ""  # absent: the name of the set
    url: Address | None
    files: Annotated[
        dict[FileName, Annotated[File, BeforeValidator(_in_one_line)]], Field(min_length=1)
    ]

    def place(self, file: str) -> str:
        """The path of a file, below the cache and below any mirror alike."""
        return f"{self.folder or self.name}/{file}"

    def address(self, file: str) -> str | None:
        """Where the public finds a file; None: only a mirror has it."""
        return self.files[file].url or (self.url + file if self.url else None)

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files.values())


Entry = Installed | Download


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key that stands twice, of which PyYAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        found: set[str] = set()
        for key, _ in node.value:
            if key.value in found:
                raise yaml.YAMLError(f"{key.value!r} for the second time")
            found.add(key.value)
        return dict(super().construct_mapping(node, deep))


def entries() -> tuple[Entry, ...]:
    """All data sets, in the order of the ledger.

    Raises:
        InputError: the ledger is absent or damaged; says where.
    """
    return _read(LEDGER)


@cache
def _read(ledger: Path) -> tuple[Entry, ...]:
    try:
        with unrecorded():
            text = ledger.read_text(encoding="utf-8")
        found = yaml.load(text, _Loader)
        return tuple(_entry(name, fields) for name, fields in found.items())
    except (OSError, yaml.YAMLError, TypeError, AttributeError, ValueError) as error:
        raise _damaged(ledger, str(error)) from error


def _entry(name: str, fields: dict[str, object]) -> Entry:
    kind = Download if "files" in fields else Installed
    if "name" in fields:
        raise ValueError(f"{name}.name: the key of a set is its name")
    try:
        return kind.model_validate({**fields, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(key) for key in (name, *first["loc"]) if key != "[key]")
        raise ValueError(f"{where}: {first['msg']}") from error


def _damaged(ledger: Path, problem: str) -> InputError:
    return InputError(
        f"{ledger.name}: the ledger of data cannot be read ({' '.join(problem.split())}). "
        "Allowed: workflow/config/datasets.yaml as it was published. Restore it."
    )


def entry(name: str) -> Entry:
    """One data set.

    Raises:
        InputError: the ledger has no such name, or cannot be read.
    """
    known = {entry.name: entry for entry in entries()}
    if name not in known:
        raise InputError(unknown("data", name, list(known)))
    return known[name]


def downloads(names: Sequence[str]) -> tuple[str, ...]:
    """Those of these sets that have to be fetched.

    Raises:
        InputError: the ledger has no such name.
    """
    return tuple(name for name in names if isinstance(entry(name), Download))


def unknown(what: str, name: str, known: list[str]) -> str:
    """The sentence for a name that the ledger does not have."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else "Correct the name."
    allowed = ", ".join(known) if len(known) < 10 else "those of `python -m seqbench data list`"
    return f"datasets.yaml: no {what} {name!r}. Allowed: {allowed}. {hint}"
