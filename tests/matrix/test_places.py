"""Results and a report of its own for every matrix; places that hold anything else are refused."""

import shutil
from pathlib import Path

import pytest
import yaml

from seqbench import matrix
from seqbench.errors import InputError
from seqbench.matrix import places
from tests.helpers.matrices import GOOD
from tests.helpers.places import CONFIG


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like the project's, in which we are."""
    folder = tmp_path / "project"
    for name in ("seqbench", "workflow", "reports/prose", ".git"):
        (folder / name).mkdir(parents=True)
        (folder / name / "a_file").write_text("precious")
    monkeypatch.chdir(folder)
    return folder


def written(name: str, **keys: object) -> Path:
    file = Path(name)
    file.write_text(yaml.safe_dump(GOOD | keys, sort_keys=False))
    return file


def claimed(name: str, **keys: object) -> matrix.Matrix:
    """A matrix of which a command has written results."""
    read = matrix.read(written(name, **keys))
    places.claim(read)
    places.claim(read, "report")
    return read


def refused(name: str, **keys: object) -> str:
    with pytest.raises(InputError) as caught:
        places.check(matrix.read(written(name, **keys)))
    words = str(caught.value)
    assert name in words and ". Allowed: " in words and "\n" not in words
    return words


def test_places_are_named_like_the_file(here: Path) -> None:
    read = matrix.read(written("mine.yaml"))
    assert (read.results, read.report) == ("results/mine", "reports/mine")


@pytest.mark.parametrize(
    "name", ["two words", "ümlaut", "no#1", "{task}", "a$b", "trials", ".hidden", "n" * 240]
)
def test_a_file_that_no_place_can_be_named_like_is_named_itself(here: Path, name: str) -> None:
    for given in ({}, {"report": "reports/mine"}, {"results": "results/mine"}):
        if name == "trials" and "results" in given:  # its report can be
            continue
        words = refused(f"{name}.yaml", **given)
        assert words.startswith(f"{name}.yaml: ") and "Rename the file" in words
        for key in ("results", "report"):
            assert (f"`{key}:`" in words) == (key not in given)
    read = matrix.read(written(f"{name}.yaml", results="results/mine", report="reports/mine"))
    places.claim(read)


def test_the_shipped_matrices_write_where_the_readme_says() -> None:
    read = {
        file.stem: matrix.read(file) for file in CONFIG.glob("*.yaml") if file.stem != "datasets"
    }
    default = read.pop("default")
    assert (default.results, default.report) == ("results", "reports/seqbench")
    assert {name: found.results for name, found in read.items()} == {
        n: f"results/{n}" for n in read
    }
    assert len({found.report for found in read.values()}) == len(read)


RESULTS = [
    *("/", ".", "..", "../..", "./", "../other", "results/../..", "a/../.."),
    *("seqbench", "workflow", "reports", "reports/x", "tests/x", "seqbench/cells", "./seqbench"),
    *(".git", ".snakemake", ".venv", "out/.hidden", "results/trials", "results/tables/x"),
    *("--x", "-x/y"),
]
REPORTS = [
    *("reports/", "/", ".", "..", "reports/.", "reports/..", "../page", "reports/../../page"),
    *("seqbench/page", "workflow/page", ".git/page", "reports/.page", "./", "seqbench", "--x"),
]


IN_THE_WAY = [
    *({"results": place} for place in ("LICENSE", "LICENSE/x", "/dev/null", "/dev/null/x", "gone")),
    *({"report": place} for place in ("LICENSE/x", "a/../LICENSE/x/y", "/dev/null/x", "gone/x")),
]


@pytest.mark.parametrize("key", IN_THE_WAY, ids=str)
def test_a_place_that_no_folder_can_be_made_for_is_refused(here: Path, key: dict[str, str]) -> None:
    Path("LICENSE").write_text("a file")
    Path("gone").symlink_to("nowhere")
    words = refused("mine.yaml", **key)
    assert (
        " cannot be written, as " in words and " is no folder that is writable. Allowed: " in words
    )


