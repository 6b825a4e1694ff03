"""The same update of a stack by kernels and step by step."""

from dataclasses import replace
from pathlib import Path

import torch

from seqbench import registry
from seqbench.engine.loop import update
from seqbench.engine.optimizers import optimizer
from seqbench.engine.passes.forward import Forward
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.remedy import Remedy
from tests.helpers.training import bench

FEW_CELLS = ("rnn", "lstm", "clockwork", "t_gru")


def updated(folder: Path, trials: list[Trial], engine: str, cell: str, **knobs: object) -> Stack:
    """A stack after one step of plain descent at the rate 1."""
    settings = {"engine": engine, "hidden": 6, "batch": 5, **knobs}
    made = bench(folder, cell, knobs={"length": 9}, **settings)
    stack = made.stack(trials)
    batch = made.source.batch(stack.seeds, 0)
    update(stack, made.task, batch, optimizer("sgd", 0.0))
    return stack


def agree(folder: Path, trials: list[Trial], cell: str, **knobs: object) -> None:
    """The same trials by both engines, to rounding of their gradients."""
    fused = updated(folder, trials, "auto", cell, **knobs)
    loop = updated(folder, trials, "eager", cell, **knobs)
    assert {engine for trace in fused.traces for engine in trace.engines} == {"fused"}
    for name, weight in fused.params.items():
        gradient = loop.params[name] - loop.tensors.best[name]
        assert (weight - loop.params[name]).norm() <= 2e-5 * gradient.norm() + 1e-6, name
    for stack in (fused, loop):  # a whole step may have led where nothing repeats
        stack.tensors = stack.tensors._replace(params=stack.tensors.best)
    with torch.no_grad():
        for verb in ("valid", "pass"):
            ((_, ours),), ((_, theirs),) = fused.forwards(verb), loop.forwards(verb)
            assert torch.allclose(features(ours), features(theirs), rtol=1e-4, atol=1e-5), verb


def features(forward: Forward) -> torch.Tensor:
    x = torch.randn(9, 7, 2, generator=torch.Generator().manual_seed(1))
    batch = registry.load_task("adding", {"length": 9}).sample(7, torch.Generator().manual_seed(2))
    batch = replace(batch, x=x).map(lambda part: part.expand(forward.trials, *part.shape))
    return forward.run(batch, "every").features


def two(name: str, knobs: dict[str, object]) -> list[Trial]:
    remedy = registry.load_remedy(name, knobs)
    return [Trial(name, remedy, seed, 1.0, f"{name} {seed}") for seed in (1, 2)]


def own(remedy: Remedy) -> list[Trial]:
    return [Trial("own", remedy, seed, 1.0, f"own {seed}") for seed in (1, 2)]
