"""A remedy that fails takes no other trial with it: the others keep their bits."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from torch import Tensor

from seqbench import jobs, matrix
from seqbench.axes import State, Tensors
from seqbench.cell import affine
from seqbench.cells.rnn import Rnn
from seqbench.engine import audit, train
from seqbench.engine.stack import Stack
from seqbench.remedies.cayley import Cayley
from seqbench.remedies.clip_value import ClipValue
from seqbench.remedies.max_norm import MaxNorm
from seqbench.remedies.orthogonal import Orthogonal
from seqbench.remedy import At, Remedy

TEXT = """\
name: test
results: results
seeds: [1, 2]
train: {hidden: 6, batch: 4, updates: 6, evaluate_every: 3, learning_rates: [0.01],
  valid_sequences: 8, test_sequences: 8}
tasks: {adding: {length: 6}}
cells: {rnn: , memoryless: }
remedies: {none: , clip_norm: {limit: 0.1}, clip_norm+weight_penalty: , MORE}
"""
OTHERS = ("none", "clip_norm", "clip_norm+weight_penalty")
LATER = 4  # updates done: no proof is made there

Verb = Callable[..., Tensors]


def rows(folder: Path, remedies: str, cell: str = "rnn", text: str = TEXT) -> dict[str, list[dict]]:
    """What a job leaves, in a folder of its own: trials and curves."""
    folder.mkdir()
    (folder / "m.yaml").write_text(text.replace("MORE", remedies))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        jobs.run_job(matrix.read(folder / "m.yaml"), "adding", cell)
    kept = {}
    for table in ("trials", "curves"):
        file = folder / f"results/{table}/adding/{cell}.parquet"
        kept[table] = pq.read_table(file).drop_columns(["fingerprint"]).to_pylist()
    return kept


def of_others(found: dict[str, list[dict]]) -> dict[str, list[dict]]:
    return {k: [row for row in v if row["remedy"] in OTHERS] for k, v in found.items()}


def ends(self: Remedy, *given: object) -> Tensors:
    raise SystemExit(3)


class Own(BaseException):
    """No Exception, and no interruption."""


def raises_own(self: Remedy, *given: object) -> Tensors:
    raise Own("mine")


def leaves(self: Remedy, *given: object) -> Tensors:
    raise GeneratorExit


def draws(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
    return {k: v + 1e-3 * torch.rand(v.shape) for k, v in tensors.items()}


def raises(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
    return {"U": tensors["nothing of the kind"]}


def late(fault: Verb) -> Verb:
    """A fault that comes when training is under way."""

    def verb(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
        assert isinstance(at := more[-1], At)
        return fault(self, tensors, *more) if at.step == LATER else dict(tensors)

    return verb


def narrow(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
    return tensors | {"U": tensors["U"][:1]}


def double(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
    return {name: part.double() for name, part in tensors.items()}


def less(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
    return {name: part for name, part in tensors.items() if name != "U"}


FAULTS: dict[str, tuple[type[Remedy], str, str, Verb, str]] = {
    "raises": (ClipValue, "clip_value", "transform", raises, "KeyError: 'nothing of the kind'"),
    "raises late": (
        ClipValue,
        "clip_value",
        "transform",
        late(raises),
        "KeyError: 'nothing of the kind'",
    ),
    "narrow late": (ClipValue, "clip_value", "transform", late(narrow), "U is (1, 6, 6)"),
    "double late": (ClipValue, "clip_value", "transform", late(double), "float64"),
    "less late": (ClipValue, "clip_value", "transform", late(less), "names: U"),
    "ends": (ClipValue, "clip_value", "transform", ends, "SystemExit"),
    "ends late": (MaxNorm, "max_norm", "project", late(ends), "SystemExit"),
    "narrow project": (MaxNorm, "max_norm", "project", late(narrow), "U is (1, 6, 6)"),
    "narrow within": (Cayley, "cayley", "reparametrize", late(narrow), "U is (1, 6, 6)"),
    "ends at birth": (Orthogonal, "orthogonal", "initialize", ends, "SystemExit"),
    "raises at birth": (
        Orthogonal,
        "orthogonal",
        "initialize",
        raises,
        "KeyError: 'nothing of the kind'",
    ),
    "draws late": (MaxNorm, "max_norm", "project", late(draws), "a global random generator"),
    "its own kind late": (ClipValue, "clip_value", "transform", late(raises_own), "Own: mine"),
    "its own kind at birth": (Orthogonal, "orthogonal", "initialize", raises_own, "Own: mine"),
    "its own kind before": (Orthogonal, "orthogonal", "suits", raises_own, "Own: mine"),
    "leaves late": (MaxNorm, "max_norm", "project", late(leaves), "GeneratorExit"),
    "ends before": (Orthogonal, "orthogonal", "suits", ends, "SystemExit"),
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict]]:
    torch.set_num_threads(1)
    return of_others(rows(tmp_path_factory.mktemp("calm") / "x", "clip_value: "))


@pytest.mark.parametrize("name", FAULTS)
def test_the_others_train_on_to_the_same_bits(
    name: str,
    undisturbed: dict[str, list[dict]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kind, remedy, verb, fault, says = FAULTS[name]
    monkeypatch.setattr(kind, verb, fault)
    found = rows(tmp_path / "x", f"{remedy}: ")
    assert of_others(found) == undisturbed
    guilty = [row for row in found["trials"] if row["remedy"] == remedy]
    assert guilty and {row["status"] for row in guilty} == {"failed"}
    assert all(says in row["reason"] for row in guilty)
    assert not list((tmp_path / "x/results/store").rglob("*.pt"))


def test_what_one_trial_makes_a_cell_raise_is_that_trials_alone(
    undisturbed: dict[str, list[dict]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a matrix that is singular in one trial makes torch.linalg.inv raise for all of them."""

    def step(self: Rnn, params: Tensors, state: State, x: Tensor) -> State:
        if params["b"].abs().max() > 100:
            raise ArithmeticError("too large")
        return (affine(params, x, state[0]).tanh(),)

    monkeypatch.setattr(Rnn, "step", step)
    monkeypatch.setattr("tests.jobs.test_isolation.TEXT", TEXT.replace("[0.01]", "[0.01, 1e4]"))
    found = rows(tmp_path / "x", "clip_value: ")["trials"]
    by_rate = {rate: [r for r in found if r["learning_rate"] == rate] for rate in (0.01, 1e4)}
    assert {row["status"] for row in by_rate[0.01]} == {"ok"}
    assert [r["test_score"] for r in by_rate[0.01] if r["remedy"] in OTHERS] == [
        row["test_score"] for row in undisturbed["trials"]
    ]
    assert all("ArithmeticError: too large" in row["reason"] for row in by_rate[1e4])
    assert not list((tmp_path / "x/results/store").rglob("*.pt"))


