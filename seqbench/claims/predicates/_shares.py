"""What predicates on shares of runs share: how many runs they need, and the score test.

Fisher's test cannot reach .05 with three runs per arm (3 of 3 against 0 of 3: .10); five can
(5 of 5 against 0 of 5: .008), so five it must be, of as many seeds: runs of one seed on several
tasks are no substitute. Runs of different tasks and seeds are taken as independent.
Source: wilson1927
"""

import numpy as np
from scipy import special

RUNS = 5  # per arm, each of its own seed


def score_test(k: int, n: int, share: float) -> float:
    """Two-sided p of "k of n is such a share", the test that Wilson's interval inverts."""
    spread = np.sqrt(share * (1 - share) / n)
    return float(2 * special.ndtr(-abs(k / n - share) / spread))
