"""The forward pass gives the same, whichever way it runs."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench.engine.passes.forward import Forward
from seqbench.task import Batch, Task
from tests.helpers.toys import First, Label, Text
from tests.helpers.training import bench, trial

CASES = {
    "front and padding": (First(), {}),
    "two directions and layers": (Label(), {"bidirectional": True, "layers": 2}),
    "windows": (Text(), {}),
}


def made(
    folder: Path, task: Task, remedy: str = "none", **settings: object
) -> tuple[Forward, Batch]:
    """A network at initialization and a batch: B = 5 sequences, so that batch padding follows."""
    setup = bench(folder, "lstm", task, batch=5, **settings)
    stack = setup.stack([trial(remedy, seed) for seed in (1, 2, 3)])
    return stack.forward("valid"), setup.source.batch(stack.seeds, 0)


@pytest.mark.parametrize("remedy", ["none", "leaky"])
@pytest.mark.parametrize(("task", "settings"), CASES.values(), ids=CASES)
def test_tapping_changes_no_bit(
    tmp_path: Path, task: Task, settings: dict[str, object], remedy: str
) -> None:
    forward, batch = made(tmp_path, task, remedy, engine="eager", **settings)
    start = forward.run(batch, task.asked).last if task.reading.carries else ()
    seen, tapped = (see(batch, task.asked, start=start) for see in (forward.run, forward.tapped))
    assert torch.equal(seen.features, tapped.features)
    assert all(torch.equal(*pair) for pair in zip(seen.last, tapped.last, strict=True))
    assert len(tapped.states) == batch.x.shape[-3] and not seen.states
    assert tapped.states[0][0].shape[-2] > len(batch) == seen.last[0].shape[-2]
    outputs = forward.outputs(seen.features)
    steps = batch.x.shape[-3] if task.asked == "every" else 1
    assert outputs.shape == (3, steps, 5, task.outputs)


@pytest.mark.parametrize(("task", "settings"), CASES.values(), ids=CASES)
def test_kernels_and_steps_agree(tmp_path: Path, task: Task, settings: dict[str, object]) -> None:
    (fast, batch), (eager, _) = (
        made(tmp_path, task, engine=engine, **settings) for engine in ("auto", "eager")
    )
    one, other = (forward.run(batch, task.asked).features for forward in (fast, eager))
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def longer(part: Tensor) -> Tensor:
    """The five sequences, again, and the first two of them: x (..., B, I), others (..., B)"""
    axis = -2 if part.dim() == 4 else -1
    return torch.cat([part, part, part.narrow(axis, 0, 2)], axis)


def test_some_sequences_at_once_are_all_of_them(tmp_path: Path) -> None:
    """Without a gradient a pass is tiled by the training's batch, which 12 is no multiple of."""
    forward, batch = made(tmp_path, Label())
    wide = batch.map(longer)
    with torch.no_grad():
        tiled = forward.run(wide, "every")
        alone = forward.run(batch, "every")
    assert torch.equal(tiled.features[..., 5:10, :], alone.features)
    assert torch.equal(tiled.features[..., 10:, :], alone.features[..., :2, :])
    assert tiled.last[0].shape[-2] == 12


def test_inputs_get_a_gradient_only_where_asked(tmp_path: Path) -> None:
    forward, batch = made(tmp_path, Text())
    for shows in (None, "pulls", "states"):
        assert forward.shown(batch, "every", shows=shows).x.requires_grad
    assert not forward.tapped(batch, "every").x.requires_grad
