"""What a rank correlation shows, in a clause."""

from seqbench.analysis.methods.statistics import Interval
from seqbench.report.numbers import exists


def verdict(rho: Interval, above: str, below: str) -> str:
    """above, below: what its interval above or below 0 means."""
    if not exists(rho.low):
        return "too few cells for an interval"
    if rho.low > 0:
        return f"significantly positive ({above})"
    if rho.high < 0:
        return f"significantly negative ({below})"
    return "not significant, as the interval contains 0"
