import torch

from seqbench.task import weighted_mean


def test_what_has_no_weight_does_not_count() -> None:
    values = torch.tensor([[[1.0, torch.nan], [torch.inf, 4.0]]], requires_grad=True)
    mean = weighted_mean(values, torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]))
    (grad,) = torch.autograd.grad(mean.sum(), values)
    assert mean.tolist() == [3.0]
    assert torch.equal(grad, torch.tensor([[[1 / 3, 0.0], [0.0, 2 / 3]]]))
