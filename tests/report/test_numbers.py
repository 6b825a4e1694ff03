"""How numbers look in the report."""

import pytest

from seqbench.report.numbers import pvalue


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0123, "p = 0.0123"),
        (1.0, "p = 1"),
        (0.0001, "p = 0.0001"),
        (0.00009, "p < 0.0001"),
        (0.0, "p < 0.0001"),
        (None, "p = –"),
    ],
)
def test_a_p_that_random_signs_cannot_tell_from_0_says_so(p: float | None, shown: str) -> None:
    assert pvalue(p) == shown
