from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True)
def ordinary_numbers() -> Iterator[None]:
    """A job flushes denormal numbers for its whole process; the tests after it must not."""
    yield
    torch.set_flush_denormal(False)