def test_a_place_that_would_be_deleted_with_another_run_is_refused(here: Path) -> None:
    claimed("m.yaml")
    claimed("far.yaml", results=str(here.parent / "far"))
    inside = ("results/m/x", "results/m/deep/x", str(here.parent / "far/x"))
    for given in ({key: place} for place in inside for key in ("results", "report")):
        assert "would be deleted with the results" in refused("mine.yaml", **given)
    own = refused("mine.yaml", results="out", report="out/x/page")
    assert "report out/x/page would be deleted with the results in out." in own
    claimed("inner.yaml", results="out/inner")
    assert "has other files in it, such as inner" in refused("mine.yaml", results="out")
    claimed("default.yaml", results="results")


@pytest.mark.parametrize("place", RESULTS)
def test_results_are_a_folder_of_their_own(here: Path, place: str) -> None:
    assert f"results is {place!r}" in refused("mine.yaml", results=place)


@pytest.mark.parametrize("key", ["results", "report"])
@pytest.mark.parametrize("place", ["link/x", "out/deep/link/x/y", "link", "outside/x"])
def test_a_link_is_where_it_leads(here: Path, key: str, place: str) -> None:
    """Into the project, by whatever way."""
    Path("out/deep").mkdir(parents=True)
    for link in (Path("link"), Path("out/deep/link"), here.parent / "way"):
        link.symlink_to(here / "seqbench")
    Path("outside").symlink_to(here.parent / "way")
    if (key, place) != ("report", "link"):  # a file that would take the link's place
        assert f"{key} is {place!r}" in refused("mine.yaml", **{key: place})


def test_a_link_to_a_larger_disk_is_a_place(here: Path) -> None:
    (here.parent / "disk").mkdir()
    Path("results").symlink_to(here.parent / "disk")
    claimed("mine.yaml")
    assert (here.parent / "disk/mine").is_dir()


@pytest.mark.parametrize("above", [0, 1])
def test_results_are_not_around_the_project(here: Path, above: int) -> None:
    assert "results is" in refused("mine.yaml", results=str([here, *here.parents][above]))


@pytest.mark.parametrize("place", REPORTS)
def test_a_report_has_a_name_of_its_own(here: Path, place: str) -> None:
    assert f"report is {place!r}" in refused("mine.yaml", report=place)


@pytest.mark.parametrize("place", ["results/mine", "out", "out/results", "a/b/c"])
def test_ordinary_places_are_taken(here: Path, place: str) -> None:
    claimed("mine.yaml", results=place, report=f"{place}_page/v1.2")
    claimed("mine.yaml", results=place, report=f"{place}_page/v1.2")


@pytest.mark.parametrize("where", ["precious", "outside"])
def test_a_folder_with_other_files_is_refused(here: Path, where: str) -> None:
    folder = here.parent / "outside" if where == "outside" else here / where
    (folder / "deep").mkdir(parents=True)
    claimed("mine.yaml", results=str(folder))
    shutil.rmtree(folder)
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "letter.txt").write_text("to my aunt")
    assert "has other files in it, such as deep" in refused("mine.yaml", results=str(folder))


def test_what_a_run_left_before_it_was_marked_is_taken(here: Path) -> None:
    for name in (
        "store/0a/x.json",
        "trials/adding/rnn.parquet",
        "data.txt",
        "smoke/store/0b/y.json",
    ):
        (here / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (here / "out" / name).write_text("")
    claimed("mine.yaml", results="out")


@pytest.mark.parametrize("key", ["results", "report"])
def test_what_belongs_to_another_matrix_is_refused(here: Path, key: str) -> None:
    own = {"results": "out/r", "report": "out/page"}
    claimed("mine.yaml", **own)
    words = refused("yours.yaml", **({"results": "b/r", "report": "b/page"} | {key: own[key]}))
    assert f"{key} {own[key]} belongs to mine.yaml" in words
    claimed("mine.yaml", **own, seeds=[7])


def test_a_note_of_other_bytes_is_of_nobody_who_is_known(here: Path) -> None:
    claimed("mine.yaml")
    Path("results/mine/.matrix").write_bytes(b"\xff\xfe")
    assert "results results/mine belongs to \ufffd\ufffd." in refused("mine.yaml")


def test_a_project_that_is_moved_stays_the_same(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed("mine.yaml")
    moved = here.rename(here.with_name("moved"))
    monkeypatch.chdir(moved)
    claimed("mine.yaml")
