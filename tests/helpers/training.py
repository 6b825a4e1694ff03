"""What the engine's tests share: a small bench, its trials, and the records they leave."""

from pathlib import Path

import torch

from seqbench import registry
from seqbench.engine.faults import Apart
from seqbench.engine.machine.store import Store
from seqbench.engine.setup import Setup
from seqbench.engine.source import Source
from seqbench.engine.train import run
from seqbench.engine.trial import Trial, stacks
from seqbench.networks.network import build
from seqbench.task import Task
from seqbench.training import Training

CPU = torch.device("cpu")
FEW = {
    "hidden": 8, "batch": 8, "updates": 12, "evaluate_every": 4, "valid_sequences": 16,
    "test_sequences": 16, "solve_batches": 4,
}  # fmt: skip


def few(**settings: object) -> Training:
    """Training settings small enough for a test."""
    return Training.model_validate(FEW | settings)


def bench(
    folder: Path,
    cell: str = "lstm",
    task: str | Task = "adding",
    knobs: dict[str, object] | None = None,
    cell_knobs: dict[str, object] | None = None,
    device: torch.device = CPU,
    **settings: object,
) -> Setup:
    training = few(**settings)
    loaded = task
    if isinstance(task, str):
        loaded = registry.load_task(task, {"length": 8} if knobs is None else knobs)
    return Setup(
        build(registry.load_cell(cell, cell_knobs or {}), loaded, training),
        loaded,
        Source(
            loaded,
            training.batch,
            training.valid_sequences,
            training.test_sequences,
            device,
            valid_at_most=training.valid_at_most,
            test_at_most=training.test_at_most,
        ),
        training,
        Store(Path(folder), lambda words: None),
        device,
        lambda stack: None,
    )


def trial(remedy: str = "none", seed: int = 1, rate: float | None = 0.01, **knobs: object) -> Trial:
    loaded = registry.load_remedy(remedy, knobs)
    return Trial(remedy, loaded, seed, rate, f"{remedy}-{knobs}-{seed}-{rate}".replace(" ", ""))


def train(bench: Setup, trials: list[Trial]) -> dict[str, dict]:
    """Train and return what can be compared: every record without its costs."""
    for group in stacks(trials, bench.settings.stack):
        try:
            run(bench, group)
        except Apart as found:
            train(bench, [one for one in group if one.remedy not in found.remedies])
            apart = [one for one in group if one.remedy in found.remedies]
            for part in [[one] for one in apart] if found.alone else [apart]:
                train(bench, part)
    kept = {t.fingerprint: bench.store.result(t.fingerprint) for t in trials}
    return {k: {part: r[part] for part in ("trial", "curves", "flow")} for k, r in kept.items()}


def mixed() -> list[Trial]:
    """Trials that share a stack although their remedies differ."""
    names = (
        "none", "clip_norm", "orthogonal", "clip_norm+orthogonal", "freeze_recurrent", "exp_map",
        "truncate", "weight_penalty", "zoneout", "gradient_penalty",
    )  # fmt: skip
    return [trial(n, seed, rate) for n in names for seed in (1, 2) for rate in (0.01, 0.1)]
