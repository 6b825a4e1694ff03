import pytest
import torch

from seqbench.engine.fused import descent
from seqbench.engine.optimizers import optimizer

TWINS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr, momentum=0.9),
    "adam": lambda p, lr: torch.optim.Adam(p, lr),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_stack_descends_as_torch_does_with_each_trials_own_rate(name: str) -> None:
    torch.manual_seed(0)
    start, rates = torch.randn(3, 4, 5, dtype=torch.float64), torch.tensor([0.01, 0.1, 0.5])
    grads = torch.randn(20, 3, 4, 5, dtype=torch.float64)
    params, slots = {"w": start}, {}
    optimize = optimizer(name, momentum=0.9)
    for done, grad in enumerate(grads):
        params, slots = optimize(params, {"w": grad}, slots, rates, done)
    for row, rate in enumerate(rates):
        weight = start[row].clone().requires_grad_()
        twin = TWINS[name]([weight], float(rate))
        for grad in grads:
            weight.grad = grad[row]
            twin.step()
        torch.testing.assert_close(params["w"][row], weight.detach(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("hidden", [1, 5, 16])
def test_adam_in_few_passes_is_adam_to_the_bit(
    hidden: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    shapes = {"U": (hidden, hidden), "b": (1, hidden), "W": (hidden, 3)}
    start = {name: torch.randn(7, *shape) for name, shape in shapes.items()}
    rates, scales = torch.logspace(-4, 0, 7), torch.logspace(-30, 18, 7)
    grads = [
        {
            k: torch.randn_like(w).mT.contiguous().mT * scales[:, None, None]
            for k, w in start.items()
        }
        for _ in range(12)
    ]
    grads[5]["b"][2], grads[7]["U"][3] = torch.inf, torch.nan

    def descended() -> list[torch.Tensor]:
        params, slots = start, {}
        for done, grad in enumerate(grads):
            params, slots = optimizer("adam", 0.0)(params, grad, slots, rates, 3 * done)
        return [part[name] for part in (params, *slots.values()) for name in sorted(params)]

    quick = descended()
    monkeypatch.setattr(descent, "_library", lambda: None)
    slow = descended()
    for ours, theirs in zip(quick, slow, strict=True):
        assert torch.equal(ours.nan_to_num(), theirs.nan_to_num())
        assert torch.equal(ours.isnan(), theirs.isnan())
