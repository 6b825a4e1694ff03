"""How trials ended, in a few lines: the last words of every command and of a run.

A trial that failed, ran out of time or was not trained at all is not what the matrix asks for, so
the exit code is 1. A trial that diverged, or that does not apply, is a result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NOT_TRAINED = "not trained: run the same command again"
MISSING = "missing"
KINDS = ("ok", "diverged", "not_applicable", "failed", "timeout", MISSING)
BAD = ("failed", "timeout", MISSING)
LONGEST = 200  # characters of a reason


@dataclass(frozen=True)
class Tally:
    """How many rows ended how, and the first reason of each."""

    counts: dict[str, int]
    reasons: dict[str, str]

    @property
    def good(self) -> bool:
        """Whether all that was asked for is there."""
        return not any(self.counts.get(kind) for kind in BAD)

    def __str__(self) -> str:
        """The counts in a line, then a line for every kind that has a reason."""
        counts = ", ".join(f"{n} {kind}" for kind, n in self.counts.items()) or "no trials"
        told = [f"  {kind}: {why}" for kind, why in self.reasons.items() if kind in self.counts]
        return "\n".join([counts, *told])


def tally(rows: Iterable[Mapping[Any, object]]) -> Tally:
    """Count how rows of trials ended; those of what was not trained count as missing.

    Args:
        rows: at least with task, cell, remedy, status and reason.
    """
    counts = dict.fromkeys(KINDS, 0)
    reasons: dict[str, str] = {}
    for row in rows:
        status, reason = str(row["status"]), str(row["reason"] or "")
        kind = MISSING if reason == NOT_TRAINED else status
        counts[kind] += 1
        if reason and kind not in reasons and kind != "not_applicable":
            short = reason if len(reason) <= LONGEST else f"{reason[: LONGEST - 3]}..."
            reasons[kind] = f"{row['task']} / {row['cell']} / {row['remedy']}: {short}"
    return Tally({kind: n for kind, n in counts.items() if n}, reasons)
