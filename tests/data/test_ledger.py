"""The ledger: strict in what it accepts, and whole in what it says."""

import re
import subprocess
import sys
import time

import pytest
import yaml

from seqbench.data import ledger, say
from seqbench.data.ledger import Download, Installed
from seqbench.errors import InputError
from tests.helpers.places import HOME
from tests.helpers.world import World

SETS = ledger.entries()
DOWNLOADS = [entry for entry in SETS if isinstance(entry, Download)]


def test_every_set_of_the_tasks_is_there() -> None:
    wanted = (
        "digits sunspots python_topics ett exchange_rate monthly_sunspots tinyshakespeare ptb "
        "jsb_chorales nottingham piano_midi musedata spoken_digits japanese_vowels mnist sst2 sst5 "
        "trec rt_polarity multi30k fxemoji tiny_coco omniglot names indoor_movement "
        "min_temperatures airline_passengers yesno"
    )
    names = {entry.name for entry in SETS}
    assert set(wanted.split()) <= names
    assert sum(name.startswith("ucr_") for name in names) == 7


@pytest.mark.parametrize("entry", DOWNLOADS, ids=lambda entry: entry.name)
def test_addresses_are_pinned_and_absences_explained(entry: Download) -> None:
    for file, known in entry.files.items():
        assert known.sha256, "we know what it must be"
        address = entry.address(file)
        if address is None:
            assert entry.note and "nly a mirror has" in entry.note
            continue
        assert address.startswith("https://") and address.endswith(("/" + file, ".zip"))
        commit = re.search(r"/[0-9a-f]{40}[/.]", address)
        assert commit or "ossci-datasets" in address, "an address whose content may change"
        if known.content:
            assert file.endswith((".gz", ".zip"))


def test_no_two_files_share_a_place() -> None:
    places = [entry.place(file).casefold() for entry in DOWNLOADS for file in entry.files]
    assert len(places) == len(set(places)) == 86


def test_what_terms_forbid_is_not_quoted() -> None:
    quoted = {entry.name for entry in SETS if entry.show and "not stated" in entry.license}
    assert quoted == {"multi30k", "jsb_chorales", "nottingham"}  # a few sentences, a few bars
    for entry in SETS:
        forbids = "ND" in entry.license or "Consortium" in entry.license
        assert not (entry.show and forbids), entry.name


def test_the_published_checksums_of_mnist() -> None:
    """As TensorFlow, torchvision and many others have them."""
    files = next(entry for entry in DOWNLOADS if entry.name == "mnist").files
    starts = ("440fcabf73cc", "3552534a0a55", "8d422c7b0a1c", "f7ae60f92e00")
    assert tuple(str(file.sha256)[:12] for file in files.values()) == starts


def test_it_loads_in_milliseconds() -> None:
    times = []
    for _ in range(5):
        start = time.process_time()
        ledger._read.__wrapped__(ledger.LEDGER)
        times.append(time.process_time() - start)
    assert min(times) < 0.05


def test_listing_imports_neither_torch_nor_scipy() -> None:
    code = (
        "import sys; from seqbench.__main__ import main; main(['data', 'list']);"
        "sys.exit(', '.join({'torch', 'scipy', 'pandas', 'requests'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HOME)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == len(SETS)


GOOD = {
    "title": "A set",
    "n": "1",
    "license": "not stated",
    "show": False,
    "citation": "test2000",
    "url": None,
    "files": {"a.txt": "3 " + "0" * 64},
}
INSTALLED = {key: GOOD[key] for key in ("title", "n", "license", "show", "citation")} | {
    "where": "a package",
    "install": "a command",
    "sha256": None,
}


def test_both_kinds_are_read(world: World) -> None:
    world.ledger.write_text(yaml.safe_dump({"one": GOOD, "two": INSTALLED}))
    ledger._read.cache_clear()
    one, two = ledger.entries()
    assert isinstance(one, Download) and isinstance(two, Installed)
    assert one.place("a.txt") == "one/a.txt" and one.files["a.txt"].bytes == 3


BAD: dict[str, tuple[dict[str, object] | str, str]] = {
    "unknown key": ({"licence": "MIT"}, "one.licence: "),
    "its name twice": ({"name": "two"}, "one.name: "),
    "no title": ({"title": ""}, "one.title: "),
    "show in words": ({"show": "yes"}, "one.show: "),
    "a short checksum": ({"files": {"a": "3 abc"}}, "one.files.a.sha256: "),
    "a checksum in capitals": ({"files": {"a": "3 " + "A" * 64}}, "one.files.a.sha256: "),
    "no size": ({"files": {"a": "0" * 64}}, "one.files.a."),
    "a size below 1": ({"files": {"a": "0 " + "0" * 64}}, "one.files.a.bytes: "),
    "no file": ({"files": {}}, "one.files: "),
    "a path as file": ({"files": {"../a": "3 " + "0" * 64}}, "one.files.../a: "),
    "a hidden file": ({"files": {".a": "3 " + "0" * 64}}, "one.files..a: "),
    "a path as folder": ({"folder": "../x"}, "one.folder: "),
    "another kind of address": ({"url": "file:///etc/"}, "one.url: "),
    "a shell in an address": ({"url": "https://x/$(id)/"}, "one.url: "),
    "a name that is none": ("One: {}", "One.name: "),
    "a set twice": ("one: {}\none: {}", "'one' for the second time"),
    "a key twice": ("one: {title: a, title: b}", "'title' for the second time"),
    "a list": ("- a\n- b", ""),
    "an object": ("one: !!python/object/apply:os.system [id]", "could not determine"),
    "not YAML": ("{", ""),
    "nothing": ("", ""),
    "a number": ("one: 3", ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_damaged_ledger_is_one_sentence(case: str, world: World) -> None:
    change, where = BAD[case]
    body = change if isinstance(change, str) else yaml.safe_dump({"one": GOOD | change})
    world.ledger.write_text(body)
    ledger._read.cache_clear()
    with pytest.raises(InputError, match=r"^datasets\.yaml: [^\n]* Allowed: [^\n]*\.$") as refused:
        ledger.entries()
    assert where in str(refused.value)


def test_no_ledger_is_one_sentence(world: World) -> None:
    world.ledger.unlink()
    with pytest.raises(InputError, match=r"^datasets\.yaml: "):
        ledger.entries()


def test_unknown_names_get_a_hint() -> None:
    with pytest.raises(InputError, match="Did you mean 'sunspots'"):
        ledger.entry("sunspot")
    with pytest.raises(InputError, match="Did you mean 'mnist'"):
        say.verify(["mnits"])
