"""What is not pure does not train, what is beside it does; and a proof is made once."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest
import torch
from torch import Tensor

from seqbench import jobs, matrix, registry
from seqbench.axes import State, Tensors
from seqbench.cell import affine
from seqbench.cells.rnn import Rnn
from seqbench.engine.purity import process
from seqbench.jobs import proofs
from seqbench.manifest import due
from seqbench.matrix.wanted import of_training
from seqbench.remedies.clip_norm import ClipNorm
from seqbench.remedy import At
from seqbench.task import Batch
from seqbench.tasks.adding import Adding

TEXT = """\
name: test
results: results
seeds: [1]
train: {hidden: 6, batch: 4, updates: 4, evaluate_every: 2, learning_rates: [0.01],
  valid_sequences: 8, test_sequences: 8}
tasks: {adding: {length: 6}}
cells: {rnn: }
remedies: {none: , clip_norm: , orthogonal+weight_penalty: }
"""


def trained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, str]]:
    (folder / "m.yaml").write_text(TEXT)
    monkeypatch.chdir(folder)
    jobs.run_job(matrix.read(Path("m.yaml")), "adding", "rnn")
    rows = pq.read_table("results/trials/adding/rnn.parquet").to_pylist()
    return {row["remedy"]: (row["status"], row["reason"] or "") for row in rows}


def everywhere(self: ClipNorm, grads: Tensors, params: Tensors, at: At) -> Tensors:
    return {k: g / torch.stack([v.norm() for v in grads.values()]).norm() for k, g in grads.items()}


def centered(self: Rnn, params: Tensors, state: State, x: Tensor) -> State:
    a = affine(params, x, *state)
    return ((a - a.mean(0)).tanh(),)


@cache
def scale(file: str) -> float:
    return float(Path(file).read_text())


def scaled(self: ClipNorm, grads: Tensors, params: Tensors, at: At) -> Tensors:
    by = scale("scale.txt") + 0 * scale("other.txt")
    return {name: grad * by for name, grad in grads.items()}


def scaled_late(self: ClipNorm, grads: Tensors, params: Tensors, at: At) -> Tensors:
    return scaled(self, grads, params, at) if at.step == 3 else grads


def test_an_impure_remedy_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ClipNorm, "transform", everywhere)
    found = trained(tmp_path, monkeypatch)
    status, why = found.pop("clip_norm")
    assert status == "failed" and "changes with the other trials of its stack" in why
    assert {status for status, _ in found.values()} == {"ok"}


def test_an_impure_cell_trains_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rnn, "step", centered)
    found = trained(tmp_path, monkeypatch)
    assert {status for status, _ in found.values()} == {"failed"}
    line = f"test_proofs.py, line {centered.__code__.co_firstlineno + 2}"
    assert all("other trials" in why and line in why for _, why in found.values())


def test_a_proof_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for name in ("prove_cell", "prove_remedy", "prove_task"):
        monkeypatch.setattr(proofs, name, lambda *given, name=name: made.append(name))
    trained(tmp_path, monkeypatch)
    assert sorted(made) == ["prove_cell", *["prove_remedy"] * 3, "prove_task"]
    trained(tmp_path, monkeypatch)
    assert len(made) == 5


@pytest.mark.parametrize("verb", [scaled, scaled_late], ids=["always", "after the proof"])
def test_files_that_a_verb_reads_stay_inputs_when_its_trials_come_from_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: Callable[..., Tensors]
) -> None:
    def ran(text: str) -> tuple[dict[str, tuple[str, float]], dict[str, str]]:
        (tmp_path / "scale.txt").write_text(text)
        (tmp_path / "other.txt").write_text("10".strip(text))  # so that they are swapped
        scale.cache_clear()  # as in a new process
        trained(tmp_path, monkeypatch)
        rows = pq.read_table("results/trials/adding/rnn.parquet").to_pylist()
        said = json.loads(Path("results/manifests/train/adding/rnn.json").read_text())
        return {r["remedy"]: (r["fingerprint"], r["valid_score"]) for r in rows}, said["read"]

    monkeypatch.setattr(ClipNorm, "transform", verb)
    first, read = ran("1")
    assert {*read} == {"scale.txt", "other.txt"}
    written = [(file, file.stat().st_mtime_ns) for file in Path("results/store").rglob("*.json")]
    assert [ran("1"), ran("1")] == [(first, read)] * 2
    assert all(file.stat().st_mtime_ns == at for file, at in written), "nothing trained again"
    other, now = ran("0")
    assert now["scale.txt"] != read["scale.txt"]
    assert [name for name in first if first[name][1] != other[name][1]] == ["clip_norm"]
    moved = {name for name in first if first[name][0] != other[name][0]}
    assert moved == ({*first} - {"none"} if verb is scaled else set())
    assert ran("0") == (other, now)
    assert ran("1") == (first, read)


@pytest.mark.parametrize("text", ["1", "2"], ids=["alike", "another"])
def test_a_file_that_a_verb_writes_anew_does_not_train_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    def rewriting(self: ClipNorm, grads: Tensors, params: Tensors, at: At) -> Tensors:
        with Path("scale.txt").open("r+") as file:
            file.read()
            file.seek(0)
            file.write(text)
        Path("scale.part").write_text(text)
        Path("scale.part").replace("scale.txt")
        return grads

    monkeypatch.setattr(ClipNorm, "transform", rewriting)
    (tmp_path / "scale.txt").write_text("1")
    trained(tmp_path, monkeypatch)
    written = [(file, file.stat().st_mtime_ns) for file in Path("results/store").rglob("*.json")]
    assert due(Path("results"), of_training(matrix.read(Path("m.yaml")), "adding", "rnn")) == ""
    trained(tmp_path, monkeypatch)
    assert written and all(file.stat().st_mtime_ns == at for file, at in written)
    Path("scale.txt").write_text("3")
    assert due(Path("results"), of_training(matrix.read(Path("m.yaml")), "adding", "rnn"))


def test_a_proof_rests_on_what_it_read_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    for name in ("prove_cell", "prove_remedy", "prove_task"):
        monkeypatch.setattr(proofs, name, lambda *given, name=name: made.append(name))

    def sample(self: Adding, n: int, stream: torch.Generator) -> Batch:
        Path("task.txt").read_text()
        return plain(self, n, stream)

    plain = Adding.sample
    monkeypatch.setattr(Adding, "sample", sample)
    for text in ("1", "2"):
        (tmp_path / "task.txt").write_text(text)
        trained(tmp_path, monkeypatch)
    assert sorted(made) == ["prove_cell", *["prove_remedy"] * 3, "prove_task"]


def test_an_objection_is_a_sentence_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClipNorm, "suits", lambda self, cell, task: True)
    found = trained(tmp_path, monkeypatch)
    status, why = found.pop("clip_norm")
    assert status == "failed" and "test_proofs.py" in why and "no sentence (True)" in why
    assert {status for status, _ in found.values()} == {"ok"}


def test_a_file_that_changes_the_process_fails_alone_and_at_every_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, plain = registry.path("remedies", "clip_norm"), registry.module

    def module(kind: str, name: str) -> ModuleType:
        if name == "clip_norm" and fresh:
            torch.set_default_dtype(torch.float64)
            fresh.clear()
        return plain(kind, name)

    fresh = [True]  # imported once only
    monkeypatch.setattr(registry, "module", module)
    monkeypatch.setattr(process, "_IMPORTED", {})
    for _ in range(2):
        found = trained(tmp_path, monkeypatch)
        status, why = found.pop("clip_norm")
        assert status == "failed" and path.name in why and "(torch.set_default_dtype)" in why
        assert {status for status, _ in found.values()} == {"ok"}
