import pytest
import torch

from seqbench.engine.optimizers import optimizer

TWINS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr),
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
