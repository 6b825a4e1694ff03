"""The claims that need no training hold, quickly, and a broken one would be seen."""

import math
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from seqbench import records, registry
from seqbench.claims import analytic
from seqbench.claims.reader import ledger
from seqbench.claims.theorems import gradients, tasks, weights
from seqbench.remedy import Remedy
from seqbench.sources import THEOREMS

Loaded = dict[str, set[str]]
Found = tuple[list[dict], float]  # the rows, and the seconds that they took


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return {kind: set() for kind in THEOREMS}


@pytest.fixture(scope="module")
def found(loaded: Loaded) -> Found:
    def seen(load: Callable[..., object], kind: str) -> Callable[..., object]:
        def noted(name: str, *knobs: object) -> object:
            loaded[kind].add(name.partition("@")[0])
            return load(name, *knobs)

        return noted

    began = time.process_time()
    with pytest.MonkeyPatch.context() as patch:
        for kind, name in (("cells", "cell"), ("remedies", "remedy"), ("tasks", "task")):
            load = f"load_{name}"
            patch.setattr(registry, load, seen(getattr(registry, load), kind))
        rows = analytic.theorems()
    return rows, time.process_time() - began


def test_every_number_lies_within_its_bounds_in_seconds(found: Found) -> None:
    rows, seconds = found
    assert seconds < 20
    for row in rows:
        assert set(row) == set(records.THEOREMS)
        assert math.isfinite(row["value"])
        assert row["low"] is None or row["value"] >= row["low"], row
        assert row["high"] is None or row["value"] <= row["high"], row
        assert (row["low"], row["high"]) != (None, None)


def test_a_change_of_what_they_load_has_them_computed_anew(found: Found, loaded: Loaded) -> None:
    assert loaded == THEOREMS


def test_they_are_the_analytic_claims_of_the_ledger(found: Found) -> None:
    named = {claim.id for claim in ledger().values() if claim.kind == "analytic"}
    assert set(Counter(row["claim"] for row in found[0])) == named


def test_they_repeat_themselves_and_are_what_the_table_holds(found: Found, tmp_path: Path) -> None:
    records.write(tmp_path / "theorems.parquet", "theorems", found[0])
    table = records.read(tmp_path / "theorems.parquet", "theorems")
    assert table.num_rows == len(found[0])
    assert [case.row() for case in gradients.shrinks_or_grows()] == [
        row for row in found[0] if row["claim"] == "T1"
    ]


def test_growth_per_step_is_the_logarithm_of_the_radius(found: Found) -> None:
    slopes = {r["case"].split()[-1]: r["value"] for r in found[0] if "growth" in r["case"]}
    for radius, slope in slopes.items():
        assert slope == pytest.approx(math.log(float(radius)), abs=0.01)


def test_an_untruncated_network_would_break_a5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients.registry, "load_remedy", lambda *_: Remedy())
    cases = list(gradients.nothing_beyond_the_horizon())
    assert any(case.high is not None and case.value > case.high for case in cases)


def test_another_bound_would_break_a6() -> None:
    cell = gradients.registry.load_cell("rnn")
    params = {name: w.double() for name, w in weights.initial(cell, 16).items()}
    params["U"] *= 2 / torch.linalg.matrix_norm(params["U"], 2)
    assert gradients._excess(cell, params, 1.0) > 1 > gradients._excess(cell, params, 2.0)


def test_orthogonal_matrices_would_break_a11(monkeypatch: pytest.MonkeyPatch) -> None:
    def orthogonal(_: object, n: int, seed: int) -> dict[str, torch.Tensor]:
        noise = torch.Generator().manual_seed(seed)
        return {"U": torch.linalg.qr(torch.randn(n, n, generator=noise)).Q}

    monkeypatch.setattr(weights, "initial", orthogonal)
    cases = list(weights.doubles_within_the_root())
    assert not any(
        case.low <= case.value <= case.high for case in cases if "over sqrt" in case.words
    )


def test_a_wrong_memoryless_loss_would_break_a2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TABLE", {100: 0.18})
    (case,) = tasks.copy_without_memory()
    assert not case.low <= case.value <= case.high