def test_an_interruption_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object) -> Tensors:
        raise KeyboardInterrupt

    monkeypatch.setattr(ClipValue, "transform", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rows(tmp_path / "x", "clip_value: ")


def test_a_remedy_that_wants_u_fails_alone_beside_a_cell_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClipValue, "transform", lambda self, grads, *more: {"U": grads["U"]})
    found = rows(tmp_path / "x", "clip_value: ", "memoryless")["trials"]
    failed = {row["remedy"]: row["reason"] for row in found if row["status"] == "failed"}
    assert failed.keys() == {"clip_value"} and "KeyError: 'U'" in failed["clip_value"]


def places(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
    """As an operation does whose last digits depend on where a row lies."""
    return {
        name: part * (1 + 1e-6 * torch.arange(len(part))[:, None, None])
        for name, part in tensors.items()
    }


def test_whose_digits_depend_on_their_place_trains_one_by_one(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[str, list[dict]],
) -> None:
    monkeypatch.setattr(ClipValue, "transform", places)
    together = rows(tmp_path / "x", "clip_value: ")
    assert "2 trials (clip_value) are trained one by one" in capfd.readouterr().err
    assert {row["status"] for row in together["trials"]} <= {"ok", "not_applicable"}
    assert of_others(together) == undisturbed


def rounds(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
    """A product by a constant, which is summed number by number."""
    return {
        name: 0.9 * part + 0.1 * part @ torch.full((part.shape[-1], part.shape[-1]), 0.3)
        for name, part in tensors.items()
    }


def test_what_needs_care_has_a_stack_of_its_own_and_changes_no_digit_of_the_others(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Singular values are computed in another way where operations are looked at."""
    calm = rows(tmp_path / "calm", "recurrent_bound: ")
    monkeypatch.setattr(ClipValue, "transform", rounds)
    together = rows(tmp_path / "x", "recurrent_bound: , clip_value: ")
    assert "2 trials (clip_value) are trained in a stack of their own" in capfd.readouterr().err
    mine = {k: [row for row in v if row["remedy"] != "clip_value"] for k, v in together.items()}
    assert mine == calm


def test_what_was_trained_beside_others_is_not_gone_on_from_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def later(self: Remedy, tensors: Tensors, *more: object) -> Tensors:
        assert isinstance(at := more[-1], At)
        return dict(tensors) if at.step < LATER else places(self, tensors)

    def row_of(stack: Stack) -> int:
        names = [trial.name for trial in stack.trials]
        return len(names) - 1 - names[::-1].index("clip_value") if stack.done > LATER else 0

    monkeypatch.setattr(ClipValue, "transform", later)
    monkeypatch.setattr(audit, "row_of", row_of)
    found = []
    for seconds in (1e9, 0.0):
        monkeypatch.setattr(train, "CHECKPOINT_SECONDS", seconds)
        text = TEXT.replace("updates: 6, evaluate_every: 3", "updates: 12, evaluate_every: 1")
        found.append(rows(tmp_path / f"{seconds}", "clip_value: ", text=text))
        assert "2 trials (clip_value) are trained one by one" in capfd.readouterr().err
        assert not [*(tmp_path / f"{seconds}" / "results/store").rglob("*.pt")]
    assert found[0] == found[1]
