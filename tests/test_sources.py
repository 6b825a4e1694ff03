"""Which files stand behind a number, and what of them counts."""

import os
from pathlib import Path

import pytest

from seqbench import registry, sources


def inside(*groups: sources.Files) -> set[str]:
    """The files of all groups, as paths in the package."""
    return {file.relative_to(registry.HOME).as_posix() for group in groups for file in group}


def test_trials_have_their_variants_and_the_code_that_trains() -> None:
    files = inside(*sources.of_trials("adding", "lstm", ["clip_norm+orthogonal"]))
    variants = {"tasks/adding.py", "tasks/_marked.py", "cells/lstm.py", "remedies/orthogonal.py"}
    trains = {"cell.py", "remedy/__init__.py", "remedy/composition.py", "networks/layers.py"}
    assert variants | trains | {"engine/stack.py", "engine/fused/ir.py"} <= files
    assert not {"cells/rnn.py", "tasks/copy.py", "remedies/identity.py"} & files


def test_what_changes_no_number_is_in_no_fingerprint_but_has_a_job_run_again() -> None:
    engine = (registry.HOME / "engine").rglob("*.py")
    without = inside(tuple(file for file in engine if file.stem in sources.WITHOUT_NUMBERS))
    assert len(without) == len(sources.WITHOUT_NUMBERS)
    trials = inside(*sources.of_trials("adding", "lstm", ["none"]))
    job = inside(*sources.of_job("adding", "lstm", ["none"]))
    assert not without & trials
    assert job - trials > without | {"jobs/__init__.py", "records.py"}
    assert trials < job
    measures = {"initialization/newton.py", "initialization/gradient.py", "jobs/parallel.py"}
    assert measures <= inside(sources.of_parallel()) <= job


def test_initialization_has_the_variants_of_the_matrix_and_of_the_theorems() -> None:
    files = inside(*sources.of_initialization(["mgu"], ["small_init+none"]))
    measured = {"initialization/card.py", "claims/theorems/weights.py", "claims/analytic.py"}
    variants = {"cells/mgu.py", "remedies/small_init.py", "cells/rnn.py", "tasks/copy.py"}
    assert measured | variants | {"engine/passes/unroll.py", "records.py"} <= files
    assert not {"cells/atr.py", "claims/reader.py", "engine/machine/store.py"} & files


def test_every_name_of_the_lists_is_a_module_or_package() -> None:
    for name in (*sources.NUMBERS, *sources.ROWS, *sources.PARALLEL, *sources.MEASURED):
        place = registry.HOME / name
        assert place.with_suffix(".py").is_file() or (place / "__init__.py").is_file(), name


def test_a_variant_is_its_lineage_and_the_shared_modules_beside_it() -> None:
    lstm = registry.describe("cells", "lstm").lineage
    assert sources.variant("cells", "lstm") == lstm
    assert [file.name for file in sources.variant("tasks", "adding")][-1] == "_marked.py"
    assert "remedies/_omega.py" in inside(sources.variant("remedies", "omega_vjp"))


def test_the_readers_of_a_task_are_what_it_imports_of_data_and_what_these_import() -> None:
    assert sources.readers("adding") == ()
    assert [file.name for file in sources.readers("python_topics")] == [
        "constants.py", "python_topics.py",
    ]  # fmt: skip
    ett = inside(sources.readers("ett"))
    read = {"sets/ett.py", "baselines/forecasts.py", "files.py", "ledger.py", "guards/text.py"}
    assert {f"data/{name}" for name in read} <= ett
    assert "data/sets/mnist.py" not in ett


def test_code_counts_and_comments_do_not(tmp_path: Path) -> None:
    texts = ['"""Doc."""\nx = 1\n', '"""Other."""\n\n# why\nx  =  1\n', '"""Doc."""\nx = 2\n']
    checksums = []
    for text, name in zip(texts, "abc", strict=True):
        (tmp_path / f"{name}.py").write_text(text)
        checksums.append(sources.code(tmp_path / f"{name}.py"))
    assert checksums[0] == checksums[1] != checksums[2]


def test_a_file_that_does_not_parse_counts_by_its_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "broken.py"
    file.write_text("class Broken(\n")
    monkeypatch.setattr(registry, "path", lambda kind, name: file)
    assert sources.variant.__wrapped__("tasks", "broken") == (file,)
    before = sources.code(file)
    file.write_text("class Broken(  # mended soon\n")
    assert sources.code.__wrapped__(file) != before


READER = '''"""Mine."""
from dataclasses import dataclass
from pathlib import Path
from seqbench.task import Regression

@dataclass(frozen=True, kw_only=True)
class Mine(Regression):
    first: str = "own"
    def splits(self):
        return Path("folder") / "a.csv", Path(__file__).with_name("beside.csv"), "mine.py", "none"
'''


def test_files_that_a_task_names_are_found_and_their_contents_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "package"
    for name in ("folder/a.csv", "package/beside.csv", "b.csv", "unnamed.csv", "mine.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (own / "mine.py").write_text(READER)
    monkeypatch.setattr(sources, "variant", lambda kind, name: (own / "mine.py",))
    found = sources.read_by("mine", {"second": ("b.csv", "\0", "x" * 300)})
    assert {*found} == {Path("b.csv"), Path("folder/a.csv"), own / "beside.csv"}
    before = sources.contents(found)
    os.utime("b.csv", (0, 0))
    assert sources.contents(found) == before
    Path("b.csv").write_text("c.csv")
    assert sources.contents(found) != before and sources.contents(()) == ""


def test_a_proof_rests_on_its_variants_and_on_the_rules() -> None:
    files = inside(*sources.of_proof({"cells": "lstm", "remedies": "omega+none"}))
    variants = {"cells/lstm.py", "remedies/omega.py", "remedies/none.py", "remedies/_omega.py"}
    purity = {f"engine/purity/{name}.py" for name in ("variants", "held", "given", "tasks")}
    assert variants | purity | {"engine/rules.py", "cell.py"} <= files
    assert not {"cells/rnn.py", "jobs/proofs.py"} & files
