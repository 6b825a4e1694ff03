"""What tests of cells share beyond the helpers."""

import pytest
import torch


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their float32 is float64, so that agreement means the equation, not its rounding."""
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    for name in ("float", "float32"):
        monkeypatch.setattr(torch, name, torch.float64)
