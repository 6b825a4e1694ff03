import torch

from seqbench.axes import joint_norm


def test_what_is_finite_has_a_finite_norm() -> None:
    largest = torch.finfo(torch.float32).max
    rows = torch.tensor([1.0, 1e21, 1e30, largest, torch.inf, torch.nan])
    norm = joint_norm([rows[:, None, None].expand(6, 4, 4), torch.zeros(6, 1, 2)])
    wanted = torch.tensor([4.0, 4e21, 4e30, largest, torch.inf, torch.nan])
    torch.testing.assert_close(norm, wanted, equal_nan=True)
