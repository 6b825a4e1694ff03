import torch

from seqbench.task import weighted_mean


def test_what_has_no_weight_does_not_count() -> None:
    values = torch.tensor([[[1.0, torch.nan], [torch.inf, 4.0]]], requires_grad=True)
    mean = weighted_mean(values, torch.tensor([[[1.0, 0.0], [0.0, 2.0]]]))
    (grad,) = torch.autograd.grad(mean.sum(), values)
    assert mean.tolist() == [3.0]
    assert torch.equal(grad, torch.tensor([[[1 / 3, 0.0], [0.0, 2 / 3]]]))


def test_where_nothing_has_a_weight_the_mean_and_its_gradient_are_zero() -> None:
    values = torch.tensor([[[1.0, torch.nan]], [[1.0, 3.0]]], requires_grad=True)
    mean = weighted_mean(values, torch.tensor([[[0.0, 0.0]], [[1.0, 1.0]]]))
    (grad,) = torch.autograd.grad(mean.sum(), values)
    assert mean.tolist() == [0.0, 2.0]
    assert grad.tolist() == [[[0.0, 0.0]], [[0.5, 0.5]]]
