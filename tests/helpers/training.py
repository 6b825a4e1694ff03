"""What the engine's tests share: a small bench, its trials, and the records they leave."""

from dataclasses import dataclass
from pathlib import Path

import torch

from seqbench import registry
from seqbench.engine.machine.store import Store
from seqbench.engine.setup import Setup
from seqbench.engine.source import Source
from seqbench.engine.train import run
from seqbench.engine.trial import Trial, stacks
from seqbench.networks.network import build
from seqbench.task import Task


@dataclass(frozen=True)
class Few:
    """Training settings small enough for a test."""

    engine: str = "auto"
    optimizer: str = "adam"
    momentum: float = 0.0
    hidden: int = 8
    layers: int = 1
    bidirectional: bool = False
    dropout: float = 0.0
    batch: int = 8
    updates: int = 12
    evaluate_every: int = 4
    patience: int | None = None
    valid_sequences: int = 16
    test_sequences: int = 16
    valid_at_most: int | None = None
    test_at_most: int | None = None
    solve_batches: int = 4
    stack: int = 128
    timeout_minutes: float = 60.0


def bench(
    folder: Path,
    cell: str = "lstm",
    task: str | Task = "adding",
    knobs: dict[str, object] | None = None,
    cell_knobs: dict[str, object] | None = None,
    **settings: object,
) -> Setup:
    few = Few(**settings)
    loaded = task
    if isinstance(task, str):
        loaded = registry.load_task(task, {"length": 8} if knobs is None else knobs)
    cpu = torch.device("cpu")
    return Setup(
        build(registry.load_cell(cell, cell_knobs or {}), loaded, few),
        loaded,
        Source(
            loaded,
            few.batch,
            few.valid_sequences,
            few.test_sequences,
            cpu,
            valid_at_most=few.valid_at_most,
            test_at_most=few.test_at_most,
        ),
        few,
        Store(Path(folder), lambda words: None),
        cpu,
        lambda stack: None,
    )


def trial(remedy: str = "none", seed: int = 1, rate: float | None = 0.01, **knobs: object) -> Trial:
    loaded = registry.load_remedy(remedy, knobs)
    return Trial(remedy, loaded, seed, rate, f"{remedy}-{knobs}-{seed}-{rate}".replace(" ", ""))


def train(bench: Setup, trials: list[Trial]) -> dict[str, dict]:
    """Train and return what can be compared: every record without its costs."""
    for group in stacks(trials, bench.settings.stack):
        run(bench, group)
    kept = {t.fingerprint: bench.store.result(t.fingerprint) for t in trials}
    return {k: {part: r[part] for part in ("trial", "curves", "flow")} for k, r in kept.items()}


def mixed() -> list[Trial]:
    """Trials that share a stack although their remedies differ."""
    names = ("none", "clip_norm", "orthogonal", "clip_norm+orthogonal", "freeze_recurrent")
    return [trial(n, seed, rate) for n in names for seed in (1, 2) for rate in (0.01, 0.1)]
