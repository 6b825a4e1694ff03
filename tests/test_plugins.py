"""Other packages announce variants; what is wrong with one of them costs nobody else anything."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seqbench import jobs, matrix, plugins, registry
from seqbench.__main__ import main
from seqbench.errors import InputError
from tests.helpers.places import CONFIG

CELL = '''"""A cell of another package

Source: elman1990
"""

from dataclasses import dataclass

from seqbench.cell import Cell


@dataclass(frozen=True, kw_only=True)
class Foreign(Cell):
    knob: int = 3

    def step(self, params, state, x):
        return state
'''
FILES = {
    "good.py": CELL,
    "pack/__init__.py": "raise RuntimeError('imported')\n",
    "pack/inner.py": CELL,
    "leaves/__init__.py": "raise SystemExit(3)\n",
    "leaves/inner.py": CELL,
    "fails.py": "import nothing_of_that_name\n" + CELL,
    "two.py": "class A: ...\n\n\nclass B: ...\n",
    "torn.py": "class A(\n",
}
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package with these entry points of cells: install("name", "cell = module")."""
    caches = (plugins.announced, plugins._announced, registry.names, registry.describe)
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)

    def put(package: str, *lines: str) -> None:
        folder = tmp_path / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        text = "\n".join(["[seqbench.cells]", *lines, ""])
        (folder / "entry_points.txt").write_text(text, errors="surrogateescape")
        for cached in caches:
            cached.cache_clear()

    yield put
    for cached in caches:
        cached.cache_clear()


def matrix_with(cell: str, folder: Path) -> matrix.Matrix:
    file = folder / "m.yaml"
    file.write_text(
        "name: test\ntrain: {updates: 50, learning_rates: [0.01]}\nseeds: [1]\n"
        f"tasks: {{adding: {{length: 5}}}}\ncells: {{{cell}: }}\nremedies: {{none: }}\n"
    )
    return matrix.read(file)


def test_a_module_of_another_package_is_a_cell(install: Install) -> None:
    install("other", "foreign = good")
    assert "foreign" in registry.names("cells") and not registry.complaints()
    assert registry.describe("cells", "foreign").title == "A cell of another package"
    assert registry.load_cell("foreign", {"knob": 4}).knob == 4


def test_the_code_of_whoever_announces_is_known(install: Install, tmp_path: Path) -> None:
    install("other", "inner = pack.inner")
    assert plugins.packages() == {"pack"}
    record = "pack/inner.py,,\nhelper.py,,\nother-1.0.dist-info/RECORD,,\n"
    (tmp_path / "other-1.0.dist-info/RECORD").write_text(record)
    plugins._announced.cache_clear()
    assert {"pack", "helper"} <= plugins.packages()


BROKEN = {
    "absent": ("mine = no_such_module", "'mine' is announced by a package as 'no_such_module'"),
    "absent inside": ("mine = no_such.inner", "'no_such.inner', which cannot be found"),
    "absent below": ("mine = good.inner", "'good.inner', which cannot be found"),
    "a class": ("mine = good:Foreign", "'good:Foreign', which cannot be found"),
    "no source": ("mine = sys", "'sys', which cannot be found"),
    "nothing": ("mine = ", "'', which cannot be found"),
    "two classes": ("mine = two", "two.py: has 2 public classes"),
    "torn": ("mine = torn", "torn.py, line 1: "),
    "a name": ("Mine! = good", "'Mine!' is not a name"),
    "our name": ("lstm = good", "announces another 'lstm', which is not used"),
    "other bytes": ("mine = \udcff", "the entry points of broken cannot be read"),
    "no line": ("mine", "the entry points of broken cannot be read"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize(
    "words", ["list cells", "list --long", "list --json", f"check --config {CONFIG}/smoke.yaml"]
)
def test_one_broken_package_is_named_and_the_rest_works(
    install: Install, kind: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line, complaint = BROKEN[kind]
    install("good", "foreign = good")
    install("broken", line)
    assert main(words.split()) == 0
    said = capsys.readouterr()
    assert complaint in said.err and said.err.count("\n") == 1
    assert "foreign" in said.out or "check" in words


def test_a_file_of_ours_goes_first(install: Install) -> None:
    install("other", "lstm = good")
    assert registry.path("cells", "lstm") == registry.HOME / "cells" / "lstm.py"
    assert type(registry.load_cell("lstm")).__module__ == "seqbench.cells.lstm"


def test_two_packages_with_one_name_are_both_refused(install: Install) -> None:
    install("one", "mine = good")
    install("two", "mine = pack.inner")
    (complaint,) = registry.complaints()
    assert "announced by several packages, as good and pack.inner" in complaint
    with pytest.raises(InputError, match="several packages"):
        registry.load_cell("mine")


@pytest.mark.parametrize("kind", ["absent", "absent inside", "a class", "no source"])
def test_only_a_matrix_that_names_it_is_refused(
    install: Install, kind: str, tmp_path: Path
) -> None:
    install("broken", BROKEN[kind][0])
    assert matrix_with("rnn", tmp_path).cells
    with pytest.raises(InputError, match="m.yaml: cells: 'mine' is announced by a package"):
        matrix_with("mine", tmp_path)


def test_looking_for_a_module_imports_nothing(install: Install) -> None:
    install("other", "inner = pack.inner", "leaves = leaves.inner")
    assert not registry.complaints()
    assert registry.describe("cells", "leaves").knobs["knob"].default == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mine = fails", "nothing_of_that_name"),
        ("mine = pack.inner", "imported"),
        ("mine = leaves.inner", "'mine' ended the program when it was loaded"),
    ],
)
def test_what_cannot_be_imported_fails_in_its_own_rows(
    install: Install, line: str, words: str, tmp_path: Path
) -> None:
    install("broken", line)
    job = matrix_with("mine", tmp_path).job("adding", "mine")
    (row,) = jobs.attempt(job, tmp_path, "cpu", None).trials
    assert row["status"] == "failed" and words in str(row["reason"])
