"""The bibliography: a small reader of reports/references.bib, and how an entry is printed.

The file holds one field per line. Only what was run is cited; a key without an entry is shown as
missing, so that nobody takes silence for a source.
"""

import re
from collections.abc import Iterable
from functools import cache

from seqbench.report import facts

Entry = dict[str, str]
_HEAD = re.compile(r"@\w+\{([^,\s]+),")
_FIELD = re.compile(r"\s*(\w+)\s*=\s*\{(.*)\},?\s*$")
KEY = re.compile(r"\b[a-z]+(?:19|20)\d{2}[a-z]*\b")
_EMPTY = {"title": "", "place": "", "link": ""}
PLACES = ("journal", "booktitle", "howpublished")


def parse(text: str) -> dict[str, Entry]:
    """Entries by key, fields by name."""
    entries: dict[str, Entry] = {}
    fields: Entry = {}
    for line in text.splitlines():
        if head := _HEAD.match(line):
            fields = entries.setdefault(head[1], {})
        elif field := _FIELD.match(line):
            fields[field[1]] = field[2].strip("{}")
    return entries


@cache
def entries() -> dict[str, Entry]:
    """All of the project's bibliography."""
    return parse((facts.ROOT / "reports" / "references.bib").read_text(encoding="utf-8"))


def _authors(text: str) -> str:
    names = [" ".join(reversed(name.split(", "))) for name in text.split(" and ")]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _family(name: str) -> str:
    family, comma, _ = name.partition(", ")
    return family if comma else name.split()[-1]


def label(entry: Entry, key: str) -> str:
    """How the text names a source: Gers et al. 2000."""
    if not entry:
        return key
    if entry["author"].startswith("Python"):
        return f"{entry['author']} {entry['year']}"
    families = [_family(name) for name in entry["author"].split(" and ")]
    many = {1: families[0], 2: " and ".join(families)}
    return f"{many.get(len(families), families[0] + ' et al.')} {entry['year']}"


def cite(keys: Iterable[str], entries: dict[str, Entry]) -> list[dict[str, str]]:
    """Key and label of every source."""
    return [{"key": key, "label": label(entries.get(key, {}), key)} for key in keys]


def labeled(text: str, entries: dict[str, Entry]) -> str:
    """Text whose keys of sources are replaced by how the text names them."""
    return KEY.sub(lambda match: label(entries.get(match[0], {}), match[0]), text)


def references(keys: Iterable[str], entries: dict[str, Entry]) -> list[dict[str, str]]:
    """The printed entries of these keys, by author and year."""
    by_name = sorted(set(keys), key=lambda key: (label(entries.get(key, {}), key).casefold(), key))
    return [_reference(key, entries.get(key)) for key in by_name]


def _reference(key: str, entry: Entry | None) -> dict[str, str]:
    if entry is None:
        return {"key": key, "text": f"{key}: has no entry in references.bib", **_EMPTY}
    place = next((entry[name] for name in PLACES if name in entry), "")
    link = f"https://doi.org/{entry['doi']}" if "doi" in entry else entry.get("url", "")
    return {
        "key": key,
        "text": f"{_authors(entry['author'])} ({entry['year']}).",
        "title": entry["title"] + ("" if entry["title"].endswith("?") else "."),
        "place": place,
        "link": link,
    }
