"""The search for the longest lag that is solved: which length comes next.

    doubling    from, 2 from, 4 from, ... until one is not solved, or `to` is
    halving     between the last length solved (a) and the first one not solved (b), at sqrt(a b),
                until b / a < resolution or nothing lies between them

After a length that is not solved, only shorter ones are tried. So all lengths tried up to the
longest one solved are solved: where success is not monotone in the length, the search finds the
first failure that it meets, and what a longer one would do nobody asks.

A length is solved by the criterion of `seqbench.criteria`, each seed at the learning rate chosen
there; a seed that failed or diverged did not solve it. A length at which nothing could be run at
all (None) ends the search: it says nothing about the cell.
"""

from collections.abc import Mapping
from math import isqrt


def following(
    outcomes: Mapping[int, bool | None], start: int, to: int, resolution: float
) -> int | None:
    """The length to try next, given those that were tried; None: the search is over."""
    if None in outcomes.values():
        return None
    length, solved = start, 0
    while outcomes.get(length):
        if length == to:
            return None
        solved, length = length, min(2 * length, to)
    if length not in outcomes:
        return length
    unsolved = length
    while solved and unsolved - solved > 1 and unsolved / solved >= resolution:
        middle = min(max(isqrt(solved * unsolved), solved + 1), unsolved - 1)
        if middle not in outcomes:
            return middle
        solved, unsolved = (middle, unsolved) if outcomes[middle] else (solved, middle)
    return None
