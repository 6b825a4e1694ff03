"""Trials that are the same under two names are no evidence twice."""

from types import ModuleType

import pandas as pd
import pytest

from seqbench.analysis import runs
from seqbench.analysis.tables import averages, ranks
from seqbench.analysis.trials import Trials
from seqbench.analysis.twins import SIGNATURE
from tests.helpers.rows import aggregate, compare, pairs, table, trial

SEEDS = range(8)
FACTS = {"grad_norm_median": 1.0, "grad_norm_max": 2.0, "stopped_at": 500, "optimizer": "sgd"}


def arm(
    remedy: str, *, cell: str = "rnn", shift: float = 0.0, task: str = "copy", **more: object
) -> list[dict[str, object]]:
    """Trials that differ from seed to seed; `shift` is what tells two arms apart."""
    rows = []
    for seed in SEEDS:
        skill = 0.3 + 0.05 * seed + shift
        facts = {"cell": cell, "task": task} | FACTS | more
        scored = trial(seed, 0.1, skill, skill, remedy, **facts)
        rows.append(scored | {"final_valid_score": scored["valid_score"]})
    return rows


def of(*arms: list[dict[str, object]]) -> pd.DataFrame:
    return table(*[row for rows in arms for row in rows])


def test_a_remedy_that_never_did_anything_is_no_comparison() -> None:
    some = [arm("none"), arm("clip_norm"), arm("omega", shift=0.2)]
    made = compare(of(*some)).set_index("remedy")
    assert made["verdict"].to_dict() == {"clip_norm": "same runs", "omega": "better"}
    assert made["p"].isna().to_dict() == {"clip_norm": True, "omega": False}
    assert made.loc["clip_norm", ["n", "difference"]].tolist() == [8, 0]


def test_it_makes_no_family_larger() -> None:
    """p = 2 / 2^8: of six remedies .047 after the correction, of seven .055."""
    real = [arm("none"), *(arm(f"r{k}", shift=0.2 + k / 100) for k in range(6))]
    idle = [arm(f"i{k}") for k in range(4)]
    small, large = (compare(of(*some)).set_index("remedy") for some in (real, real + idle))
    assert small["verdict"].eq("better").all()
    pd.testing.assert_frame_equal(large.loc[small.index], small)
    other = compare(of(*real, arm("r6", shift=0.3)))
    assert set(other["verdict"]) == {"too few seeds"}


@pytest.mark.parametrize("name", [name for name in SIGNATURE if name != "learning_rate"])
def test_one_other_number_is_another_trial(name: str) -> None:
    rows = arm("clip_norm")
    rows[3] |= {name: 77 if name == "stopped_at" else 0.7}
    assert Trials(of(arm("none"), arm("clip_norm", learning_rate=0.3))).idle == frozenset()
    assert Trials(of(arm("none"), arm("clip_norm"))).idle == {("copy", "rnn", "clip_norm")}
    assert Trials(of(arm("none"), rows)).idle == frozenset()


def test_what_has_no_score_is_not_the_same() -> None:
    lost = {"valid_score": None, "final_valid_score": None, "status": "diverged"}
    rows = [[row | lost for row in arm(name)] for name in ("none", "clip_norm")]
    assert Trials(of(*rows)).idle == frozenset()
    assert Trials(of(*rows, [row | {"cell": "rnn@loud"} for row in rows[1]])).twins == frozenset()


def loud(*remedies: str) -> list[list[dict[str, object]]]:
    """`rnn` and its label, which differ but under these remedies."""
    names = ("none", "orthogonal", "identity")
    return [
        arm(name, cell=cell, shift=0.1 * place + (0.05 if own else 0))
        for place, name in enumerate(names)
        for cell, own in (("rnn", False), ("rnn@loud", name not in remedies))
    ]


def test_of_two_labels_the_second_is_the_twin() -> None:
    run = Trials(of(*loud("orthogonal")))
    assert run.twins == {("copy", "rnn@loud", "orthogonal")}
    assert set(run.once["cell"]) == {"rnn"}
    assert Trials(of(*loud())).twins == frozenset()


def test_other_cells_are_no_labels_of_each_other() -> None:
    other = [[row | {"cell": "lstm"} for row in rows] for rows in (arm("none"), arm("orthogonal"))]
    assert Trials(of(arm("none"), arm("orthogonal"), *other)).twins == frozenset()


def test_over_cells_a_twin_counts_once() -> None:
    made = aggregate(of(*loud("orthogonal")))
    made = made[made["kind"].eq("remedy") & made["tasks"].eq("all")]
    n = made.set_index(["remedy", "cell"])["clusters"]
    assert (n["orthogonal", "*"], n["identity", "*"]) == (1, 2)
    assert (n["orthogonal", "rnn"], n["orthogonal", "rnn@loud"]) == (1, 1), "in its own"


def test_a_twin_is_no_stratum_of_its_own() -> None:
    kinds = {of.kind: of for of in runs.gather(Trials(of(*loud("orthogonal"))))}
    assert kinds["remedy"].levels["cell"] == ["rnn"]
    assert set(kinds["cell"].names) == {"rnn", "rnn@loud"}, "without a remedy they differ"


def test_nothing_has_no_twins() -> None:
    run = Trials(table())
    assert run.twins == run.idle == frozenset() and run.once.empty


def test_a_task_under_two_labels_is_no_more_evidence_than_once() -> None:
    once = pairs(8, 0.05)
    twice = pd.concat([once, once.assign(task="copy@again")], ignore_index=True)
    apart = pd.concat([once, once.assign(task="dyck")], ignore_index=True)
    numbers = ["n", "effect", "seeds_low", "seeds_high", "p", "p_holm"]
    alone, both, more = (
        aggregate(run).query("kind == 'remedy' and tasks == 'all' and cell == 'rnn'")
        for run in (once, twice, apart)
    )
    assert [*both[numbers].to_numpy("float64")[0]] == pytest.approx(
        [*alone[numbers].to_numpy("float64")[0]]
    )
    assert more["n"].item() == 16 and more["p"].item() < alone["p"].item()


NUMBERS = {
    averages: ["mean", "mean_low", "mean_high", "iqm", "iqm_low", "iqm_high"],
    ranks: ["rank", "friedman", "p", "least", "critical"],
}


@pytest.mark.parametrize("table", NUMBERS, ids=lambda table: table.__name__.split(".")[-1])
def test_nor_are_averages_and_ranks_surer_of_it(table: ModuleType) -> None:
    once = pairs(8, 0.05)
    twice = pd.concat([once, once.assign(task="copy@again")], ignore_index=True)
    apart = pd.concat([once, once.assign(task="dyck")], ignore_index=True)
    alone, both, more = (
        table.make(Trials(run)).query("kind == 'baseline' and tasks == 'all'")[NUMBERS[table]]
        for run in (once, twice, apart)
    )
    assert both.to_numpy() == pytest.approx(alone.to_numpy())
    assert (more != alone).any(axis=None), "another task is more evidence"
