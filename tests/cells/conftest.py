"""What tests of cells share beyond the helpers."""

import pytest
import torch


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their `.float()` keeps float64, so that agreement means the equation, not its rounding."""
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
