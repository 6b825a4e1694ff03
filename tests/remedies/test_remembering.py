"""Remedies that remember: what they keep from update to update is theirs, their row's, and kept."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.engine import train as engine
from seqbench.engine import updates
from seqbench.engine.faults import Faulty
from seqbench.engine.loop import update
from seqbench.engine.purity.variants import prove_remedy
from seqbench.engine.remembered import begun
from seqbench.engine.scoring.evaluate import scores
from seqbench.engine.stack import Stack
from seqbench.engine.train import run
from seqbench.errors import InputError
from seqbench.remedy import At, Remedy
from seqbench.remedy.composition import compose
from tests.helpers.remedies import at, draw, gradients
from tests.helpers.training import bench, train, trial

NAMES = ("auto_clip", "zclip", "averaged_weights", "warm_up")
LENGTHS = np.random.default_rng(0).lognormal(size=60)


def lengths_after(remedy: Remedy, lengths: np.ndarray) -> list[float]:
    """Of gradients of these norms, one after the other, what `transform` makes of their norms."""
    cell = registry.load_cell("lstm")
    params, place, found = draw(cell), at(cell), []
    place = replace(place, memory=remedy.first_memory(params))
    for step, length in enumerate(lengths):
        grads = {k: g[0] for k, g in gradients(float(length)).items()}
        here = replace(place, step=step)
        made = remedy.transform(grads, params, here)
        found.append(float(torch.cat([g.flatten() for g in made.values()]).norm()))
        place = replace(place, memory=remedy.remember(grads, params, here))
    return found


@pytest.mark.parametrize("window", [7, 1000])
def test_auto_clip_bounds_by_a_percentile_of_the_norms_so_far(window: int) -> None:
    remedy = registry.load_remedy("auto_clip", {"percentile": 0.3, "window": window})
    wanted = [
        min(length, np.quantile(LENGTHS[max(0, t + 1 - window) : t + 1], 0.3))
        for t, length in enumerate(LENGTHS)
    ]
    assert lengths_after(remedy, LENGTHS) == pytest.approx(wanted, rel=1e-6)


def test_zclip_brings_what_stands_out_near_the_mean() -> None:
    remedy = registry.load_remedy("zclip", {"limit": 1.0, "decay": 0.9, "gathers": 10})
    wanted: list[float] = []
    mean = square = 0.0
    for t, norm in enumerate(LENGTHS):
        z = (norm - mean) / max((square - mean**2) ** 0.5, 1e-12) if t >= 10 else 0.0
        clipped = mean + (square - mean**2) ** 0.5 / z if z > 1 else norm
        kept = 0.9 if t >= 10 else t / (t + 1)
        mean, square = (
            kept * m + (1 - kept) * n for m, n in ((mean, clipped), (square, clipped**2))
        )
        wanted.append(clipped)
    assert lengths_after(remedy, LENGTHS) == pytest.approx(wanted, rel=1e-6)
    assert sum(after < before - 1e-9 for after, before in zip(wanted, LENGTHS, strict=True)) > 3


def followed(folder: Path, remedy: str, **knobs: object) -> tuple[list[Tensors], list[Tensors]]:
    """The trained weights and the memory after every update of one trial."""
    weights, memories = [], []

    def watch(stack: Stack) -> None:
        row = {k: w[0].clone() for k, w in stack.params.items()}
        kept = {k.rpartition("/")[2]: w[0].clone() for k, w in stack.tensors.memory.items()}
        weights.append(row), memories.append(kept)

    setup = replace(bench(folder, evaluate_every=1), watch=watch)
    run(setup, [trial(remedy, **knobs)])
    return weights, memories


def test_averaged_weights_are_tested_and_training_goes_on_as_without(tmp_path: Path) -> None:
    plain, _ = followed(tmp_path / "plain", "none")
    weights, memories = followed(tmp_path / "mean", "averaged_weights", decay=0.99)
    for one, other in zip(plain, weights, strict=True):
        assert all(torch.equal(one[k], other[k]) for k in one)
    for t, memory in enumerate(memories):
        for name, kept in memory.items():
            mean = torch.stack([w[name].double() for w in weights[: t + 1]]).mean(0)
            torch.testing.assert_close(kept.double(), mean, rtol=1e-4, atol=1e-6)


def test_what_is_validated_and_tested_is_the_mean(tmp_path: Path) -> None:
    setup, seen = bench(tmp_path), []

    def watch(stack: Stack) -> None:
        plain = setup.stack([trial()])
        kept = {k.rpartition("/")[2]: w for k, w in stack.tensors.memory.items()}
        plain.tensors = plain.tensors._replace(params=kept)
        for part in (setup.source.valid(plain.seeds), setup.source.test(plain.seeds)):
            seen.append(scores(plain.forwards("valid"), setup.task, part).score[0].item())

    ours = trial("averaged_weights", rate=0.5, decay=0.9)
    run(replace(setup, watch=watch), [ours])
    record = setup.store.result(ours.fingerprint)
    valid = [point[3] for point in record["curves"] if point[1:3] == ["valid", "score"]]
    assert valid == pytest.approx(seen[::2], rel=1e-6)
    best = valid.index(min(valid))
    assert best < len(valid) - 1, "another memory at the end than with the best weights"
    assert record["trial"]["test_score"] == pytest.approx(seen[2 * best + 1], rel=1e-6)


def test_a_warmed_up_step_is_a_share_of_the_step(tmp_path: Path) -> None:
    plain, _ = followed(tmp_path / "plain", "none")
    slow, _ = followed(tmp_path / "slow", "warm_up", updates=4)
    begun, _ = followed(tmp_path / "begun", "warm_up", updates=1)
    for name in plain[0]:
        assert all(torch.equal(a[name], b[name]) for a, b in zip(plain, begun, strict=True))
        first = bench(tmp_path / "first").stack([trial()]).params[name][0]
        torch.testing.assert_close(
            slow[0][name] - first, (plain[0][name] - first) / 4, rtol=1e-3, atol=1e-6
        )


@pytest.mark.parametrize("remedy", [*NAMES, "auto_clip+averaged_weights"])
def test_alone_in_company_and_resumed_the_numbers_are_the_same(
    tmp_path: Path, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    knobs = {"gathers": 2} if remedy == "zclip" else {}
    ours = (
        [trial(remedy, seed, **knobs) for seed in (1, 2)]
        if "+" not in remedy
        else [
            replace(
                trial(),
                remedy=compose(*map(registry.load_remedy, remedy.split("+"))),
                seed=seed,
                fingerprint=f"{remedy}-{seed}",
            )
            for seed in (1, 2)
        ]
    )
    others = [trial(name, seed) for name in (*NAMES, "none", "truncate") for seed in (1, 3)]
    others = [one for one in others if one.fingerprint not in {mine.fingerprint for mine in ours}]
    together = train(bench(tmp_path / "together", task="adding"), others[:5] + ours + others[5:])
    alone = train(bench(tmp_path / "alone"), ours[:1])
    assert alone[ours[0].fingerprint] == together[ours[0].fingerprint]
    torn = bench(tmp_path / "torn")
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)

    def broken(stack: Stack, *rest: object) -> None:
        if stack.done == 8:
            raise KeyboardInterrupt
        update(stack, *rest)

    monkeypatch.setattr(updates, "update", broken)
    with pytest.raises(KeyboardInterrupt):
        run(torn, ours)
    monkeypatch.setattr(updates, "update", update)
    resumed = train(torn, ours)
    assert all(resumed[one.fingerprint] == together[one.fingerprint] for one in ours)


@dataclass(frozen=True, kw_only=True)
class Counts(Remedy):
    """Scales by how often it was asked before."""

    wrong: str = ""

    def first_memory(self, params: Tensors) -> Tensors:
        return {"count": torch.zeros(1, 1) if self.wrong != "axes" else torch.zeros(3)}

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        return {k: g * (1 + at.memory["count"]) for k, g in grads.items()}

    def remember(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        count = at.memory["count"] + 1
        if self.wrong == "mixed":
            count = count + next(iter(grads.values())).mean()
        if self.wrong == "names":
            return {"other": count}
        return {"count": count.expand(*count.shape[:-1], 2) if self.wrong == "shape" else count}


def test_own_memory_counts() -> None:
    cell = registry.load_cell("rnn")
    prove_remedy(cell, Counts())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("mixed", "other trials"), ("names", "names: count, other"), ("shape", "count is")],
)
def test_memory_that_breaks_a_rule_is_refused(wrong: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        prove_remedy(registry.load_cell("rnn"), Counts(wrong=wrong))


def norms(folder: Path, *names: str) -> np.ndarray:
    """What the last of these remedies remembers of the norms, update by update."""
    ours = replace(trial(), remedy=compose(*(registry.load_remedy(name) for name in names)))
    kept: list[Tensor] = []

    def watch(stack: Stack) -> None:
        kept.extend(part[0, 0] for k, part in stack.tensors.memory.items() if k.endswith("/norms"))

    run(replace(bench(folder), watch=watch), [ours])
    return kept[-1][-12:].numpy()


def test_in_a_composition_the_norms_are_of_what_it_was_given(tmp_path: Path) -> None:
    bare = norms(tmp_path / "bare", "auto_clip")
    assert len(set(bare.round(4))) > 6, "lengths that differ"
    after = norms(tmp_path / "after", "normalize_gradient", "auto_clip")
    assert after == pytest.approx(np.ones(12), rel=1e-4)
    noisy = norms(tmp_path / "noisy", "gradient_noise", "auto_clip")
    assert noisy[0] != pytest.approx(bare[0], rel=1e-4)
    before = norms(tmp_path / "before", "auto_clip", "normalize_gradient")
    assert before[0] == pytest.approx(bare[0], rel=1e-6), "of what comes later it sees nothing"


def test_namesakes_of_two_modules_do_not_share_what_they_remember() -> None:
    def first_memory(self: Remedy, params: Tensors) -> Tensors:
        return {"count": torch.zeros(1, 3)}

    other = type(Counts.__name__, (Counts,), {"first_memory": first_memory, "__module__": "other"})
    first, second = Counts(), other()
    assert repr(first).rpartition(".")[2] == repr(second).rpartition(".")[2]
    memory = begun([first, second], {"W": torch.zeros(2, 4, 4)})
    assert sorted(part.shape[-1] for part in memory.values()) == [1, 3]


@dataclass(frozen=True, kw_only=True)
class Ragged(Counts):
    """Its memory is as wide as the weights' first number says."""

    def first_memory(self, params: Tensors) -> Tensors:
        return {"count": torch.zeros(1, 1 + int(params["W"][0, 0]))}


def test_a_memory_of_another_form_in_another_trial_is_refused() -> None:
    weights = {"W": torch.tensor([1.0, 0.0])[:, None, None].expand(2, 4, 4)}
    with pytest.raises(Faulty, match="count is"):
        begun([Ragged(), Ragged()], weights)
